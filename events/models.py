"""People meeting: assemblies, workshops, coalition and board meetings."""

from datetime import datetime
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import ProgrammeRole, User
from anchors.models import Borough, Organisation
from core.models import Sourced, TimeStamped


class EventQuerySet(models.QuerySet["Event"]):
    def public(self) -> Self:
        return self.filter(is_published=True)

    def upcoming(self, now: datetime) -> Self:
        """Events that have not ended, soonest first. Those without an exact time are not here."""
        return self.filter(ends_at__gt=now).order_by("starts_at", "pk")

    def past(self, now: datetime) -> Self:
        """What is over, and what a source dates only roughly; newest first."""
        return self.filter(Q(ends_at__lte=now) | Q(ends_at__isnull=True)).order_by(
            "-sorts_on", "-pk"
        )

    def going_ahead(self) -> Self:
        return self.filter(cancelled_at__isnull=True)

    def open_to_sign_up(self, now: datetime) -> Self:
        return self.going_ahead().filter(sign_up=Event.SignUpRule.OPEN, starts_at__gt=now)

    def starting_between(self, earliest: datetime, latest: datetime) -> Self:
        return self.filter(starts_at__gt=earliest, starts_at__lte=latest)


class Event(Sourced, TimeStamped):
    """A meeting of people. Dates may be known only to the month or season: then `date_text` says so."""

    class Kind(models.TextChoices):
        LISTENING = "listening", _("Listening session")
        WORKSHOP = "workshop", _("Workshop")
        ASSEMBLY = "assembly", _("Assembly")
        ACCOUNTABILITY_ASSEMBLY = "accountability", _("Accountability assembly")
        COALITION = "coalition", _("Coalition meeting")
        BOARD = "board", _("Board meeting")
        CONFERENCE = "conference", _("Conference")
        DROP_IN = "drop_in", _("Drop-in")
        OTHER = "other", _("Event")

    class Mode(models.TextChoices):
        IN_PERSON = "in_person", _("In person")
        ONLINE = "online", _("Online")
        BOTH = "both", _("In person and online")
        NOT_KNOWN = "not_known", _("Not known")

    class SignUpRule(models.TextChoices):
        NONE = "none", _("No sign-up")
        OPEN = "open", _("Sign up here")

    slug = models.SlugField(max_length=120, unique=True)
    title = models.CharField(max_length=160)
    kind = models.CharField(max_length=15, choices=Kind)
    summary = models.TextField(blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    sorts_on = models.DateField(help_text="The day, or the first day it could have been.")
    date_text = models.CharField(max_length=60, blank=True)
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.NOT_KNOWN)
    place = models.CharField(max_length=160, blank=True)
    join_text = models.TextField(
        blank=True, help_text="How to join or get in. Sent to people who signed up."
    )
    help_there = models.TextField(
        blank=True, help_text="Interpreter, crèche, step-free: one line each."
    )
    outcome = models.TextField(blank=True)
    organiser = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="events"
    )
    borough = models.ForeignKey(
        Borough, on_delete=models.PROTECT, null=True, blank=True, related_name="events"
    )
    sign_up = models.CharField(max_length=5, choices=SignUpRule, default=SignUpRule.NONE)
    capacity = models.PositiveSmallIntegerField(null=True, blank=True)
    is_published = models.BooleanField(default=True)
    sequence = models.PositiveSmallIntegerField(default=0)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_because = models.CharField(max_length=300, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="an_event_ends_after_it_starts",
                condition=Q(starts_at__isnull=True, ends_at__isnull=True)
                | Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("An event must end after it starts."),
            ),
            models.CheckConstraint(
                name="an_open_event_has_an_exact_time",
                condition=Q(sign_up="none") | Q(starts_at__isnull=False),
                violation_error_message=_("People can only sign up to an event with a time."),
            ),
            models.CheckConstraint(
                name="a_cancelled_event_says_why",
                condition=Q(cancelled_at__isnull=True) | ~Q(cancelled_because=""),
                violation_error_message=_("Say why the event is cancelled."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("events:event", args=[self.slug])


class SignUpQuerySet(models.QuerySet["SignUp"]):
    def visible_to(self, user: User) -> Self:
        """Programme staff see who signed up; nobody else does."""
        if user.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.PROGRAMME_LEAD):
            return self
        return self.none()

    def coming(self) -> Self:
        return self.filter(state=SignUp.State.COMING)

    def waiting(self) -> Self:
        return self.filter(state=SignUp.State.WAITING)


class SignUp(TimeStamped):
    """A person without an account comes to an event."""

    class State(models.TextChoices):
        COMING = "coming", _("coming")
        WAITING = "waiting", _("on the waiting list")
        CANCELLED = "cancelled", _("not coming")

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="sign_ups")
    name = models.CharField(max_length=120)
    email = models.EmailField()
    language = models.CharField(max_length=10, default=settings.LANGUAGE_CODE)
    state = models.CharField(max_length=10, choices=State, default=State.COMING)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    link_hash = models.CharField(
        max_length=64,
        unique=True,
        help_text="SHA-256 of the secret in the person's own link; the secret is never kept.",
    )

    objects = SignUpQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "event",
                Lower("email"),
                condition=~Q(state="cancelled"),
                name="an_address_signs_up_once_per_event",
            ),
            models.CheckConstraint(
                name="a_sign_up_is_cancelled_with_a_time",
                condition=Q(state="cancelled", cancelled_at__isnull=False)
                | (~Q(state="cancelled") & Q(cancelled_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"sign-up {self.uuid}"
