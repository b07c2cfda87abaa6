"""What stands in a space and may be used."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from spaces.models.spaces import Space


class Equipment(models.Model):
    """One kind of thing in a space: how many there are, and what to know about it."""

    class Kind(models.TextChoices):
        PROJECTOR = "projector", _("Projector")
        SCREEN = "screen", _("Screen for films and calls")
        MICROPHONE = "microphone", _("Microphone")
        LOOP_MICROPHONE = "loop_microphone", _("Microphone for the hearing loop")
        SPEAKERS = "speakers", _("Loudspeakers")
        FLIPCHART = "flipchart", _("Flip chart or whiteboard")
        PIANO = "piano", _("Piano")
        MATS = "mats", _("Mats")
        TABLES = "tables", _("Tables that fold")
        KITCHEN = "kitchen", _("Kitchen to cook in")
        TEA = "tea", _("Kettle and cups")

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="equipment")
    kind = models.CharField(max_length=20, choices=Kind)
    count = models.PositiveSmallIntegerField("how many", default=1)
    note = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["space", "kind"],
                name="a_space_lists_one_kind_of_equipment_once",
                violation_error_message=_("This is in the list already."),
            ),
            models.CheckConstraint(
                name="listed_equipment_is_there",
                condition=Q(count__gt=0),
                violation_error_message=_("Enter 1 or more, or take it off the list."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.space}: {self.count} {self.kind}"
