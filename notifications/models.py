"""The outbox: what is to be said to whom, written with the fact it reports, sent afterwards."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import ProgrammeRole, User
from core.models import TimeStamped


@dataclass(frozen=True)
class Recipient:
    """Where a message goes: an address and a language, and perhaps a person who signs in."""

    address: str
    language: str = settings.LANGUAGE_CODE
    name: str = ""
    user: User | None = None

    @classmethod
    def of(cls, user: User) -> "Recipient":
        return cls(address=user.email, language=user.language, name=user.name, user=user)

    @property
    def greeting(self) -> str:
        """In the language that is active."""
        return gettext("Hello %(name)s,") % {"name": self.name} if self.name else gettext("Hello,")


class MessageQuerySet(models.QuerySet["Message"]):
    def written_as(self, pairs: Collection[tuple[str, str]]) -> Self:
        """Those with one of these pairs of address and `once`, each looked up in the index.

        As two arrays: a list of thousands of values took Postgres longer to read than to answer.
        """
        addresses, onces = [one for one, _once in pairs], [once for _one, once in pairs]
        pair = "(address, once) IN (SELECT * FROM unnest(%s::varchar[], %s::varchar[]))"
        # The text is ours alone; what others wrote goes in as values.
        return self.filter(RawSQL(pair, [addresses, onces], models.BooleanField()))  # noqa: S611

    def visible_to(self, user: User) -> Self:
        """Programme staff and administrators see letters; `permissions.reads_letter`, what of them."""
        if user.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.ADMINISTRATOR):
            return self
        return self.none()

    def public(self) -> Self:
        """In the demonstration anybody may look into the mailbox; otherwise nothing is public."""
        return self if settings.DEMONSTRATION else self.none()

    def waiting(self) -> Self:
        return self.filter(state=Message.State.WAITING)

    def due(self, now: datetime) -> Self:
        return self.waiting().filter(next_try_at__lte=now)

    def may_still_go(self) -> Self:
        """What waits, and what failed, because staff can try that again."""
        return self.filter(state__in=[Message.State.WAITING, Message.State.FAILED])

    def dead(self) -> Self:
        return self.filter(state=Message.State.FAILED)

    def put_aside(self, state: "Message.State", **facts: object) -> int:
        """Give these letters a state they stay in; codes and links in them are forgotten.

        The demonstration keeps the words, because there the mailbox is what people look at.
        """
        words = F("body") if settings.DEMONSTRATION else _WITHOUT_PRIVATE_WORDS
        return self.update(state=state, body=words, updated_at=Now(), **facts)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")

    def dead_first(self) -> Self:
        """What could not be sent on top, because somebody has to look at it; then newest first."""
        is_dead = Case(When(state=Message.State.FAILED, then=0), default=1)
        return self.order_by(is_dead, "-created_at", "-pk")


ASSUMED_SENT = "AssumedSent"
"""Stands where the last problem stands, in the way of `LeftBeforeWithdrawn`."""

_WITHOUT_PRIVATE_WORDS = Case(
    When(is_private=True, then=Value("")), default=F("body"), output_field=models.TextField()
)


class Message(TimeStamped):
    """One letter to one address."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting to be sent")
        SENT = "sent", _("sent")
        WITHDRAWN = "withdrawn", _("withdrawn before it was sent")
        EXPIRED = "expired", _("too late to send")
        FAILED = "failed", _("could not be sent")

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    address = models.EmailField()
    language = models.CharField(max_length=10, default=settings.LANGUAGE_CODE)
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="messages_to"
    )
    subject = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    calendar = models.TextField(
        blank=True, help_text="A calendar file to attach, when there is one."
    )
    calendar_method = models.CharField(max_length=10, blank=True)
    once = models.CharField(
        max_length=200, help_text="Names what nobody should be told twice, per address."
    )
    about = models.CharField(
        max_length=120,
        blank=True,
        help_text="The thing this is about, so that it can be withdrawn.",
    )
    is_private = models.BooleanField(
        default=False, help_text="Carries a code or link: the words are removed once sent."
    )
    valid_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    last_problem = models.CharField(max_length=200, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address", "once"], name="nobody_is_told_the_same_thing_twice"
            ),
            models.CheckConstraint(
                name="a_sent_message_says_when",
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at", "id"], name="message_due", condition=Q(state="waiting")
            ),
            models.Index(
                fields=["about"],
                name="message_about",
                condition=Q(state__in=["waiting", "failed"]),
            ),
            models.Index(
                fields=["valid_until"],
                include=["address", "once"],
                name="message_valid_until",
                condition=Q(valid_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.uuid} ({self.state})"

    def get_absolute_url(self) -> str:
        return reverse("notifications:message", args=[self.uuid])

    @property
    def sent_to(self) -> str:
        return self.address or gettext("an address we have forgotten")

    @property
    def is_about_rooms(self) -> bool:
        """Said by the app that wrote it: `once` begins with its name."""
        return self.once.startswith("spaces.")

    @property
    def is_assumed_sent(self) -> bool:
        """After a backup was restored nobody knows whether it left, so it counts as sent."""
        return self.state == Message.State.SENT and self.last_problem == ASSUMED_SENT

    @property
    def can_be_tried_again(self) -> bool:
        """What failed, and what may never have left, as long as its words are still here."""
        return self.state == Message.State.FAILED or (self.is_assumed_sent and bool(self.body))

    @property
    def is_readable(self) -> bool:
        """Staff never see a code or a link; the demonstration shows what its mailbox holds."""
        return bool(self.body) and (settings.DEMONSTRATION or not self.is_private)

    @property
    def message_id(self) -> str:
        """The same on every copy, so that a mailbox can fold a repeat into one."""
        host = settings.SITE_ADDRESS.partition("://")[2].partition(":")[0] or "localhost"
        return f"<{self.uuid}@{host}>"


class Beat(models.Model):
    """When the timetable last ticked. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    ticked_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="there_is_one_beat", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"ticked at {self.ticked_at:%Y-%m-%d %H:%M:%S}"
