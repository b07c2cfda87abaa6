"""The marker that the demonstration data is here."""

from django.db import models
from django.db.models import Q


class DemonstrationLoad(models.Model):
    """When the demonstration was loaded, and for the week of which Monday. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    loaded_at = models.DateTimeField()
    monday = models.DateField()

    class Meta:
        constraints = [models.CheckConstraint(name="there_is_one_demonstration", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"demonstration of the week of {self.monday}"
