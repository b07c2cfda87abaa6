"""Organisations that may book, or ask to."""

from datetime import date, timedelta
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import ProgrammeRole, User
from anchors.models import Mandate, Organisation
from core.models import TimeStamped
from spaces.models.access import AccessKey

ASKED_TO_CONFIRM_AFTER = timedelta(days=335)
"""Eleven months: the facts of a group are confirmed once a year."""
GROUP_KINDS = (Mandate.Kind.MEMBER, Mandate.Kind.MANAGER)
"""How somebody may act for a group."""

APOSTROPHES = ("’‘ʼ`´", "'" * 5)
"""What keyboards have for the one, and what all of them mean."""


class HirerQuerySet(models.QuerySet["Hirer"]):
    def visible_to(self, user: User) -> Self:
        """Groups this person belongs to; all of them for programme staff."""
        if user.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.PROGRAMME_LEAD):
            return self
        return self.of_member(user)

    def of_member(self, user: User) -> Self:
        return self.filter(organisation__in=Organisation.objects.acted_for_by(user, *GROUP_KINDS))

    def in_turn(self) -> Self:
        """Held until the transaction ends, so that whoever writes about a group queues at its row."""
        return self.select_for_update(no_key=True, of=("self",))

    def ever_of(self, user: User) -> Self:
        """Groups that this person registered, belongs to or once belonged to. Others decide about
        them: who leaves first is not somebody else.
        """
        mandates = Mandate.objects.filter(user=user, kind__in=GROUP_KINDS)
        return self.filter(
            Q(registered_by=user) | Q(organisation__in=mandates.values("organisation"))
        )

    def judged_by(self, user: User) -> Self:
        """Groups about which this person decided once, or about an appeal of them."""
        appeals = Q(appeals__declined_by=user) | Q(appeals__decided_by=user)
        return self.filter(Q(decided_by=user) | appeals)

    def managed_by(self, user: User) -> Self:
        managed = Organisation.objects.acted_for_by(user, Mandate.Kind.MANAGER)
        return self.filter(organisation__in=managed)

    def without_a_manager(self, day: date) -> Self:
        """Groups that nobody can look after: their last manager left or closed the account."""
        managers = Mandate.objects.current(day).filter(
            kind=Mandate.Kind.MANAGER, user__is_active=True
        )
        return self.exclude(organisation__in=managers.values("organisation"))

    def called(self, typed: str) -> Self:
        """By its name, whichever apostrophe the keyboard has, or by the last part of its address."""
        name = Func(F("organisation__name"), *map(Value, APOSTROPHES), function="TRANSLATE")
        straight = typed.translate(str.maketrans(*APOSTROPHES))
        return self.alias(name=name).filter(Q(name__iexact=straight) | Q(organisation__slug=typed))

    def approved(self) -> Self:
        return self.filter(state=Hirer.State.APPROVED)

    def awaiting_decision(self) -> Self:
        return self.filter(state=Hirer.State.REGISTERED)

    def decided(self) -> Self:
        return self.exclude(state=Hirer.State.REGISTERED)

    def to_confirm(self, today: date) -> Self:
        """Groups whose facts are to be looked at again; the same as `rules.hirers.is_to_confirm`."""
        return self.approved().filter(confirmed_on__lte=today - ASKED_TO_CONFIRM_AFTER)

    def with_people(self) -> Self:
        """Everything a list of groups shows, in a constant number of queries."""
        return self.select_related("organisation", "registered_by", "decided_by").prefetch_related(
            "organisation__boroughs"
        )


