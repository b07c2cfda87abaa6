"""What institutions promised in answer to what was heard, and how it stands.

Pledges and housing actions are delivered alike. The shared parts are the three abstract models at
the top; `housing` builds its own tables on them.
"""

from typing import Self
from uuid import uuid4

import pgtrigger
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import ProgrammeRole, User
from anchors.models import Borough, Mandate, Organisation
from core.models import Sourced, TimeStamped
from events.models import Event
from listening.models import Theme


class DeliveryStatus(models.TextChoices):
    """How a commitment stands. The last five are ends: they need a second person."""

    NOT_KNOWN = "not_known", _("Not known")
    NOT_STARTED = "not_started", _("Not started")
    IN_PROGRESS = "in_progress", _("In progress")
    DELIVERED = "delivered", _("Delivered")
    PART_DELIVERED = "part_delivered", _("Partly delivered")
    NOT_DELIVERED = "not_delivered", _("Not delivered")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    SUPERSEDED = "superseded", _("Replaced by another")


ENDS = (
    DeliveryStatus.DELIVERED,
    DeliveryStatus.PART_DELIVERED,
    DeliveryStatus.NOT_DELIVERED,
    DeliveryStatus.WITHDRAWN,
    DeliveryStatus.SUPERSEDED,
)


def append_only() -> list[pgtrigger.Trigger]:
    """Triggers for a log that Postgres lets nobody rewrite, whatever door is used."""
    return [
        pgtrigger.Protect(name="a_log_is_never_rewritten", operation=pgtrigger.Update),
        pgtrigger.Protect(name="a_log_is_never_shortened", operation=pgtrigger.Delete),
    ]


class Owner(models.Model):
    """An organisation's part in a commitment: one lead, any number of partners."""

    class Part(models.TextChoices):
        LEAD = "lead", _("Lead")
        PARTNER = "partner", _("Partner")

    part = models.CharField(max_length=7, choices=Part)
    accepted_on = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True


class StatusChange(models.Model):
    """One line of a status log. The current status is the newest line; it is kept nowhere else."""

    status = models.CharField(max_length=15, choices=DeliveryStatus)
    reason = models.CharField(_("reason, for the public"), max_length=400)
    effective_on = models.DateField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class Update(models.Model):
    """A dated public note. It never changes; a correction is a new row that names the old one."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    what_changed = models.TextField()
    whats_next = models.TextField(blank=True)
    link_title = models.CharField(max_length=120, blank=True)
    link_url = models.URLField(max_length=300, blank=True)
    published_on = models.DateField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


def ends_need_two() -> Q:
    """A status that ends a commitment is approved by somebody other than who wrote it."""
    return ~Q(status__in=[end.value for end in ENDS]) | (
        Q(approved_by__isnull=False) & (Q(by__isnull=True) | ~Q(approved_by=F("by")))
    )


class PledgeQuerySet(models.QuerySet["Pledge"]):
    def public(self) -> Self:
        return self.filter(is_published=True)

    def visible_to(self, user: User) -> Self:
        """Programme staff see every pledge; institution people their own organisation's; board all public."""
        if user.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.PROGRAMME_LEAD):
            return self
        mine = Organisation.objects.acted_for_by(
            user, Mandate.Kind.EDITOR, Mandate.Kind.APPROVER
        ).values("pk")
        return self.filter(
            pk__in=PledgeOwner.objects.filter(organisation__in=mine).values("pledge")
        )

    def with_standing(self) -> Self:
        """Adds `status` and `status_since` from the log and `last_update_on`, in the same query."""
        newest = PledgeStatusChange.objects.filter(pledge=OuterRef("pk")).order_by("-pk")
        updates = PledgeUpdate.objects.filter(pledge=OuterRef("pk")).order_by(
            "-published_on", "-pk"
        )
        return self.annotate(
            status=Subquery(newest.values("status")[:1]),
            status_since=Subquery(newest.values("effective_on")[:1]),
            last_update_on=Subquery(updates.values("published_on")[:1]),
        )

    def in_order(self) -> Self:
        return self.order_by("reference", "pk")


class Pledge(Sourced, TimeStamped):
    """A public commitment by an organisation, in answer to what was heard."""

    reference = models.CharField(max_length=12, unique=True)
    title = models.CharField(max_length=200)
    words = models.TextField(
        help_text="The promise as it was made, or in our words: `words_are` says."
    )
    words_are = models.CharField(
        max_length=10,
        choices=[("spoken", _("as spoken")), ("ours", _("in our words"))],
        default="ours",
    )
    summary = models.TextField(blank=True)
    made_at = models.ForeignKey(
        Event, on_delete=models.PROTECT, null=True, blank=True, related_name="pledges"
    )
    made_on = models.DateField(null=True, blank=True)
    made_text = models.CharField(
        max_length=60, blank=True, help_text="When only the month is known."
    )
    due_on = models.DateField(null=True, blank=True)
    due_text = models.CharField(max_length=60, blank=True)
    review_every_days = models.PositiveSmallIntegerField(default=90)
    themes = models.ManyToManyField(Theme, related_name="pledges", blank=True)
    boroughs = models.ManyToManyField(Borough, related_name="pledges", blank=True)
    is_published = models.BooleanField(default=True)

    objects = PledgeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_pledge_is_reviewed_every_so_often", condition=Q(review_every_days__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("pledges:pledge", args=[self.reference])


class PledgeOwner(Owner):
    pledge = models.ForeignKey(Pledge, on_delete=models.CASCADE, related_name="owners")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="pledge_parts"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pledge", "organisation"], name="an_organisation_owns_a_pledge_once"
            ),
            models.UniqueConstraint(
                fields=["pledge"], condition=Q(part="lead"), name="a_pledge_has_one_lead"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} ({self.part}) of {self.pledge}"


class PledgeStatusChange(StatusChange):
    pledge = models.ForeignKey(Pledge, on_delete=models.PROTECT, related_name="status_changes")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_pledge_status_change_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Say why the status changes."),
            ),
            models.CheckConstraint(
                name="a_pledge_ends_with_a_second_person",
                condition=ends_need_two(),
                violation_error_message=_("Somebody else must approve the end of a pledge."),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.pledge} {self.status} from {self.effective_on}"


class PledgeUpdate(Update):
    pledge = models.ForeignKey(Pledge, on_delete=models.PROTECT, related_name="updates")
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_pledge_update_says_something",
                condition=~Q(what_changed=""),
                violation_error_message=_("Say what changed."),
            ),
            models.UniqueConstraint(fields=["corrects"], name="a_pledge_update_is_corrected_once"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"update of {self.pledge} on {self.published_on}"
