"""Letting somebody do something at a moment that has passed."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import TypeVar

import pgtrigger

from audit.models import AuditRecord
from core.clock import at
from home.demonstration.world import World
from notifications.models import Message

Thing = TypeVar("Thing")


def done(world: World, moment: datetime, act: Callable[[], Thing]) -> Thing:
    """Do it now, and write its history and its letters as if it had been done at that moment."""
    last_entry = AuditRecord.objects.order_by("pk").values_list("pk", flat=True).last() or 0
    last_letter = Message.objects.order_by("pk").values_list("pk", flat=True).last() or 0
    thing = act()
    # The one place where history is written afterwards: a demonstration has had no past of its own.
    with pgtrigger.ignore("audit.AuditRecord:what_happened_is_never_rewritten"):
        AuditRecord.objects.filter(pk__gt=last_entry).update(at=moment)
    if world.now - moment > timedelta(hours=3):
        Message.objects.filter(pk__gt=last_letter).delete()
    return thing


def days_ago(world: World, days: int) -> datetime:
    """Ten in the morning, so many days before today."""
    return at(world.today - timedelta(days=days), time(10))
