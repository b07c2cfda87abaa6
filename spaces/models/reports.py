"""What people told us is wrong about a space, and what became of it."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.models import TimeStamped
from spaces.models.access import AccessKey
from spaces.models.sites import Site
from spaces.models.spaces import Space

KEEP_ADDRESSES_FOR = timedelta(days=90)
"""How long after the answer the address of whoever told us is kept."""


class FactReportQuerySet(models.QuerySet["FactReport"]):
    def visible_to(self, user: User) -> Self:
        """About the sites this person looks after."""
        return self.filter(space__site__in=Site.objects.visible_to(user))

    def open(self) -> Self:
        return self.filter(state=FactReport.State.OPEN)

    def answered(self) -> Self:
        return self.exclude(state=FactReport.State.OPEN)

    def answered_before(self, moment: datetime) -> Self:
        return self.answered().filter(decided_at__lt=moment)

    def with_space(self) -> Self:
        """Everything a list of reports shows, in one query."""
        return self.select_related("space__site", "decided_by")


class FactReport(TimeStamped):
    """Somebody, with or without an account, says that something told of a space is wrong.

    Their e-mail address is there only if they want an answer, and goes 90 days after it.
    """

    class State(models.TextChoices):
        OPEN = "open", _("waiting for an answer")
        MENDED = "mended", _("mended")
        NOT_CHANGED = "not_changed", _("left as it is")

    class About(models.TextChoices):
        """What is told of a space beside its access facts."""

        PRICE = "price", _("What it costs")
        HOURS = "hours", _("Opening hours")
        PEOPLE = "people", _("How many people it holds")
        EQUIPMENT = "equipment", _("What is there")
        GETTING_THERE = "getting_there", _("Getting there")
        OTHER = "other", _("Something else")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    form_id = models.UUIDField(editable=False)
    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="fact_reports")
    fact = models.CharField(max_length=20, choices=[*About.choices, *AccessKey.choices])
    words = models.CharField(max_length=400)
    email = models.EmailField(blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    answer = models.CharField(max_length=400, blank=True)
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = FactReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["form_id"], name="a_form_reports_a_fact_once"),
            models.CheckConstraint(
                name="an_answer_to_a_report_has_a_person_and_a_time",
                condition=Q(state="open", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(state="open") & Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="a_fact_left_as_it_is_is_told_why",
                condition=~Q(state="not_changed") | ~Q(answer=""),
                violation_error_message=_("Say why it stays as it is."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fact} of {self.space}, {self.uuid}"

    def get_absolute_url(self) -> str:
        return reverse("spaces:fact_report", args=[self.uuid])

    @property
    def is_about_access(self) -> bool:
        return self.fact in AccessKey.values
