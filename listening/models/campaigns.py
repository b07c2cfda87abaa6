"""A round of listening: its questions in every wording, its themes, and whom it set out to hear."""

from collections import defaultdict
from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.models import Sourced, TimeStamped


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def public(self) -> Self:
        return self.filter(is_published=True)

    def open_on(self, day: date) -> Self:
        """Campaigns that take answers on a day, in London."""
        return self.filter(takes_answers=True, opens_on__lte=day, closes_on__gte=day)

    def newest_first(self) -> Self:
        return self.order_by(F("opens_on").desc(nulls_last=True), "-pk")

    def with_responses(self) -> Self:
        """Campaigns that hold somebody's answers, newest first."""
        return self.filter(responses__isnull=False).distinct().newest_first()


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

    def papers(self) -> "dict[str, list[QuestionText]]":
        """For each language: the approved wording of every question, in order.

        A language in which a question has no approved wording is left out.
        """
        newest: dict[str, dict[int, QuestionText]] = defaultdict(dict)
        for text in QuestionText.objects.approved().of(self):
            newest[text.language][text.question_id] = text  # later versions come later
        whole = max((len(texts) for texts in newest.values()), default=0)
        return {
            language: list(texts.values())
            for language, texts in newest.items()
            if len(texts) == whole
        }


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


class QuestionTextQuerySet(models.QuerySet["QuestionText"]):
    def approved(self) -> Self:
        return self.filter(approved_at__isnull=False, format=QuestionText.Format.STANDARD)

    def of(self, campaign: Campaign) -> Self:
        """In the order of the questions; of two versions the older comes first."""
        return (
            self.filter(question__campaign=campaign)
            .select_related("question")
            .order_by("question__position", "version", "pk")
        )


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

    objects = QuestionTextQuerySet.as_manager()

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
