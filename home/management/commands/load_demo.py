"""Load the demonstration data, once."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.clock import today
from home.demonstration.loader import load


class Command(BaseCommand):
    help = "Load the demonstration data into an empty database. Run again, it touches nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--quiet", action="store_true", help="Say nothing when there is nothing to do."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMONSTRATION:
            raise CommandError("Demonstration data is only loaded with DEMO=1 and DEBUG=1.")
        try:
            words = load(now=timezone.now(), today=today())
        except ValidationError as refusal:
            raise CommandError(refusal.messages[0]) from refusal
        if words and not options["quiet"]:
            self.stdout.write(words)
