"""Finding one booking among many, for those who run a site."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.forms import LineField, look, plain_digits
from spaces.forms.finding import DayField
from spaces.models import Space
from spaces.services.booking_list import Which

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


class AnyDayField(DayField):
    """The same for days that have passed. Without a year it is the next such day."""

    default_error_messages = {"far": _("Enter a day between 2000 and 2099")}

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        day = self._read(plain_digits(str(value)))
        if not EARLIEST <= day < LATEST:
            raise ValidationError(self.error_messages["far"], code="far")
        return day


class RoomField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Space) -> str:
        return f"{obj.name}, {obj.site.name}"


class FindBookingsForm(forms.Form):
    which = forms.ChoiceField(
        label=_("Which bookings?"),
        required=False,
        choices=[("", _("All bookings")), *Which.choices],
        error_messages={"invalid_choice": _("Choose from the list which bookings")},
    )
    room = RoomField(
        label=_("Room"),
        queryset=Space.objects.none(),
        required=False,
        empty_label=_("All rooms"),
        error_messages={"invalid_choice": _("Choose a room from the list")},
    )
    group = LineField(
        label=_("Name of the group"),
        help_text=_("Part of it is enough. Groups that ask for privacy are not found by name."),
        max_length=120,
        required=False,
    )
    first = AnyDayField(
        label=_("From which day?"), help_text=_("Such as 1 December 2026"), required=False
    )
    last = AnyDayField(
        label=_("Until which day?"), help_text=_("Such as 31 December 2026"), required=False
    )
    reference = look(
        forms.CharField(
            label=_("Reference"),
            help_text=_("Such as 1A2B3C4D"),
            required=False,
            max_length=40,
            error_messages={"max_length": _("Enter the 8 characters of the reference")},
        ),
        width=10,
    )

    def __init__(self, *args: Any, spaces: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["room"].queryset = spaces  # type: ignore[attr-defined]
        for name in ("first", "last"):
            self.fields[name].today = today  # type: ignore[attr-defined]

    def clean_reference(self) -> str:
        typed = re.sub(r"[\s-]", "", plain_digits(self.cleaned_data["reference"])).lower()
        if typed and not re.fullmatch(r"[0-9a-f]{8}", typed):
            raise ValidationError(__("Enter the 8 characters of the reference, such as 1A2B3C4D"))
        return typed

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", __("The last day must not be before the first"))
        return cleaned