class Hirer(TimeStamped):
    """An organisation as a hirer: what it does, who answers for it, and whether it may book."""

    class State(models.TextChoices):
        REGISTERED = "registered", _("waiting for a decision")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("not approved")
        STOPPED = "stopped", _("stopped for now")

    REFUSED = (State.DECLINED, State.STOPPED)
    """The states against which a group may appeal, and that it may put right."""

    class StopReason(models.TextChoices):
        NOT_AS_TOLD = "not_as_told", _("It does other things than it told us")
        NOT_SAFE = "not_safe", _("People were not safe with it")
        RULES = "rules", _("It did not keep to the rules of hire")
        PAPERS = "papers", _("What it showed us was not true")
        NOBODY = "nobody", _("Nobody answers for it any more")
        OTHER = "other_stop", _("Another reason to stop")

    class GroupKind(models.TextChoices):
        CHARITY = "charity", _("Registered charity")
        CIC = "cic", _("Community interest company")
        UNREGISTERED = "unregistered", _("Small group that is not registered")
        TENANTS = "tenants", _("Tenants’ or residents’ group")
        FAITH = "faith", _("Faith group")
        OTHER = "other", _("Another kind of group")

    organisation = models.OneToOneField(
        Organisation, on_delete=models.PROTECT, related_name="hirer"
    )
    state = models.CharField(max_length=10, choices=State, default=State.REGISTERED)
    group_kind = models.CharField(max_length=12, choices=GroupKind)
    registered_number = models.CharField(max_length=20, blank=True)
    purpose = models.CharField(max_length=400)
    usual_size = models.PositiveSmallIntegerField()
    responsible_adult = models.CharField(max_length=120)
    responsible_phone = models.CharField(max_length=20)
    deputy_name = models.CharField(
        max_length=120, blank=True, help_text="Who answers when the responsible adult is away."
    )
    deputy_phone = models.CharField(max_length=20, blank=True)
    responsible_left = models.BooleanField(
        default=False, help_text="The responsible adult left or handed over, and no other is named."
    )
    deputy_left = models.BooleanField(
        default=False, help_text="The same of who answers when the responsible adult is away."
    )
    confirmed_on = models.DateField(help_text="When the group last said that its facts are right.")
    is_sensitive = models.BooleanField(
        default=False, help_text="The group's name is hidden wherever others could read it."
    )
    access_needs = ArrayField(
        models.CharField(max_length=20),
        default=list,
        blank=True,
        help_text="What a room must have. Only the group, programme staff and its sites read it.",
    )
    communication_needs = models.CharField(max_length=400, blank=True)
    registered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.CharField(max_length=400, blank=True)
    stopped_because = models.CharField(
        max_length=12,
        choices=StopReason,
        blank=True,
        help_text="Why its approval was taken back; stays until the next decision.",
    )
    approved_despite = models.CharField(
        max_length=400, blank=True, help_text="Why it was approved although something was missing."
    )

    objects = HirerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_hirer_decision_has_a_person_and_a_time",
                condition=Q(state="registered")
                | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_refused_hirer_is_told_why",
                condition=~Q(state__in=["declined", "stopped"]) | ~Q(decision_reason=""),
                violation_error_message=_("Say why."),
            ),
            models.CheckConstraint(
                name="a_group_is_stopped_for_a_reason_of_the_list",
                condition=Q(state="registered")
                | Q(state="stopped", stopped_because__gt="")
                | (~Q(state="stopped") & Q(stopped_because="")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.organisation)

    def get_absolute_url(self) -> str:
        return reverse("spaces:hirer", args=[self.organisation.slug])

    @property
    def is_answered_for(self) -> bool:
        """Say whether somebody who did not leave answers for it: the responsible adult or the deputy."""
        return not self.responsible_left or bool(self.deputy_name and not self.deputy_left)

    @property
    def needs_in_words(self) -> list[str]:
        return [str(AccessKey(key).label) for key in self.access_needs]

    @property
    def is_named_in_subjects(self) -> bool:
        """Until somebody has approved it, a name is words that anybody may have made up."""
        return self.state == self.State.APPROVED and not self.is_sensitive

    @property
    def name_for_others(self) -> str:
        """What stands in lists, letters and diaries that people outside the group may read."""
        return str(_("A group that asks for privacy") if self.is_sensitive else self.organisation)

    @property
    def name_for_others_amid(self) -> str:
        """The same where other words of the sentence stand before it."""
        return str(_("a group that asks for privacy") if self.is_sensitive else self.organisation)
