"""What is asked of those who run a site: when it is open, when it is shut, and what it costs."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core import clock
from core.forms import DateField, LineField, TimeField, look
from spaces.models import Charge, Closure, DayException, OpeningRule, Site, Space
from spaces.models.minutes import minutes_of
from spaces.rules import times
from spaces.rules.times import Minutes

MOST_TIMES = 2
"""How often a day may open and close: there may be one break."""


class HoursField(forms.CharField):
    """When something is open on a day, as people write it: 9am to midday and 1pm to 5pm."""

    default_error_messages = {
        "invalid": _("Write it like this: 9am to 5pm, or 9am to midday and 1pm to 5pm"),
        "reversed": _("It must close later than it opens"),
        "overlap": _("The second time must start after the first has ended"),
        "many": _("Write two times at most"),
        "max_length": _("Use 100 characters or fewer"),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=100, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return times.in_words(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        typed = (super().to_python(value) or "").strip().lower()
        if typed in {"", "closed"}:
            return []
        stretches = re.split(r"\s+and\s+|[,;&]", typed)
        if len(stretches) > MOST_TIMES:
            raise ValidationError(self.error_messages["many"], code="many")
        minutes = [self._stretch(stretch) for stretch in stretches]
        if any(later[0] <= earlier[1] for earlier, later in pairwise(minutes)):
            raise ValidationError(self.error_messages["overlap"], code="overlap")
        return minutes

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """The length is looked at while it is still words."""

    def clean(self, value: Any) -> Any:
        if isinstance(value, str):
            super().run_validators(value)
        return super().clean(value)

    def _stretch(self, typed: str) -> tuple[int, int]:
        ends = re.split(r"\s+(?:to|until|till)\s+|\s*[-–—]\s*", typed.strip())
        if len(ends) != 2:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        opens, closes = (TimeField().clean(end) for end in ends)
        stretch = minutes_of(opens), minutes_of(closes, ends=True)
        if stretch[1] <= stretch[0]:
            raise ValidationError(self.error_messages["reversed"], code="reversed")
        return stretch


class FromDayToDayForm(forms.Form):
    """Something that holds from a day on, or from a day to a day."""

    starts_on = look(
        DateField(
            label=_("From which day?"),
            help_text=_("For example, 1 12 2026"),
            error_messages={"required": _("Enter the first day")},
        ),
        size="s",
    )
    ends_on = look(
        DateField(
            label=_("Until which day?"),
            help_text=_(
                "Leave it empty if there is no end. After that day the hours before hold again."
            ),
            required=False,
        ),
        size="s",
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


class ChangeHoursForm(FromDayToDayForm):
    """The weekly hours, one box a day; an empty box is a day on which it is closed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday, name in WEEKDAYS.items():
            self.fields[f"hours_{weekday}"] = look(
                HoursField(label=name, required=False), width=30, optional=False
            )
        self.order_fields([*(f"hours_{weekday}" for weekday in WEEKDAYS), "starts_on", "ends_on"])

    @classmethod
    def said_by(cls, rules: Iterable[OpeningRule], today: date) -> dict[str, Minutes]:
        """What the boxes hold at first: the hours of a week that holds now."""
        rules = list(rules)
        return {
            f"hours_{weekday}": [
                (rule.opens_minute, rule.closes_minute)
                for rule in sorted(rules, key=lambda rule: rule.opens_minute)
                if rule.weekday == weekday
                and (rule.valid_from is None or rule.valid_from <= today)
                and (rule.valid_until is None or rule.valid_until >= today)
            ]
            for weekday in WEEKDAYS
        }

    def asked(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        return {
            "hours": {weekday: cleaned[f"hours_{weekday}"] for weekday in WEEKDAYS},
            "starts_on": cleaned["starts_on"],
            "ends_on": cleaned["ends_on"],
        }


def which_rooms(site: Site) -> forms.ChoiceField:
    """The whole building or one of its spaces."""
    spaces = site.spaces.exclude(status=Space.Status.ARCHIVED).order_by("name", "pk")
    return forms.ChoiceField(
        label=_("What is it for?"),
        choices=[("all", _("The whole building")), *((one.slug, one.name) for one in spaces)],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose the whole building or a room"),
            "invalid_choice": _("Choose the whole building or a room from the list"),
        },
    )


def space_of(site: Site, chosen: str) -> Space | None:
    return None if chosen == "all" else site.spaces.get(slug=chosen)


class ChangeDayForm(forms.Form):
    """What is true of one day; the day itself and what it is for stay as they are."""

    CLOSED, OPEN = "closed", "open"

    is_open = look(
        forms.ChoiceField(
            label=_("Is it open that day?"),
            choices=[(CLOSED, _("Closed all day")), (OPEN, _("Open at other hours than usual"))],
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Choose whether it is open that day"),
                "invalid_choice": _("Choose whether it is open that day"),
            },
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
    reason = forms.ChoiceField(
        label=_("Why is that so?"),
        choices=DayException.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a reason"),
            "invalid_choice": _("Choose a reason from the list"),
        },
    )
    public_note = LineField(
        label=_("What should people read about it?"),
        help_text=_("Everybody can read this, such as “Open late for a fair”."),
        max_length=200,
        required=False,
        error_messages={"max_length": _("Use 200 characters or fewer")},
    )

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


