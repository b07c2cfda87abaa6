"""What somebody has typed so far about a group that they are registering, or rooms that they offer."""

from typing import Self

from django.db import models

from accounts.models import User
from core.models import TimeStamped
from spaces.models.offers import SpaceOffer


class HirerDraftQuerySet(models.QuerySet["HirerDraft"]):
    def visible_to(self, user: User) -> Self:
        """One's own, and nobody else's."""
        return self.filter(user=user)


class HirerDraft(TimeStamped):
    """As it was typed, right or wrong: field name -> list of texts. Gone once it is sent."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="hirer_draft")
    answers = models.JSONField(default=dict)

    objects = HirerDraftQuerySet.as_manager()

    def __str__(self) -> str:
        return f"draft {self.pk}"


class OfferDraftQuerySet(models.QuerySet["OfferDraft"]):
    def visible_to(self, user: User) -> Self:
        """Of one's own offers: staff read what is saved."""
        return self.filter(offer__by=user)


class OfferDraft(TimeStamped):
    """One part of an offer as it was typed, while something in it is not right. Gone once it is saved."""

    offer = models.ForeignKey(SpaceOffer, on_delete=models.CASCADE, related_name="drafts")
    part = models.CharField(max_length=30)
    answers = models.JSONField(default=dict)

    objects = OfferDraftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["offer", "part"], name="a_part_of_an_offer_is_kept_once_as_typed"
            )
        ]

    def __str__(self) -> str:
        return f"draft of {self.part}, offer {self.offer_id}"
