"""What holds from a day to a day, both of them included; without a day it always held or always will."""

from datetime import date
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext


class ValidQuerySet(models.QuerySet[Any]):
    def valid_on(self, day: date) -> Self:
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day),
            Q(valid_until__isnull=True) | Q(valid_until__gte=day),
        )

    def lasting(self, day: date) -> Self:
        """That hold on a day or will hold later."""
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day))


class Valid(models.Model):
    """A row with two days. Each table has the constraint on their order by a name of its own."""

    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        # Postgres cannot even compare a time that ends before it starts with the others.
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            words = gettext("The last day must not be before the first.")
            raise ValidationError({"valid_until": ValidationError(words, code="reversed")})
