"""People outside a small group who say that they know it."""

from typing import Any, Self
from uuid import uuid4

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from anchors.models import Mandate
from core.models import TimeStamped
from core.secret_links import hash_of
from spaces.models.hirers import GROUP_KINDS, Hirer
from spaces.models.invitations import Invitation


def is_of_the_group(email: Any, *, hirer: Any, organisation: Any) -> Q:
    """Whether an address is that of somebody who belongs to a group, once did, or is invited to act
    for it. Any address counts that they have shown to be theirs.
    """
    shown = Q(user__emailaddress__email__iexact=email, user__emailaddress__verified=True)
    people = Mandate.objects.filter(
        Q(user__email__iexact=email) | shown, kind__in=GROUP_KINDS, organisation=organisation
    )
    # The address of an invitation is forgotten once it is over.
    invited = Invitation.objects.filter(
        state=Invitation.State.OPEN, hirer=hirer, email__iexact=email
    )
    return Q(Exists(people)) | Q(Exists(invited))


class ReferenceQuerySet(models.QuerySet["Reference"]):
    def public(self) -> Self:
        """Nobody lists references in public: each is found by the secret in its own link."""
        return self.exclude(answer=Reference.Answer.WITHDRAWN)

    def behind(self, secret: str) -> Self:
        """The reference that a referee's own link leads to."""
        return self.filter(link_hash=hash_of(secret))

    def visible_to(self, user: User) -> Self:
        return self.filter(hirer__in=Hirer.objects.visible_to(user))

    def alive(self) -> Self:
        return self.exclude(answer=Reference.Answer.WITHDRAWN)

    def telling_if_inside(self) -> Self:
        """With `is_inside`: whoever is named is of the group itself, so what they say counts nothing."""
        of_the_group = is_of_the_group(
            OuterRef("email"), hirer=OuterRef("hirer"), organisation=OuterRef("hirer__organisation")
        )
        return self.annotate(is_inside=~Q(email="") & of_the_group)

    def in_order(self) -> Self:
        return self.select_related("hirer__organisation", "taken_by").order_by("asked_at", "pk")


class Reference(TimeStamped):
    """One person a small group names, how they can be reached, and what they said."""

    class Answer(models.TextChoices):
        WAITING = "waiting", _("asked")
        YES = "yes", _("said yes")
        NO = "no", _("could not say yes")
        WITHDRAWN = "withdrawn", _("taken back")

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    hirer = models.ForeignKey(Hirer, on_delete=models.PROTECT, related_name="references")
    name = models.CharField(max_length=120)
    part = models.CharField(max_length=160, help_text="Their role and organisation.")
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    how_known = models.CharField(max_length=200)
    asked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    link_hash = models.CharField(
        max_length=64,
        unique=True,
        help_text="SHA-256 of the secret in the referee's own link; the secret is never kept.",
    )
    answer = models.CharField(max_length=10, choices=Answer, default=Answer.WAITING)
    words = models.CharField(max_length=400, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who wrote the answer down, when it came by telephone.",
    )
    contact_removed_on = models.DateField(null=True, blank=True)

    objects = ReferenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_referee_can_be_reached",
                condition=~Q(email="") | ~Q(phone="") | Q(contact_removed_on__isnull=False),
            ),
            models.CheckConstraint(
                name="an_answered_reference_has_a_time",
                condition=Q(answer="waiting", answered_at__isnull=True)
                | (~Q(answer="waiting") & Q(answered_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="a_referee_who_says_yes_says_why",
                condition=~Q(answer="yes") | ~Q(words=""),
            ),
            models.UniqueConstraint(
                "hirer",
                Lower("email"),
                condition=~Q(email="") & ~Q(answer="withdrawn"),
                name="a_referee_is_asked_once_about_a_group",
            ),
        ]

    def __str__(self) -> str:
        return f"reference {str(self.uuid)[:8]}"
