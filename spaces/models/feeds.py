"""Secret addresses from which people's calendars fetch the bookings of their group."""

from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models import User
from core.secret_links import hash_of
from spaces.models.hirers import Hirer


class FeedTokenQuerySet(models.QuerySet["FeedToken"]):
    def alive(self) -> Self:
        return self.filter(revoked_at=None)

    def behind(self, secret: str) -> Self:
        return self.filter(secret_hash=hash_of(secret))


class FeedToken(models.Model):
    """One person's calendar may read one group's bookings, until it is revoked."""

    hirer = models.ForeignKey(Hirer, on_delete=models.CASCADE, related_name="feed_tokens")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="feed_tokens")
    secret_hash = models.CharField(
        max_length=64,
        unique=True,
        help_text="SHA-256 of the secret in the address; the secret is never kept.",
    )
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = FeedTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "hirer"],
                condition=Q(revoked_at=None),
                name="a_person_has_one_address_per_group_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"calendar address {self.pk}"
