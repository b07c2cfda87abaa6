"""Rooms kept for somebody while they write down what they want them for."""

from collections.abc import Collection
from datetime import datetime
from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import User
from core.models import TimeStamped
from spaces.models.hirers import Hirer
from spaces.models.sites import Room
from spaces.models.spaces import Layout, Space
from spaces.models.taken import LONGEST_USE


class HoldQuerySet(models.QuerySet["Hold"]):
    def visible_to(self, user: User) -> Self:
        """Nobody sees what somebody else is writing just now."""
        return self.filter(held_by=user)

    def running(self, now: datetime) -> Self:
        return self.filter(expires_at__gt=now)

    def in_the_same_place(
        self, rooms: Collection[Room], starts_at: datetime, ends_at: datetime
    ) -> Self:
        """Of one of these rooms, for part of this time."""
        same_time = self.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)
        return same_time.filter(space__in=Space.objects.filter(rooms__in=rooms))

    def with_space(self) -> Self:
        """With all that the page tells of the space, and what its price is made of."""
        known = self.select_related("space__site__borough", "hirer__organisation", "layout")
        return known.prefetch_related("space__site__charges")


class Hold(TimeStamped):
    """A space kept for a person for some minutes; gone once it has become a booking.

    One that ran out stays a day, so that whoever was slow can still send what they wrote.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="+")
    held_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    hirer = models.ForeignKey(Hirer, on_delete=models.CASCADE, related_name="+")
    attendance = models.PositiveSmallIntegerField()
    wheelchair_users = models.PositiveSmallIntegerField(
        default=0, help_text="How many of those who come use a wheelchair."
    )
    layout = models.ForeignKey(
        Layout, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    setup_minutes = models.PositiveSmallIntegerField(default=0)
    cleardown_minutes = models.PositiveSmallIntegerField(default=0)
    caller_name = models.CharField(
        max_length=120,
        blank=True,
        help_text="Who of the group telephones, if staff ask for them.",
    )
    less_time_free = models.CharField(
        max_length=400,
        blank=True,
        help_text="Why staff keep less time free beside it than the space asks for.",
    )
    expires_at = models.DateTimeField()

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_hold_is_of_a_time",
                condition=Q(ends_at__gt=F("starts_at"), ends_at__lte=F("starts_at") + LONGEST_USE),
            ),
            models.CheckConstraint(name="a_hold_is_for_somebody", condition=Q(attendance__gt=0)),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="hold_runs_out"),
        ]

    def __str__(self) -> str:
        return f"hold {self.uuid}"

    def get_absolute_url(self) -> str:
        return reverse("spaces:request_booking", args=[self.space.slug, self.uuid])
