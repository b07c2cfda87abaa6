"""Other hours than usual on one day."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.forms import look
from spaces.forms.hours import HoursField
from spaces.forms.seen import VersionForm
from spaces.forms.site_fields import (
    day_field,
    note_field,
    radios,
    reason_field,
    space_of,
    which_rooms,
)
from spaces.models import DayException, Site
from spaces.services.opening import SHUT_ANYWAY


class BankHolidaysForm(VersionForm):
    until = day_field(
        _("Until which day?"),
        _("For example, 31 12 2027"),
        missing=_("Enter the last day"),
    )

    def refuse(self, refusal: ValidationError) -> None:
        self.add_error("until", refusal)


class ChangeDayForm(VersionForm):
    """What is true of one day; the day itself and what it is for stay as they are."""

    CLOSED, OPEN = "closed", "open"

    is_open = look(
        radios(
            _("Is it open that day?"),
            [(CLOSED, _("Closed all day")), (OPEN, _("Open at other hours than usual"))],
            required=_("Choose whether it is open that day"),
            invalid=_("Choose whether it is open that day"),
        ),
        reveals={OPEN: "hours"},
    )
    hours = look(
        HoursField(
            label=_("When is it open?"),
            help_text=_("For example, 9am to 5pm, or 9am to midday and 1pm to 5pm"),
            required=False,
        ),
        width=30,
        optional=False,
    )
    reason = reason_field(_("Why is that so?"), DayException.Reason.choices)
    public_note = note_field(_("Everybody can read this, such as “Open late for a fair”."))

    field_order = ["space", "day", "is_open", "hours", "reason", "public_note"]

    @classmethod
    def said_by(cls, said: DayException) -> dict[str, Any]:
        return {
            "is_open": cls.OPEN if said.minutes else cls.CLOSED,
            "hours": said.minutes or "",
            "reason": said.reason,
            "public_note": said.public_note,
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        is_open = cleaned.get("is_open") == self.OPEN
        if is_open and "hours" not in self.errors and not cleaned.get("hours"):
            self.add_error("hours", __("Write when it is open"))
        elif not is_open and "hours" in self.errors:
            # Closed all day: whatever stands in the box that nobody sees does not matter.
            del self.errors["hours"]
        return cleaned

    def fill(self, said: DayException) -> DayException:
        cleaned = self.cleaned_data
        said.minutes = cleaned["hours"] if cleaned["is_open"] == self.OPEN else []
        said.reason, said.public_note = cleaned["reason"], cleaned["public_note"]
        return said

    def refuse(self, refusal: ValidationError) -> None:
        is_shut = getattr(refusal, "code", "") == SHUT_ANYWAY
        self.add_error("is_open" if is_shut else None, refusal)


class AddDayForm(ChangeDayForm):
    day = day_field(_("Which day?"), _("For example, 25 12 2026"), missing=_("Enter the day"))

    def __init__(self, *args: Any, site: Site, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site, self.today = site, today
        self.fields["space"] = which_rooms(site)
        self.order_fields(self.field_order)

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day < self.today:
            raise ValidationError(_("Choose today or a later day"), code="past")
        return day

    def fill(self, said: DayException) -> DayException:
        said.site, said.day = self.site, self.cleaned_data["day"]
        said.space = space_of(self.site, self.cleaned_data["space"])
        return super().fill(said)

    def refuse(self, refusal: ValidationError) -> None:
        if getattr(refusal, "code", "") == "said_already":
            self.add_error("day", refusal)
        else:
            super().refuse(refusal)
