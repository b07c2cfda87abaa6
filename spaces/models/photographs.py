"""Photographs of spaces, kept in the database so that one backup holds everything."""

from typing import Self
from uuid import uuid4

from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from spaces.models.spaces import Space

SHORTEST_DESCRIPTION = 10


class PhotographQuerySet(models.QuerySet["Photograph"]):
    def public(self) -> Self:
        return self.filter(space__in=Space.objects.public())

    def visible_to(self, user: User) -> Self:
        """Those of spaces on offer, and of the spaces this person describes."""
        return self.filter(
            Q(space__in=Space.objects.public()) | Q(space__in=Space.objects.visible_to(user))
        )

    def in_order(self) -> Self:
        return self.order_by("position", "pk")


class PhotographManager(models.Manager.from_queryset(PhotographQuerySet)):  # type: ignore[misc]
    """Leaves the pictures themselves in Postgres until one is asked for."""

    def get_queryset(self) -> PhotographQuerySet:
        return super().get_queryset().defer("large", "small")


class Photograph(models.Model):
    """What a space looks like, in two sizes of WebP, and the same in words."""

    class Size(models.TextChoices):
        LARGE = "large"
        SMALL = "small"

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="photographs")
    alternative_text = models.CharField(
        max_length=200,
        validators=[MinLengthValidator(SHORTEST_DESCRIPTION)],
        help_text="What somebody would see, for those who cannot.",
    )
    caption = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    small_width = models.PositiveSmallIntegerField()
    small_height = models.PositiveSmallIntegerField()
    large = models.BinaryField()
    small = models.BinaryField()
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the large picture.")
    added_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    added_at = models.DateTimeField()

    objects = PhotographManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["space", "position"],
                name="a_photograph_has_a_place_of_its_own",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(
                fields=["space", "fingerprint"],
                name="a_space_shows_a_photograph_once",
                violation_error_message=_("This photograph is there already."),
            ),
            models.CheckConstraint(
                name="a_photograph_is_told_in_words",
                condition=Q(alternative_text__regex=rf".{{{SHORTEST_DESCRIPTION}}}"),
            ),
        ]
        indexes = [models.Index(fields=["fingerprint"], name="photograph_fingerprint")]

    def __str__(self) -> str:
        return f"photograph {self.uuid} of {self.space}"

    @property
    def large_address(self) -> str:
        return self._address(self.Size.LARGE)

    @property
    def small_address(self) -> str:
        return self._address(self.Size.SMALL)

    def _address(self, size: "Photograph.Size") -> str:
        return reverse("spaces:picture", args=[self.fingerprint, size])
