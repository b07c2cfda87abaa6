"""Asking somebody to act for a group: a colleague by e-mail, or a member who takes over."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.secret_links import hash_of
from spaces.models.hirers import GROUP_KINDS, Hirer

GOOD_FOR = timedelta(days=14)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, now: datetime) -> Self:
        """Those that can still be accepted."""
        return self.filter(state=Invitation.State.OPEN, expires_at__gt=now)

    def run_out(self, now: datetime) -> Self:
        return self.filter(state=Invitation.State.OPEN, expires_at__lte=now)

    def behind(self, secret: str) -> Self:
        """The one whose letter carried this link, if there is one."""
        return self.filter(link_hash=hash_of(secret))

    def with_people(self) -> Self:
        return self.select_related("hirer__organisation", "invited_by")


class Invitation(models.Model):
    """Somebody may act for a group if they say yes within two weeks.

    The address stands here while the answer is awaited, and no longer.
    """

    class State(models.TextChoices):
        OPEN = "open", _("waiting for an answer")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")
        EXPIRED = "expired", _("not answered in time")

    class SenderThen(models.TextChoices):
        STAYS = "stays", _("stays as they are")
        MEMBER = "member", _("stays in the group as a member")
        LEAVES = "leaves", _("leaves the group")

    hirer = models.ForeignKey(Hirer, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(blank=True)
    kind = models.CharField(
        max_length=12, choices=[(kind.value, kind.label) for kind in GROUP_KINDS]
    )
    sender_then = models.CharField(
        max_length=6,
        choices=SenderThen,
        default=SenderThen.STAYS,
        help_text="What becomes of whoever hands over, once the other says yes.",
    )
    link_hash = models.CharField(
        max_length=64,
        unique=True,
        help_text="SHA-256 of the secret in the letter's link; the secret is never kept.",
    )
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    ended_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hirer", "email"],
                condition=Q(state="open"),
                name="an_address_is_invited_once_at_a_time",
            ),
            models.CheckConstraint(
                name="an_invitation_is_addressed_while_it_is_open",
                condition=Q(state="open") ^ Q(email=""),
            ),
            models.CheckConstraint(
                name="an_answered_invitation_says_who_and_when",
                condition=~Q(state__in=["accepted", "declined", "withdrawn"])
                | Q(ended_by__isnull=False, ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="only_a_manager_is_handed_over",
                condition=Q(sender_then="stays") | Q(kind="manager"),
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk} ({self.state})"

    @property
    def hands_over(self) -> bool:
        return self.sender_then != self.SenderThen.STAYS
