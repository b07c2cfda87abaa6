"""Questions that several forms about a site ask."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.forms import DateField, LineField, TimeField, look
from spaces.models import Site, Space

Words = Any
"""A text that is translated when it is shown."""


def radios(label: Words, choices: Any, *, required: Words, invalid: Words) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        widget=forms.RadioSelect,
        error_messages={"required": required, "invalid_choice": invalid},
    )


def of_day(day: object, words: str) -> str:
    """What is wrong with the answer about one day, so that a list of faults tells the days apart."""
    return f"{day}: {words[:1].lower()}{words[1:]}"


def which_rooms(site: Site) -> forms.ChoiceField:
    """The whole building or one of its spaces."""
    spaces = site.spaces.exclude(status=Space.Status.ARCHIVED).order_by("name", "pk")
    return radios(
        _("What is it for?"),
        [("all", _("The whole building")), *((one.slug, one.name) for one in spaces)],
        required=_("Choose the whole building or a room"),
        invalid=_("Choose the whole building or a room from the list"),
    )


def space_of(site: Site, chosen: str) -> Space | None:
    return None if chosen == "all" else site.spaces.get(slug=chosen)


def day_field(label: Words, example: Words, *, missing: Words = "") -> DateField:
    """A day; with `missing`, one that must be told."""
    messages = {"required": missing} if missing else {}
    return look(
        DateField(label=label, help_text=example, required=bool(missing), error_messages=messages),
        size="s",
    )


def time_field(label: Words) -> TimeField:
    """A time of a day that may be closed as a whole."""
    return look(
        TimeField(
            label=label, help_text=_("Leave it empty for the whole of that day."), required=False
        ),
        width=10,
        optional=False,
    )


def reason_field(label: Words, choices: Any) -> forms.ChoiceField:
    return radios(
        label,
        choices,
        required=_("Choose a reason"),
        invalid=_("Choose a reason from the list"),
    )


def note_field(example: Words) -> LineField:
    return LineField(
        label=_("What should people read about it?"),
        help_text=example,
        max_length=200,
        required=False,
        error_messages={"max_length": _("Use 200 characters or fewer")},
    )


class FromDayToDayForm(forms.Form):
    """Something that holds from a day on, or from a day to a day."""

    starts_on = day_field(
        _("From which day?"), _("For example, 1 12 2026"), missing=_("Enter the first day")
    )
    ends_on = day_field(
        _("Until which day?"),
        _("Leave it empty if there is no end. After that day the hours before hold again."),
    )

    field_order = ["starts_on", "ends_on"]

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.initial.setdefault("starts_on", today)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and starts_on < self.today:
            self.add_error("starts_on", __("Choose today or a later day"))
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", __("The last day must not be before the first"))
        return cleaned
