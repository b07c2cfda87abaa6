"""What institutions promised in answer to what was heard, and how it stands.

Pledges and housing actions are delivered alike. The shared parts are the abstract models at the
top; `housing` builds its own tables on them.
"""

from datetime import date
from typing import Any, Self
from uuid import uuid4

import pgtrigger
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, TruncDate
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import ProgrammeRole, User
from anchors.models import Borough, Mandate, Organisation
from core.clock import LONDON
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


class Commitment(models.Model):
    """What a pledge and an action share. The facts named here are there after `with_standing`."""

    status: str
    status_since: date | None
    status_date_text: str | None
    status_reason: str | None
    last_update_on: date | None
    last_update_text: str | None
    counts_from: date
    next_update_on: date

    review_every_days = models.PositiveSmallIntegerField(default=90)
    due_on = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True


class StatusChange(Sourced):
    """One line of a status log. The current status is the newest line; it is kept nowhere else."""

    status = models.CharField(max_length=15, choices=DeliveryStatus)
    reason = models.CharField(_("reason, for the public"), max_length=400)
    effective_on = models.DateField()
    date_text = models.CharField(
        max_length=60, blank=True, help_text="The date as the source gives it, if not to the day."
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class Update(models.Model):
    """A dated public note. It never changes; a correction is a new row that names the old one."""

    # Made with the blank form, so that sending it twice publishes once.
    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    what_changed = models.TextField()
    whats_next = models.TextField(blank=True)
    link_title = models.CharField(max_length=120, blank=True)
    link_url = models.URLField(max_length=300, blank=True)
    published_on = models.DateField(help_text="The day, or the last day it could have been.")
    date_text = models.CharField(
        max_length=60, blank=True, help_text="The date as the source gives it, if not to the day."
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def words(self) -> dict[str, str]:
        """What a person wrote, by the names of the questions."""
        return {
            "what_changed": self.what_changed,
            "whats_next": self.whats_next,
            "link_title": self.link_title,
            "link_url": self.link_url,
        }


def ends_need_two() -> Q:
    """A status that ends a commitment is approved by somebody other than who wrote it."""
    return ~Q(status__in=[end.value for end in ENDS]) | (
        Q(approved_by__isnull=False) & (Q(by__isnull=True) | ~Q(approved_by=F("by")))
    )


def ends_need_evidence() -> Q:
    """A status that ends a commitment names where that can be seen."""
    return ~Q(status__in=[end.value for end in ENDS]) | ~Q(source_title="")


def standing(
    changes: "models.QuerySet[Any]", updates: "models.QuerySet[Any]", *, counts_from: Combinable
) -> dict[str, Any]:
    """The annotations of `with_standing`, from the logs of one commitment.

    A correction is not news: only a new update moves the day of the next one. `counts_from` is
    the day from which news is due while there is none.
    """
    newest = changes.order_by("-pk")
    last = updates.filter(corrects__isnull=True).order_by("-published_on", "-pk")
    last_on = Subquery(last.values("published_on")[:1])
    return {
        "status": Coalesce(
            Subquery(newest.values("status")[:1]), models.Value(DeliveryStatus.NOT_KNOWN.value)
        ),
        "status_since": Subquery(newest.values("effective_on")[:1]),
        "status_date_text": Subquery(newest.values("date_text")[:1]),
        "status_reason": Subquery(newest.values("reason")[:1]),
        "last_update_on": last_on,
        "last_update_text": Subquery(last.values("date_text")[:1]),
        "counts_from": Coalesce(last_on, counts_from),
        "next_update_on": models.ExpressionWrapper(
            Coalesce(last_on, counts_from) + F("review_every_days"),
            output_field=models.DateField(),
        ),
    }


def attention(today: date) -> models.Case:
    """0 for a date that has passed, 1 for news that is late, 2 for the rest, 3 for what has ended."""
    return models.Case(
        models.When(status__in=[end.value for end in ENDS], then=models.Value(3)),
        models.When(due_on__lt=today, then=models.Value(0)),
        models.When(next_update_on__lt=today, then=models.Value(1)),
        default=models.Value(2),
        output_field=models.SmallIntegerField(),
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
        """Adds what `Commitment` names: the status and last news, read from the logs."""
        mine = {"pledge": OuterRef("pk")}
        return self.annotate(
            **standing(
                PledgeStatusChange.objects.filter(**mine),
                PledgeUpdate.objects.filter(**mine),
                counts_from=Coalesce(F("made_on"), TruncDate("created_at", tzinfo=LONDON)),
            )
        )

    def stale(self, today: date) -> Self:
        """Pledges still running whose next update is overdue. Needs `with_standing`."""
        return self.exclude(status__in=ENDS).filter(next_update_on__lt=today)

    def past_due(self, today: date) -> Self:
        """Pledges still running whose date has passed. Needs `with_standing`."""
        return self.exclude(status__in=ENDS).filter(due_on__lt=today)

    def with_status(self, status: str) -> Self:
        """Pledges that stand so now. Needs `with_standing`."""
        return self.filter(status=status)

    def ended(self) -> Self:
        """Pledges in one of the states that end them. Needs `with_standing`."""
        return self.filter(status__in=ENDS)

    def late_first(self, today: date) -> Self:
        """What people come to check: past its date, then without news, then the rest."""
        return self.annotate(attention=attention(today)).order_by("attention", "reference", "pk")

    def matching(self, words: str) -> Self:
        """Pledges with these words in their reference, title or text."""
        return self.filter(
            Q(reference__icontains=words) | Q(title__icontains=words) | Q(words__icontains=words)
        )

    def owned_by(self, organisation: Organisation) -> Self:
        return self.filter(
            pk__in=PledgeOwner.objects.filter(organisation=organisation).values("pledge")
        )

    def answering(self, theme: Theme) -> Self:
        return self.filter(themes=theme)

    def with_owners(self) -> Self:
        """Adds owners (lead first) and themes, in two more queries however long the list is."""
        return self.prefetch_related(
            models.Prefetch(
                "owners",
                PledgeOwner.objects.select_related("organisation").order_by(
                    "part", "organisation__name", "pk"
                ),
            ),
            models.Prefetch("themes", Theme.objects.public().order_by("label", "pk")),
        )

    def in_order(self) -> Self:
        return self.order_by("reference", "pk")


class Pledge(Commitment, Sourced, TimeStamped):
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
    made_on = models.DateField(
        null=True, blank=True, help_text="The day, or the last day it could have been."
    )
    made_text = models.CharField(
        max_length=60, blank=True, help_text="When only the month is known."
    )
    due_text = models.CharField(max_length=60, blank=True)
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


class PledgeStatusChangeQuerySet(models.QuerySet["PledgeStatusChange"]):
    def public(self) -> Self:
        return self.filter(pledge__is_published=True)


class PledgeStatusChange(StatusChange):
    pledge = models.ForeignKey(Pledge, on_delete=models.PROTECT, related_name="status_changes")

    objects = PledgeStatusChangeQuerySet.as_manager()

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
            models.CheckConstraint(
                name="a_pledge_ends_with_evidence",
                condition=ends_need_evidence(),
                violation_error_message=_("Name something people can look at that shows it."),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.pledge} {self.status} from {self.effective_on}"


class PledgeUpdateQuerySet(models.QuerySet["PledgeUpdate"]):
    def public(self) -> Self:
        return self.filter(pledge__is_published=True)

    def visible_to(self, user: User) -> Self:
        """Updates of the pledges this person may add to."""
        return self.filter(pledge__in=Pledge.objects.visible_to(user))


class PledgeUpdate(Update):
    pledge = models.ForeignKey(Pledge, on_delete=models.PROTECT, related_name="updates")
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections"
    )

    objects = PledgeUpdateQuerySet.as_manager()

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
