"""What is known about getting in, around and along."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from spaces.models.sites import Site


class AccessFact(models.Model):
    """One access fact of a site or space. Not yet checked is said, never hidden."""

    class Key(models.TextChoices):
        STEP_FREE = "step_free", _("Step-free way in")
        LIFT = "lift", _("Lift")
        DOOR_WIDTH = "door_width", _("Narrowest door")
        ACCESSIBLE_TOILET = "accessible_toilet", _("Accessible toilet")
        CHANGING_PLACES = "changing_places", _("Changing Places toilet")
        HEARING_LOOP = "hearing_loop", _("Hearing loop")
        QUIET_ROOM = "quiet_room", _("Quiet room")
        BLUE_BADGE = "blue_badge", _("Blue Badge parking")
        BABY_CHANGE = "baby_change", _("Baby changing")
        PRAYER_ROOM = "prayer_room", _("Prayer room")
        WIFI = "wifi", _("Wi-Fi")
        TRANSPORT = "transport", _("Nearest step-free stop")

    MEASURES = (Key.DOOR_WIDTH, Key.TRANSPORT)

    class Value(models.TextChoices):
        YES = "yes", _("Yes")
        NO = "no", _("No")
        NOT_CHECKED = "not_checked", _("Not yet checked")

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="access_facts")
    space = models.ForeignKey(
        "spaces.Space", on_delete=models.CASCADE, null=True, blank=True, related_name="access_facts"
    )
    key = models.CharField(max_length=20, choices=Key)
    value = models.CharField(max_length=12, choices=Value, default=Value.NOT_CHECKED)
    note = models.CharField(max_length=200, blank=True)
    surveyed_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "space", "key"],
                name="an_access_fact_is_told_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="an_access_fact_is_known_with_a_date",
                condition=Q(value="not_checked") | Q(surveyed_on__isnull=False),
                violation_error_message=_("Say on which day this was checked."),
            ),
        ]

    @property
    def is_a_measure(self) -> bool:
        """A width or a distance is the answer; yes would say nothing."""
        return self.value == self.Value.YES and bool(self.note) and self.key in self.MEASURES

    def __str__(self) -> str:
        return f"{self.space or self.site}: {self.key} {self.value}"
