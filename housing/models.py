"""The Health and Housing Action Plan, built on the delivery parts that pledges share."""

from typing import Self

from django.db import models
from django.db.models import F, OuterRef, Q
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import ProgrammeRole, User
from anchors.models import Mandate, Organisation
from core.clock import LONDON, today
from core.models import Held, Sourced, TimeStamped, held_on
from events.models import Event
from pledges.models import (
    Commitment,
    Owner,
    Pledge,
    StatusChange,
    Update,
    append_only,
    ends_need_evidence,
    ends_need_two,
    standing,
)


class ActionPlanQuerySet(models.QuerySet["ActionPlan"]):
    def public(self) -> Self:
        return self.exclude(state=ActionPlan.State.DRAFT)

    def in_force(self) -> Self:
        return self.filter(state__in=[ActionPlan.State.ENGAGEMENT, ActionPlan.State.ADOPTED])


class ActionPlan(Sourced, TimeStamped):
    """One version of the plan."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ENGAGEMENT = "engagement", _("Being talked about with communities")
        ADOPTED = "adopted", _("Adopted")
        SUPERSEDED = "superseded", _("Replaced by a later version")

    version = models.PositiveSmallIntegerField(unique=True)
    title = models.CharField(max_length=120)
    summary = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    adopted_at = models.ForeignKey(
        Event, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ActionPlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="an_adopted_plan_says_where",
                condition=~Q(state="adopted") | Q(adopted_at__isnull=False),
                violation_error_message=_("Name the meeting that adopted the plan."),
            ),
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(state__in=["engagement", "adopted"]),
                name="one_plan_is_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.version}"


class PriorityAreaQuerySet(models.QuerySet["PriorityArea"]):
    def public(self) -> Self:
        return self.filter(plan__in=ActionPlan.objects.public()).order_by("number", "pk")


class PriorityArea(Sourced):
    """One of the plan's three priorities."""

    plan = models.ForeignKey(ActionPlan, on_delete=models.PROTECT, related_name="priorities")
    number = models.PositiveSmallIntegerField()
    slug = models.SlugField(max_length=60)
    title = models.CharField(max_length=160)
    summary = models.TextField(blank=True)

    objects = PriorityAreaQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "number"], name="a_priority_number_is_used_once_per_plan"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"


class ActionQuerySet(models.QuerySet["Action"]):
    def public(self) -> Self:
        return self.filter(priority__plan__in=ActionPlan.objects.public())

    def visible_to(self, user: User) -> Self:
        """Programme staff and Coalition chairs see every action; owners' editors their own."""
        if user.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.PROGRAMME_LEAD):
            return self
        if Seat.objects.chaired_by(user).exists():
            return self
        mine = Organisation.objects.acted_for_by(
            user, Mandate.Kind.EDITOR, Mandate.Kind.APPROVER
        ).values("pk")
        return self.filter(
            pk__in=ActionOwner.objects.filter(organisation__in=mine).values("action")
        )

    def with_standing(self) -> Self:
        """Adds what `Commitment` names: the status and last news, read from the logs."""
        mine = {"action": OuterRef("pk")}
        return self.annotate(
            **standing(
                ActionStatusChange.objects.filter(**mine),
                ActionUpdate.objects.filter(**mine),
                counts_from=TruncDate("created_at", tzinfo=LONDON),
            )
        )

    def of_plan(self, plan: ActionPlan) -> Self:
        return self.filter(priority__plan=plan)

    def shown_as(self, reference: str) -> Self:
        """The one action that everybody sees under this reference: in the newest public plan."""
        shown = Action.objects.public().filter(reference=reference)
        newest = shown.order_by("-priority__plan__version", "pk")[:1]
        return self.filter(pk__in=newest.values("pk"))

    def in_order(self) -> Self:
        return self.order_by("priority__number", "reference", "pk")

    def with_owners(self) -> Self:
        """Adds owners, lead first, in one more query however long the list is."""
        return self.prefetch_related(
            models.Prefetch(
                "owners",
                ActionOwner.objects.select_related("organisation").order_by(
                    "part", "organisation__name", "pk"
                ),
            )
        )


