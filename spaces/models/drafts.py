"""What somebody has typed so far about a group that they are registering."""

from typing import Self

from django.db import models

from accounts.models import User
from core.models import TimeStamped


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
