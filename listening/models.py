"""What residents said, on the terms they said it."""

from datetime import date
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import ProgrammeRole, User
from anchors.models import Borough, Organisation
from core.models import Sourced, TimeStamped


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def public(self) -> Self:
        return self.filter(is_published=True)

    def open_on(self, day: date) -> Self:
        """Campaigns that take answers on a day, in London."""
        return self.filter(takes_answers=True, opens_on__lte=day, closes_on__gte=day)


class Campaign(Sourced, TimeStamped):
    """A dated round of listening with its question."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    summary = models.TextField(blank=True)
    opens_on = models.DateField(null=True, blank=True)
    closes_on = models.DateField(null=True, blank=True)
    dates_text = models.CharField(max_length=60, blank=True)
    people_heard_text = models.CharField(
        max_length=40,
        blank=True,
        help_text="As a source says it, when we hold no records to count.",
    )
    takes_answers = models.BooleanField(default=False)
    is_published = models.BooleanField(default=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_campaign_closes_after_it_opens",
                condition=Q(opens_on__isnull=True)
                | Q(closes_on__isnull=True)
                | Q(closes_on__gte=F("opens_on")),
                violation_error_message=_("A campaign must close on or after the day it opens."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("listening:campaign", args=[self.slug])


class Question(models.Model):
    """One question of a campaign. Its key never changes; its wording may, as a new version."""

    class Kind(models.TextChoices):
        WORDS = "words", _("In your own words")
        BOROUGH = "borough", _("One borough")
        AGE_BAND = "age_band", _("One age band")

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="questions")
    key = models.SlugField(max_length=40)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.WORDS)
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "key"], name="a_question_key_is_used_once_per_campaign"
            ),
            models.UniqueConstraint(
                fields=["campaign", "position"], name="a_question_place_is_used_once_per_campaign"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign.slug}/{self.key}"


class QuestionText(TimeStamped):
    """A question's wording in one language and format. Served only once somebody else approved it."""

    class Format(models.TextChoices):
        STANDARD = "standard", _("Standard")
        EASY_READ = "easy_read", _("Easy Read")

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="texts")
    language = models.CharField(max_length=10)
    format = models.CharField(max_length=10, choices=Format, default=Format.STANDARD)
    version = models.PositiveSmallIntegerField(default=1)
    wording = models.CharField(max_length=300)
    hint = models.CharField(max_length=400, blank=True)
    written_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["question", "language", "format", "version"],
                name="a_wording_has_one_text_per_language_format_and_version",
            ),
            models.CheckConstraint(
                name="a_wording_is_approved_by_somebody_else",
                condition=Q(approved_by__isnull=True)
                | Q(written_by__isnull=True)
                | ~Q(approved_by=F("written_by")),
                violation_error_message=_("Somebody else must approve a wording."),
            ),
            models.CheckConstraint(
                name="an_approval_has_a_person_and_a_time",
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question} {self.language} {self.format} v{self.version}"


class ThemeQuerySet(models.QuerySet["Theme"]):
    def public(self) -> Self:
        return self.filter(is_published=True)


class Theme(Sourced):
    """An issue heard. `source_wording` keeps the programme's own title where our label differs."""

    slug = models.SlugField(max_length=80, unique=True)
    label = models.CharField(max_length=120, unique=True)
    source_wording = models.CharField(max_length=120, blank=True)
    definition = models.CharField(max_length=400, blank=True)
    campaigns = models.ManyToManyField(Campaign, related_name="themes", blank=True)
    is_published = models.BooleanField(default=True)

    objects = ThemeQuerySet.as_manager()

    def __str__(self) -> str:
        return self.label


class HeardGroup(models.Model):
    """One of the groups the programme set out to listen to."""

    slug = models.SlugField(max_length=80, unique=True)
    label = models.CharField(max_length=120, unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    campaigns = models.ManyToManyField(Campaign, related_name="heard_groups", blank=True)

    def __str__(self) -> str:
        return self.label


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
    receipt_hash = models.CharField(max_length=64, help_text="SHA-256 of the receipt code.")
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
