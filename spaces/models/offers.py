"""A building that its owner offers to community groups, until programme staff publish it."""

from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import ProgrammeRole, User
from anchors.models import Mandate, Organisation
from core.models import TimeStamped
from spaces.models.sites import Site


class SpaceOfferQuerySet(models.QuerySet["SpaceOffer"]):
    def visible_to(self, user: User) -> Self:
        """A person's own; for programme staff those that were ever sent to them too."""
        if user.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.PROGRAMME_LEAD):
            return self.filter(Q(by=user) | Q(sent_at__isnull=False))
        return self.filter(by=user)

    def open(self) -> Self:
        """Those that whoever offers may still write on."""
        return self.filter(state__in=SpaceOffer.OPEN)

    def awaiting_decision(self) -> Self:
        return self.filter(state=SpaceOffer.State.SENT)

    def own_of(self, user: User) -> Self:
        """Offers about which others decide: made by this person, or by an organisation for which they act
        or ever did. Who leaves first is not somebody else.
        """
        ever = Mandate.objects.filter(user=user).values("organisation")
        return self.filter(Q(by=user) | Q(organisation__in=ever))

    def with_people(self) -> Self:
        """Everything a list of offers shows, in one query."""
        return self.select_related("organisation", "site__borough", "by", "decided_by")


class SpaceOffer(TimeStamped):
    """What an owner has written so far, and how it stands.

    The building, its rooms and all that is told of them stand in the tables where they will stay:
    the site unpublished, its spaces as drafts.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("not sent yet")
        SENT = "sent", _("waiting for programme staff")
        CHANGES_WANTED = "changes_wanted", _("a question for you")
        PUBLISHED = "published", _("published")
        DECLINED = "declined", _("not taken up")
        WITHDRAWN = "withdrawn", _("withdrawn")

    OPEN = (State.DRAFT, State.CHANGES_WANTED)

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="space_offers"
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="space_offers")
    site = models.OneToOneField(
        Site, on_delete=models.PROTECT, null=True, blank=True, related_name="offer"
    )
    state = models.CharField(max_length=15, choices=State, default=State.DRAFT)
    is_free = models.BooleanField(default=True)
    price_text = models.CharField(max_length=200, blank=True)
    holidays_until = models.DateField(
        null=True,
        blank=True,
        help_text="The last bank holiday of which the owner has said whether it is open.",
    )
    note = models.CharField(
        max_length=600, blank=True, help_text="What staff ask, or why they said no."
    )
    answer = models.CharField(
        max_length=600, blank=True, help_text="What the owner answers to what staff asked last."
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = SpaceOfferQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="an_offer_that_was_read_was_sent",
                condition=Q(state__in=["draft", "withdrawn"])
                | Q(sent_at__isnull=False, site__isnull=False),
            ),
            models.CheckConstraint(
                name="an_offer_is_answered_by_a_person_at_a_time",
                condition=~Q(state__in=["changes_wanted", "published", "declined"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="nobody_answers_their_own_offer",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("by")),
            ),
            models.CheckConstraint(
                name="an_owner_is_told_what_to_change_or_why_not",
                condition=~Q(state__in=["changes_wanted", "declined"]) | ~Q(note=""),
                violation_error_message=_("Say what to change, or why not."),
            ),
            models.CheckConstraint(
                name="an_answer_stands_beside_its_question",
                condition=Q(answer="") | ~Q(note=""),
            ),
        ]

    def __str__(self) -> str:
        return self.site.name if self.site else f"{self.organisation}, {self.uuid}"

    def get_absolute_url(self) -> str:
        return reverse("spaces:offer", args=[self.uuid])

    @property
    def is_open(self) -> bool:
        """Say whether whoever offers may still write on it."""
        return self.state in self.OPEN

    @property
    def was_asked(self) -> bool:
        """Say whether staff asked something before it is, or was, sent again."""
        return bool(self.note) and self.state in (self.State.CHANGES_WANTED, self.State.SENT)

    @property
    def title(self) -> str:
        """What people call it, before the building has a name too."""
        return self.site.name if self.site else str(_("A building without a name yet"))

    @property
    def draft_slug(self) -> str:
        """Stands in addresses while nothing is published, and tells nobody anything."""
        return f"offer-{self.uuid.hex[:20]}"
