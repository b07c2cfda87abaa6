"""A site or some of its rooms shut for a time."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core import clock
from core.forms import look
from spaces.forms.seen import VersionForm
from spaces.forms.site_fields import day_field, note_field, radios, reason_field, time_field
from spaces.models import Closure, Site
from spaces.rules import times


class ClosureForm(VersionForm):
    WHOLE, SOME = "whole", "some"

    what = look(
        radios(
            _("What is closed?"),
            [(WHOLE, _("The whole building")), (SOME, _("Some rooms"))],
            required=_("Choose what is closed"),
            invalid=_("Choose what is closed"),
        ),
        reveals={SOME: "rooms"},
    )
    rooms = look(
        forms.MultipleChoiceField(
            label=_("Which rooms?"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            error_messages={"invalid_choice": _("Choose rooms from the list")},
        ),
        optional=False,
    )
    starts_on = day_field(
        _("From which day?"), _("For example, 14 12 2026"), missing=_("Enter the first day")
    )
    starts = time_field(_("From what time?"))
    ends_on = day_field(
        _("Until which day?"),
        _("The last day that is closed, such as 18 12 2026"),
        missing=_("Enter the last day"),
    )
    ends = time_field(_("Until what time?"))
    reason = reason_field(
        _("Why is it closed?"),
        [
            (one, _("Another reason") if one == Closure.Reason.OTHER else one.label)
            for one in Closure.Reason
        ],
    )
    public_note = note_field(_("Everybody can read this, such as “The roof is being mended”."))

    def __init__(self, *args: Any, site: Site, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.known_rooms = {str(room.pk): room for room in site.rooms.order_by("name", "pk")}
        self.fields["rooms"].choices = [  # type: ignore[attr-defined]
            (key, room.name) for key, room in self.known_rooms.items()
        ]

    @classmethod
    def said_by(cls, closure: Closure) -> dict[str, Any]:
        starts, ends = clock.london(closure.starts_at), clock.london(closure.ends_at)
        is_whole_last_day = ends.time() == time(0)
        rooms = [str(room.pk) for room in closure.rooms.all()]
        return {
            "what": cls.SOME if rooms else cls.WHOLE,
            "rooms": rooms,
            "starts_on": starts.date(),
            "starts": None if starts.time() == time(0) else starts.time(),
            "ends_on": ends.date() - timedelta(days=is_whole_last_day),
            "ends": None if is_whole_last_day else ends.time(),
            "reason": closure.reason,
            "public_note": closure.public_note,
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("what") == self.SOME and not cleaned.get("rooms"):
            self.add_error("rooms", __("Choose one room or more"))
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first is None or last is None or {"starts", "ends"} & set(self.errors):
            return cleaned
        ends = cleaned.get("ends") or time(0)
        ends_on = last + timedelta(days=1) if ends == time(0) else last
        for name, on, wall_clock in (
            ("starts", first, cleaned.get("starts") or time(0)),
            ("ends", ends_on, ends),
        ):
            try:
                cleaned[f"{name}_at"] = clock.at(on, wall_clock)
            except ValidationError as no_such_time:
                self.add_error(name, no_such_time)
        starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            beside = "ends_on" if last < first else "ends"
            self.add_error(beside, __("It must end later than it starts"))
        elif ends_at and ends_at <= self.now:
            self.add_error("ends_on", __("That time is over. Choose a later day"))
        return cleaned

    def refuse(self, refusal: ValidationError) -> None:
        """Show what the service refused, beside the answer it is about."""
        is_about_end = getattr(refusal, "code", "") == times.CLOSED_TOO_LONG
        self.add_error("ends_on" if is_about_end else None, refusal)

    def fill(self, closure: Closure) -> Closure:
        for name in ("starts_at", "ends_at", "reason", "public_note"):
            setattr(closure, name, self.cleaned_data[name])
        return closure

    @property
    def chosen_rooms(self) -> list[Any]:
        if self.cleaned_data["what"] == self.WHOLE:
            return []
        return [self.known_rooms[key] for key in self.cleaned_data["rooms"]]
