"""Groups that would gain from the rooms, invited by name to register."""

from datetime import datetime, timedelta
from typing import Self
from uuid import uuid4

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Func, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import ProgrammeRole, User
from core.models import TimeStamped
from core.secret_links import hash_of
from spaces.models.hirers import Hirer
from spaces.models.sites import Site
from spaces.models.spaces import Space

ADDRESS_KEPT_FOR = timedelta(days=90)
"""After the end of an invitation, so that somebody can still ask what became of it."""


class HirerInvitationQuerySet(models.QuerySet["HirerInvitation"]):
    def visible_to(self, user: User) -> Self:
        """All for programme staff; for those who run a site what is about its spaces."""
        if user.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.PROGRAMME_LEAD):
            return self
        return self.filter(space__site__in=Site.objects.managed_by(user))

    def behind(self, secret: str) -> Self:
        """The invitation that a link opens, whatever became of it."""
        return self.filter(secret_hash=hash_of(secret))

    def run_out(self, now: datetime) -> Self:
        return self.filter(state=HirerInvitation.State.SENT, expires_at__lte=now)

    def to_forget(self, now: datetime) -> Self:
        """Those whose address was kept for long enough."""
        return self.filter(ended_at__lte=now - ADDRESS_KEPT_FOR).exclude(email="")

    def with_people(self) -> Self:
        """Everything a list of invitations shows, in one query."""
        return self.select_related("space__site", "invited_by", "hirer__organisation")


class HirerInvitation(TimeStamped):
    """A letter to one address with a link to register, and what became of it."""

    class State(models.TextChoices):
        SENT = "sent", _("invited")
        ACCEPTED = "accepted", _("registered")
        EXPIRED = "expired", _("not answered in time")
        WITHDRAWN = "withdrawn", _("withdrawn")

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    secret_hash = models.CharField(
        max_length=64,
        unique=True,
        help_text="SHA-256 of the secret in the link; the secret is never kept.",
    )
    group_name = models.CharField(max_length=160)
    email = models.EmailField(blank=True, help_text="In small letters; forgotten after the end.")
    message = models.CharField(max_length=400, blank=True)
    space = models.ForeignKey(
        Space, on_delete=models.PROTECT, null=True, blank=True, related_name="invitations"
    )
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.SENT)
    sent_on = models.DateField()
    again_from = models.DateField(help_text="The same address is not written to before this day.")
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    hirer = models.ForeignKey(
        Hirer, on_delete=models.PROTECT, null=True, blank=True, related_name="invited_as"
    )

    objects = HirerInvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="an_invitation_ends_at_a_time",
                condition=Q(state="sent", ended_at__isnull=True)
                | (~Q(state="sent") & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="an_accepted_invitation_has_its_group",
                condition=Q(state="accepted", hirer__isnull=False)
                | (~Q(state="accepted") & Q(hirer__isnull=True)),
            ),
            ExclusionConstraint(
                name="an_address_is_invited_once_a_week",
                expressions=[
                    ("email", RangeOperators.EQUAL),
                    (
                        Func(
                            "sent_on",
                            "again_from",
                            function="DATERANGE",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=~Q(email=""),
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.uuid}"

    @property
    def name_for_others(self) -> str:
        """The group's name, until it registered and asked that it be kept private."""
        return self.hirer.name_for_others if self.hirer else self.group_name

    def is_good(self, now: datetime) -> bool:
        """Say whether its link still opens the registration."""
        return self.state == self.State.SENT and self.expires_at > now
