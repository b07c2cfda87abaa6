"""People meeting: assemblies, workshops, coalition and board meetings."""

from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Self
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Count, F, Q, Value, When
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.models import ProgrammeRole, User
from anchors.models import Borough, Organisation
from core.clock import london
from core.models import Sourced, TimeStamped
from core.secret_links import hash_of


def _is_over(now: datetime) -> Q:
    """The same as `rules.is_over`, for lists."""
    return Q(ends_at__lte=now) | Q(ends_at__isnull=True, sorts_on__lt=london(now).date())


class EventQuerySet(models.QuerySet["Event"]):
    def public(self) -> Self:
        return self.filter(is_published=True)

    def visible_to(self, user: User) -> Self:
        """Programme staff see events before they are published; others what is public."""
        if user.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.PROGRAMME_LEAD):
            return self
        return self.public()

    def upcoming(self, now: datetime) -> Self:
        """Events that have not ended, soonest first. Those without an exact time are not here."""
        return self.filter(ends_at__gt=now).order_by("starts_at", "pk")

    def past(self, now: datetime) -> Self:
        """What is over, newest first."""
        return self.filter(_is_over(now)).order_by("-sorts_on", "-pk")

    def upcoming_first(self, now: datetime) -> Self:
        """All, as people look for them: what comes, soonest first; then what was, newest first."""
        is_over = _is_over(now)
        return self.annotate(
            is_past=Case(When(is_over, then=Value(True)), default=Value(False)),
        ).order_by(
            "is_past",
            Case(When(~is_over, then=F("sorts_on"))),
            Case(When(~is_over, then=F("starts_at"))),
            F("sorts_on").desc(),
            F("starts_at").desc(nulls_last=True),
            "-pk",
        )

    def with_places(self) -> Self:
        """Everything a list or page of events shows, in one query."""
        return self.select_related("organiser", "borough")

    def with_exact_time(self) -> Self:
        return self.filter(starts_at__isnull=False)

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
    sorts_on = models.DateField(
        blank=True,
        help_text="Without an exact time: the day, or the first day it could be.",
    )
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
    changed_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When something that people rely on last changed, and they were told.",
    )
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

    def clean(self) -> None:
        """An exact time says the day by itself."""
        if self.starts_at is not None:
            self.sorts_on = london(self.starts_at).date()
        elif self.sorts_on is None:
            raise ValidationError({"sorts_on": _("Enter the day, or the first day it could be.")})

    @property
    def calendar_uid(self) -> str:
        """What a diary knows the event by, for ever."""
        host = settings.SITE_ADDRESS.partition("://")[2].partition(":")[0] or "localhost"
        return f"event-{self.pk}@{host}"

    @property
    def help_lines(self) -> list[str]:
        return [line.strip() for line in self.help_there.splitlines() if line.strip()]


class SignUpQuerySet(models.QuerySet["SignUp"]):
    def visible_to(self, user: User) -> Self:
        """Programme staff see who signed up; nobody else does."""
        if user.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.PROGRAMME_LEAD):
            return self
        return self.none()

    def behind(self, secret: str) -> Self:
        """The sign-up that a person's own link leads to."""
        return self.filter(link_hash=hash_of(secret))

    def of_address(self, email: str) -> Self:
        """Every sign-up of this address, compared in small letters as its constraint does."""
        return self.alias(address=Lower("email")).filter(address=email.strip().lower())

    def active(self) -> Self:
        return self.exclude(state=SignUp.State.CANCELLED)

    def coming(self) -> Self:
        return self.filter(state=SignUp.State.COMING)

    def waiting(self) -> Self:
        return self.filter(state=SignUp.State.WAITING)

    def numbers(self) -> dict[str, int]:
        """How many are coming, waiting and not coming."""
        found = dict(self.order_by().values_list("state").annotate(number=Count("pk")))
        return {state: found.get(state, 0) for state in SignUp.State.values}

    def coming_first(self) -> Self:
        """Those coming by name, then the waiting list in its order, then who cannot come."""
        return self.order_by(
            Case(
                When(state=SignUp.State.COMING, then=0),
                When(state=SignUp.State.WAITING, then=1),
                default=2,
            ),
            Case(When(state=SignUp.State.COMING, then=Lower("name")), default=Value("")),
            "created_at",
            "pk",
        )

    def in_turn(self) -> Self:
        """Who was first comes first."""
        return self.order_by("created_at", "pk")


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
    coming_since = models.DateTimeField(
        null=True, blank=True, help_text="When the place was given: at once, or from the list."
    )
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
            models.CheckConstraint(
                name="a_person_coming_has_been_since_a_time",
                condition=~Q(state="coming") | Q(coming_since__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"sign-up {self.uuid}"

    def place_in_line(self) -> int:
        """1 for whoever gets the next free place; 0 for somebody who does not wait."""
        if self.state != SignUp.State.WAITING:
            return 0
        waiting = SignUp.objects.waiting().filter(event=self.event_id)
        earlier = Q(created_at__lt=self.created_at) | Q(created_at=self.created_at, pk__lt=self.pk)
        return waiting.filter(earlier).count() + 1

    @property
    def secret(self) -> str:
        """What makes the person's own link: worked out from the portal's key, kept nowhere.

        So each letter can carry the link, and a copy of the database opens none of them. After the
        portal's key has changed, an earlier key that fits is still used.
        """
        candidates = [
            _secret_made_with(key, self.uuid)
            for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        ]
        for secret in candidates:
            if constant_time_compare(hash_of(secret), self.link_hash):
                return secret
        return candidates[0]


def _secret_made_with(key: str, uuid: UUID) -> str:
    digest = salted_hmac("events.sign_up", str(uuid), secret=key, algorithm="sha256").digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")
