"""What those who run a site say of its rooms."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import LineField, look
from spaces.forms.offers import OfferedRoomForm
from spaces.forms.seen import VersionForm
from spaces.models import Space


class ChangeRoomForm(OfferedRoomForm, VersionForm):
    """What was told of a room when it was offered, for one that groups book."""

    good_for = LineField(
        label=_("What do groups use it for?"),
        help_text=_("Such as yoga, dance and exercise classes. A search finds these words."),
        max_length=200,
        required=False,
    )
    turnaround_minutes = look(
        forms.IntegerField(
            label=_("How long must it stay free after each booking?"),
            help_text=_("To air it or to clean. New bookings keep this time."),
            min_value=0,
            max_value=240,
            error_messages={
                "required": _("Enter a number of minutes, such as 15, or 0"),
                "invalid": _("Enter a whole number of minutes, such as 15"),
                "min_value": _("Enter 0 or more"),
                "max_value": _("Enter 240 minutes or fewer"),
            },
        ),
        width=4,
        suffix=_("minutes"),
    )

    SAID = (*OfferedRoomForm.SAID, "good_for", "turnaround_minutes")

    field_order = ("name", "kind", "summary", "good_for")

    def __init__(self, *args: Any, space: Space, **kwargs: Any) -> None:
        super().__init__(*args, initial=self.said_of(space), **kwargs)
        self.fields["summary"].label = _("What is the room like?")
        self.fields["summary"].error_messages["required"] = _("Say what the room is like")

    @staticmethod
    def in_words(space: Space) -> list[str]:
        """How it is now, for whoever was too late."""
        holds = sorted(map(str, space.layouts.all()))
        has = [f"{one.get_kind_display()}: {one.count}" for one in space.equipment.order_by("kind")]
        said = [f"{space.name}, {space.get_kind_display()}", space.summary, space.good_for]
        return [line for line in [*said, *holds, *has] if line]
