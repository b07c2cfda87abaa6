"""What residents said: in a session, where people are counted, or one person's own answers."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import ProgrammeRole, User
from anchors.models import Borough, Organisation
from core.models import TimeStamped
from listening.models.campaigns import Campaign, QuestionText, Theme


class Channel(models.TextChoices):
    WEB = "web", _("On this site")
    PAPER = "paper", _("On paper")
    PHONE = "phone", _("By telephone")
    PARTNER = "partner", _("Entered by a partner")


class SessionChannel(models.TextChoices):
    WORKSHOP = "workshop", _("Workshop")
    SMALL_GROUP = "small_group", _("Small group")
    ONE_TO_ONE = "one_to_one", _("One to one")
    VIRTUAL = "virtual", _("Virtual event")
    BSL = "bsl", _("Session in British Sign Language")


class ListeningSessionQuerySet(models.QuerySet["ListeningSession"]):
    def before(self, monday: date) -> Self:
        """Sessions held in the weeks before the one that began on this Monday."""
        return self.filter(held_on__lt=monday)

    def tallied(self) -> tuple[int, int]:
        """How many people these sessions heard, and how many sessions that is."""
        found = self.aggregate(people=Sum("people_heard", default=0), sessions=Count("pk"))
        return found["people"], found["sessions"]


class ListeningSession(TimeStamped):
    """One record, many people: a facilitator's session. Counts people, never names them."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="sessions")
    title = models.CharField(max_length=120)
    held_on = models.DateField()
    channel = models.CharField(max_length=15, choices=SessionChannel)
    language = models.CharField(max_length=10, default=settings.LANGUAGE_CODE)
    people_heard = models.PositiveSmallIntegerField()
    borough = models.ForeignKey(
        Borough, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    host = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ListeningSessionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_session_heard_somebody",
                condition=Q(people_heard__gt=0),
                violation_error_message=_("A session heard at least one person."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.held_on}"


class ResponseQuerySet(models.QuerySet["Response"]):
    def visible_to(self, user: User) -> Self:
        """Answers may be read by listening editors and safeguarding leads, and by nobody else."""
        if user.holds(ProgrammeRole.Role.LISTENING_EDITOR, ProgrammeRole.Role.SAFEGUARDING_LEAD):
            return self
        return self.none()

    def newest_first(self) -> Self:
        return self.order_by("-received_week", "-pk")

    def matching(
        self,
        *,
        campaign: Campaign | None = None,
        language: str = "",
        borough: Borough | None = None,
    ) -> Self:
        found = self
        if campaign:
            found = found.filter(campaign=campaign)
        if language:
            found = found.filter(language=language)
        return found.filter(borough=borough) if borough else found

    def with_names(self) -> Self:
        return self.select_related("campaign", "borough", "theme")

    def held_under(self, receipt_hashes: Iterable[str]) -> Self:
        """The response with this receipt, unless it was withdrawn: a used code finds nothing."""
        return self.filter(receipt_hash__in=receipt_hashes, withdrawn_on__isnull=True)

    def before(self, monday: date) -> Self:
        """Responses received in the weeks before the one that began on this Monday."""
        return self.filter(received_week__lt=monday)

    def tallied(self, *facts: str) -> list[tuple[Any, ...]]:
        """How many responses for each combination of facts; withdrawn ones still count."""
        rows = self.order_by().values_list(*facts).annotate(people=Count("pk"))
        return list(rows.order_by(*facts))


class Response(models.Model):
    """One person's answers. No name, no account, no address of any kind; the week, not the moment."""

    class AgeBand(models.TextChoices):
        A13_15 = "13-15", _("13 to 15")
        A16_24 = "16-24", _("16 to 24")
        A25_34 = "25-34", _("25 to 34")
        A35_44 = "35-44", _("35 to 44")
        A45_54 = "45-54", _("45 to 54")
        A55_64 = "55-64", _("55 to 64")
        A65_74 = "65-74", _("65 to 74")
        A75_UP = "75+", _("75 or over")

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="responses")
    submission = models.UUIDField(
        help_text="Made with the first page, so that sending twice is once."
    )
    receipt_hash = models.CharField(max_length=64, help_text="HMAC-SHA-256 of the receipt code.")
    language = models.CharField(max_length=10)
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.WEB)
    borough = models.ForeignKey(
        Borough, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    age_band = models.CharField(max_length=6, choices=AgeBand, blank=True)
    theme = models.ForeignKey(
        Theme, on_delete=models.PROTECT, null=True, blank=True, related_name="responses"
    )
    received_week = models.DateField(help_text="The Monday of the week it came in.")
    may_quote = models.BooleanField(default=False)
    read_on = models.DateField(
        null=True, blank=True, help_text="When somebody first read the words."
    )
    withdrawn_on = models.DateField(null=True, blank=True)

    objects = ResponseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission"], name="a_submission_is_kept_once"),
            models.UniqueConstraint(
                fields=["receipt_hash"], name="a_receipt_code_belongs_to_one_response"
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "-received_week", "-id"], name="response_newest")
        ]

    def __str__(self) -> str:
        return f"response {self.uuid}"

    def get_absolute_url(self) -> str:
        return reverse("listening:response", args=[self.uuid])


class Answer(models.Model):
    """The words given to one question, in the wording that was asked."""

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="answers")
    text = models.ForeignKey(QuestionText, on_delete=models.PROTECT, related_name="+")
    words = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["response", "text"], name="a_question_is_answered_once")
        ]

    def __str__(self) -> str:
        return f"answer {self.pk} of {self.response}"
