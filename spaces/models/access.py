"""What is known about getting in, around and along."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from spaces.models.sites import Site, check_is_of_its_site


class AccessKey(models.TextChoices):
    """In the order in which somebody meets them: from the street to the prayer room."""

    BLUE_BADGE = "blue_badge", _("Blue Badge parking")
    DROP_OFF = "drop_off", _("Place to be dropped off")
    DROPPED_KERB = "dropped_kerb", _("Dropped kerb")
    TRANSPORT = "transport", _("Nearest step-free stop")

    STEP_FREE = "step_free", _("Step-free way in")
    RAMP = "ramp", _("Ramp")
    DOOR_OPENING = "door_opening", _("How the main door opens")
    DOOR_WIDTH = "door_width", _("Narrowest door")
    THRESHOLD = "threshold", _("Lip at the main door")
    BELL_HEIGHT = "bell_height", _("Height of the bell")
    RECEPTION = "reception", _("From the door to the front desk")
    DESK_HEIGHT = "desk_height", _("Height of the front desk")

    LIFT = "lift", _("Lift")
    FLOOR = "floor", _("Floor along the way")
    RESTING = "resting", _("Seats to rest on the way")
    SIGNS = "signs", _("Clear signs with pictures")

    ACCESSIBLE_TOILET = "accessible_toilet", _("Accessible toilet")
    TOILET_DISTANCE = "toilet_distance", _("From the room to that toilet")
    TRANSFER_SIDE = "transfer_side", _("Side to move across from a wheelchair")
    RADAR_KEY = "radar_key", _("Opens with a RADAR key")
    TOILET_CORD = "toilet_cord", _("Red cord that reaches the floor")
    CHANGING_PLACES = "changing_places", _("Changing Places toilet")
    CHANGING_DISTANCE = "changing_distance", _("From the room to the Changing Places toilet")
    HOIST = "hoist", _("Hoist in that toilet")
    CHANGING_BENCH = "changing_bench", _("Bench or bed in that toilet")
    ANY_GENDER_TOILET = "any_gender_toilet", _("Toilet for any gender")
    BABY_CHANGE = "baby_change", _("Baby changing")

    HEARING_LOOP = "hearing_loop", _("Hearing loop")
    LOOP_KIND = "loop_kind", _("Fixed or portable loop")
    LOOP_STAFF = "loop_staff", _("Staff trained to use the loop")
    LIGHTING = "lighting", _("Light that can be made softer")
    QUIET_ROOM = "quiet_room", _("Quiet room")

    PRAYER_ROOM = "prayer_room", _("Prayer room")
    ABLUTION = "ablution", _("Place to wash before prayer")
    WIFI = "wifi", _("Wi-Fi")


MEASURES = (
    AccessKey.TRANSPORT,
    AccessKey.DOOR_OPENING,
    AccessKey.DOOR_WIDTH,
    AccessKey.THRESHOLD,
    AccessKey.BELL_HEIGHT,
    AccessKey.RECEPTION,
    AccessKey.DESK_HEIGHT,
    AccessKey.FLOOR,
    AccessKey.TOILET_DISTANCE,
    AccessKey.TRANSFER_SIDE,
    AccessKey.CHANGING_DISTANCE,
    AccessKey.LOOP_KIND,
)
"""Where a width, a distance or a word is the answer: 82 cm, 45 metres, automatic."""


class AccessFact(models.Model):
    """One access fact of a site or space. Not yet checked is said, never hidden."""

    Key = AccessKey

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
    note = models.CharField(
        max_length=200, blank=True, help_text="What was measured, such as 82 cm, or what helps."
    )
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
            models.CheckConstraint(
                name="a_measure_says_what_was_found",
                condition=~Q(key__in=MEASURES, value="yes", note=""),
                violation_error_message=_("Say in the note what was found, such as 82 cm."),
            ),
        ]

    def get_key_display(self) -> str:  # type: ignore[no-redef]
        """As Django would say it, which looks at the words of every key to find those of one: that was a
        seventh of a room's page.
        """
        return str(self.Key(self.key).label)

    @property
    def is_a_measure(self) -> bool:
        """What was measured is the answer; yes would say nothing."""
        return self.value == self.Value.YES and self.key in MEASURES

    def clean(self) -> None:
        super().clean()
        check_is_of_its_site(self)

    def __str__(self) -> str:
        return f"{self.space or self.site}: {self.key} {self.value}"