class Action(Commitment, Sourced, TimeStamped):
    """A step under a priority area."""

    priority = models.ForeignKey(PriorityArea, on_delete=models.PROTECT, related_name="actions")
    reference = models.CharField(max_length=12)
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    pledges = models.ManyToManyField(Pledge, related_name="actions", blank=True)

    objects = ActionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["priority", "reference"],
                name="an_action_reference_is_used_once_per_priority",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("housing:action", args=[self.reference])


class ActionOwner(Owner):
    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="owners")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="action_parts"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["action", "organisation"], name="an_organisation_owns_an_action_once"
            ),
            models.UniqueConstraint(
                fields=["action"], condition=Q(part="lead"), name="an_action_has_one_lead"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} ({self.part}) of {self.action}"


class ActionStatusChangeQuerySet(models.QuerySet["ActionStatusChange"]):
    def public(self) -> Self:
        return self.filter(action__in=Action.objects.public())


class ActionStatusChange(StatusChange):
    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="status_changes")

    objects = ActionStatusChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="an_action_status_change_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Say why the status changes."),
            ),
            models.CheckConstraint(
                name="an_action_ends_with_a_second_person",
                condition=ends_need_two(),
                violation_error_message=_("Somebody else must approve the end of an action."),
            ),
            models.CheckConstraint(
                name="an_action_ends_with_evidence",
                condition=ends_need_evidence(),
                violation_error_message=_("Name something people can look at that shows it."),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.action} {self.status} from {self.effective_on}"


class ActionUpdateQuerySet(models.QuerySet["ActionUpdate"]):
    def public(self) -> Self:
        return self.filter(action__in=Action.objects.public())

    def visible_to(self, user: User) -> Self:
        """Updates of the actions this person may add to."""
        return self.filter(action__in=Action.objects.visible_to(user))


class ActionUpdate(Update):
    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="updates")
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections"
    )

    objects = ActionUpdateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="an_action_update_says_something",
                condition=~Q(what_changed=""),
                violation_error_message=_("Say what changed."),
            ),
            models.UniqueConstraint(fields=["corrects"], name="an_action_update_is_corrected_once"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"update of {self.action} on {self.published_on}"


class HousingFactQuerySet(models.QuerySet["HousingFact"]):
    def public(self) -> Self:
        return self.order_by("position", "pk")


class HousingFact(Sourced):
    """A figure about homes and health, never shown without its source."""

    figure = models.CharField(max_length=30)
    sentence = models.CharField(max_length=240)
    position = models.PositiveSmallIntegerField(default=0)

    objects = HousingFactQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.figure} {self.sentence}"


class SeatQuerySet(models.QuerySet["Seat"]):
    def public(self) -> Self:
        """Places held today, chairs first."""
        return (
            self.filter(held_on(today()))
            .select_related("organisation")
            .order_by("part", "organisation__name", "community", "pk")
        )

    def chaired_by(self, user: User) -> Self:
        return self.filter(held_on(today()), held_by=user, part=Seat.Part.CHAIR)


class Seat(Held, Sourced):
    """A place in the Health and Housing Coalition, and who sits there."""

    class Part(models.TextChoices):
        CHAIR = "chair", _("Chair")
        MEMBER = "member", _("Member")

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="seats"
    )
    community = models.CharField(max_length=120, blank=True)
    part = models.CharField(max_length=6, choices=Part, default=Part.MEMBER)
    held_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="seats"
    )

    objects = SeatQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_seat_belongs_to_an_organisation_or_a_community",
                condition=Q(organisation__isnull=False, community="")
                | (Q(organisation__isnull=True) & ~Q(community="")),
            ),
            models.CheckConstraint(
                name="a_seat_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation or self.community} ({self.part})"
