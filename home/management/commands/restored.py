"""Run once after a backup is put back, before the worker and the timetable start."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.clock import LONDON
from core.templatetags.dates import when
from home.services.restored import assume_all_sent
from notifications.models import Beat


class Command(BaseCommand):
    help = (
        "After a backup is put back: counts every letter and reminder that was due since then as"
        " sent, and lists them. Run it before the worker and the timetable start."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--stopped-at",
            help="When the portal that was lost stopped, in London: 2026-11-25T09:30. Left out: now.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        stopped_at = _moment(options["stopped_at"]) if options["stopped_at"] else now
        if stopped_at > now:
            raise CommandError("That is still to come. Give the time at which the portal stopped.")
        beat = Beat.objects.first()
        if beat is not None:
            self.stdout.write(f"The backup was alive until {when(beat.ticked_at)}.")
        letters = assume_all_sent(stopped_at=stopped_at)
        for letter in letters:
            self.stdout.write(f"{letter.uuid}  {letter.subject}")
        self.stdout.write(
            f"Assumed sent: {len(letters)}. Each can be sent after all from its page under Messages."
        )


def _moment(typed: str) -> datetime:
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        raise CommandError("Write the time as 2026-11-25T09:30.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=LONDON)
