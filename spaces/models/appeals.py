"""A group that was not approved asks somebody else to look again."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import ProgrammeRole, User
from spaces.models.hirers import Hirer


class HirerAppealQuerySet(models.QuerySet["HirerAppeal"]):
    def visible_to(self, user: User) -> Self:
        """Appeals of the groups this person sees."""
        if user.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.PROGRAMME_LEAD):
            return self
        return self.filter(hirer__in=Hirer.objects.of_member(user))

    def open(self) -> Self:
        return self.filter(outcome="")

    def to_decide_by(self, user: User) -> Self:
        """Those that this person may look at again, if they are programme staff."""
        others = self.open().exclude(hirer__in=Hirer.objects.ever_of(user))
        return others.exclude(hirer__in=Hirer.objects.judged_by(user))

    def with_people(self) -> Self:
        return self.select_related(
            "hirer__organisation", "declined_by", "appealed_by", "decided_by"
        )


class HirerAppeal(models.Model):
    """What a group says against a decision, and what somebody else made of it."""

    class Outcome(models.TextChoices):
        UPHELD = "upheld", _("the decision stands")
        OVERTURNED = "overturned", _("the decision was changed")

    hirer = models.ForeignKey(Hirer, on_delete=models.CASCADE, related_name="appeals")
    declined_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    words = models.CharField(max_length=1000)
    appealed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    appealed_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = HirerAppealQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hirer"], condition=Q(outcome=""), name="a_group_appeals_once_at_a_time"
            ),
            models.CheckConstraint(
                name="an_appeal_says_something",
                condition=~Q(words=""),
            ),
            models.CheckConstraint(
                name="an_appeal_is_decided_by_somebody_with_a_reason",
                condition=Q(outcome="", reason="", decided_by=None, decided_at=None)
                | (
                    ~Q(outcome="")
                    & ~Q(reason="")
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="an_appeal_goes_to_somebody_else",
                condition=Q(decided_by=None) | ~Q(decided_by=F("declined_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"appeal {self.pk} ({self.outcome or 'open'})"