class AddDayForm(ChangeDayForm):
    day = look(
        DateField(
            label=_("Which day?"),
            help_text=_("For example, 25 12 2026"),
            error_messages={"required": _("Enter the day")},
        ),
        size="s",
    )

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
        self.add_error("day" if refusal.code == "said_already" else None, refusal)


class ClosureForm(forms.Form):
    WHOLE, SOME = "whole", "some"

    what = look(
        forms.ChoiceField(
            label=_("What is closed?"),
            choices=[(WHOLE, _("The whole building")), (SOME, _("Some rooms"))],
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Choose what is closed"),
                "invalid_choice": _("Choose what is closed"),
            },
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
    starts_on = look(
        DateField(
            label=_("From which day?"),
            help_text=_("For example, 14 12 2026"),
            error_messages={"required": _("Enter the first day")},
        ),
        size="s",
    )
    starts = look(
        TimeField(
            label=_("From what time?"),
            help_text=_("Leave it empty for the whole of that day."),
            required=False,
        ),
        width=10,
        optional=False,
    )
    ends_on = look(
        DateField(
            label=_("Until which day?"),
            help_text=_("The last day that is closed, such as 18 12 2026"),
            error_messages={"required": _("Enter the last day")},
        ),
        size="s",
    )
    ends = look(
        TimeField(
            label=_("Until what time?"),
            help_text=_("Leave it empty for the whole of that day."),
            required=False,
        ),
        width=10,
        optional=False,
    )
    reason = forms.ChoiceField(
        label=_("Why is it closed?"),
        choices=[
            (reason, _("Another reason") if reason == Closure.Reason.OTHER else reason.label)
            for reason in Closure.Reason
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a reason"),
            "invalid_choice": _("Choose a reason from the list"),
        },
    )
    public_note = LineField(
        label=_("What should people read about it?"),
        help_text=_("Everybody can read this, such as “The roof is being mended”."),
        max_length=200,
        required=False,
        error_messages={"max_length": _("Use 200 characters or fewer")},
    )

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

    def fill(self, closure: Closure) -> Closure:
        for name in ("starts_at", "ends_at", "reason", "public_note"):
            setattr(closure, name, self.cleaned_data[name])
        return closure

    @property
    def chosen_rooms(self) -> list[Any]:
        if self.cleaned_data["what"] == self.WHOLE:
            return []
        return [self.known_rooms[key] for key in self.cleaned_data["rooms"]]


class PenceField(forms.CharField):
    """Money as people write it: 12.50, £12.50 or 12; handed on as pence."""

    default_error_messages = {
        "invalid": _("Enter an amount of pounds, such as 12 or 12.50"),
        "high": _("Enter less than £10,000"),
    }

    def to_python(self, value: Any) -> Any:
        typed = re.sub(r"[\s,£]", "", super().to_python(value) or "")
        if not typed:
            return None
        found = re.fullmatch(r"(\d{1,9})(?:\.(\d{1,2}))?", typed, re.ASCII)
        if not found:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        pence = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
        if pence >= 1_000_000:
            raise ValidationError(self.error_messages["high"], code="high")
        return pence

    def validate(self, value: Any) -> None:
        if value is None:
            raise ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """A number has no length."""


class SetPriceForm(FromDayToDayForm):
    what = forms.ChoiceField(
        label=_("What do groups pay for?"),
        choices=Charge.What.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what it is for"),
            "invalid_choice": _("Choose from the list what it is for"),
        },
    )
    amount = look(
        PenceField(
            label=_("How much is it?"),
            help_text=_("In pounds, such as 12.50. Write 0 if it is free."),
            error_messages={"required": _("Enter how much it is, or 0 if it is free")},
        ),
        width=10,
        prefix="£",
    )
    per = forms.ChoiceField(
        label=_("How does it count?"),
        choices=Charge.Per.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose how it counts"),
            "invalid_choice": _("Choose from the list how it counts"),
        },
    )
    when = forms.ChoiceField(
        label=_("When do they pay it?"),
        choices=Charge.When.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose when they pay it"),
            "invalid_choice": _("Choose from the list when they pay it"),
        },
    )

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site
        self.fields["space"] = which_rooms(site)
        self.fields["ends_on"].help_text = _(
            "Leave it empty if there is no end. After that day the price before holds again."
        )
        self.order_fields(["space", "what", "amount", "per", "when", "starts_on", "ends_on"])

    def asked(self) -> dict[str, Any]:
        asked = dict(self.cleaned_data)
        asked["pence"] = asked.pop("amount")
        asked["space"] = space_of(self.site, asked["space"])
        return asked

    def refuse(self, refusal: ValidationError) -> None:
        self.add_error("starts_on", refusal)


class EndPriceForm(forms.Form):
    ends_on = look(
        DateField(
            label=_("Which is the last day of this price?"),
            help_text=_("For example, 31 12 2026"),
            error_messages={"required": _("Enter the last day")},
        ),
        size="s",
    )

    def refuse(self, refusal: ValidationError) -> None:
        self.add_error("ends_on", refusal)
