"""The blanks of "We need a room for … for … people, on … from … to …"."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from anchors.models import Borough
from core.clock import at, at_end
from core.forms import (
    MONTHS,
    OF_A_START,
    OF_AN_END,
    LineField,
    TimeField,
    TimeInput,
    look,
    plain_digits,
)
from spaces.forms.aside import MinutesAsideField
from spaces.models import AccessFact, Equipment, Layout, Space
from spaces.rules.fit import NEEDS, Wish
from spaces.rules.times import Aside, aside_in_words

MOST_PEOPLE = 5000
FURTHEST = timedelta(days=3 * 366)
"""No site takes requests so far ahead; a year typed wrong is told so."""
BLANK = {"class": "nhsuk-input app-find__input", "autocomplete": "off"}
CHOICE = {"class": "nhsuk-select app-find__input"}
PEOPLE_ERRORS = {
    "invalid": _("Enter how many people as a number, such as 20"),
    "min_value": _("Enter 1 or more people"),
    "max_value": _("Enter %(limit_value)s people or fewer"),
}
LAYOUT_ERRORS = {"invalid_choice": _("Choose from the list how it should be laid out")}


class DayInput(forms.TextInput):
    """One box for a day, shown as 1 December 2026, also when a link carries 2026-12-01."""

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, str):
            with suppress(ValueError):
                value = date.fromisoformat(value)
        if isinstance(value, date):
            return date_format(value, "j F Y")
        return super().format_value(value)


class ClockInput(TimeInput):
    """One box for a time, shown as 6pm, also when a link carries 18:00."""

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, str) and re.fullmatch(r"\d{2}:\d{2}", value, re.ASCII):
            with suppress(ValueError):
                value = time.fromisoformat(value)
        return super().format_value(value)


WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
A_WEEKDAY = re.compile(
    r"mon|tues?|wed|weds|thu|thurs?|fri|sat|sun|(mon|tues|wednes|thurs|fri|satur|sun)day"
)


class DayField(forms.Field):
    """A day as people write it: 1 December, 1 Dec 2026, 1/12/2026, Tuesday 1 December, 2026-12-01;
    or today, tomorrow, Sunday.

    Without a year it is the next such day; a day of the week is one after today. Set `today` before
    it is asked.
    """

    widget = DayInput
    today: date
    default_error_messages = {
        "invalid": _("Enter a day, such as 1 December or 1/12/2026"),
        "past": _("This day has passed. Enter today or a later day"),
        "far": _("This day is too far ahead. Enter a day in the next 3 years"),
    }

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        day = self._read(plain_digits(str(value)))
        if day < self.today:
            raise ValidationError(self.error_messages["past"], code="past")
        if day > self.today + FURTHEST:
            raise ValidationError(self.error_messages["far"], code="far")
        return day

    def _read(self, typed: str) -> date:
        whole = re.fullmatch(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*", typed, re.ASCII)
        words = [word for word in re.split(r"[\s,./-]+", typed.lower()) if word not in ("", "of")]
        if words in (["today"], ["tomorrow"]):
            return self.today + timedelta(days=words == ["tomorrow"])
        if words and A_WEEKDAY.fullmatch(words[0]):
            weekday, *words = words
            if not words:
                ahead = WEEKDAYS.index(weekday[:3]) - self.today.weekday()
                return self.today + timedelta(days=ahead if ahead > 0 else ahead + 7)
        try:
            if whole:
                return date(int(whole[1]), int(whole[2]), int(whole[3]))
            number, month, *years = words
            if month[:3] in MONTHS and month.isalpha():
                month = str(MONTHS.index(month[:3]) + 1)
            number = re.sub(r"(?<=\d)(st|nd|rd|th)$", "", number)
            if len(years) > 1 or not all(
                re.fullmatch(r"\d+", part, re.ASCII) for part in (number, month, *years)
            ):
                raise ValueError
            if years:
                year = int(years[0]) + (2000 if len(years[0]) == 2 else 0)
                return date(year, int(month), int(number))
            return self._next(int(month), int(number))
        except (ValueError, OverflowError):
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def _next(self, month: int, number: int) -> date:
        """The first such day from today; a leap day may be some years off."""
        for year in range(self.today.year, self.today.year + 9):
            try:
                day = date(year, month, number)
            except ValueError:
                continue
            if day >= self.today:
                return day
        raise ValueError


class TimeForm(forms.Form):
    """A day, from, until: all three or none; and how long to set up before and clear away after."""

    takes_a_day_alone = False

    day = DayField(label=_("On which day?"), required=False, widget=DayInput({**BLANK, "size": 18}))
    starts = TimeField(
        label=_("From what time?"),
        required=False,
        widget=ClockInput({**BLANK, "size": 7}),
        error_messages=OF_A_START,
    )
    ends = TimeField(
        label=_("Until what time?"),
        required=False,
        widget=ClockInput({**BLANK, "size": 7}),
        error_messages=OF_AN_END,
    )

    setup_minutes = look(MinutesAsideField(label=_("Time to set up before")), optional=False)
    cleardown_minutes = look(MinutesAsideField(label=_("Time to clear away after")), optional=False)

    # In the address the times are called as people say them; both are words of Python.
    IN_THE_ADDRESS = {
        "starts": "from",
        "ends": "to",
        "setup_minutes": "setup",
        "cleardown_minutes": "cleardown",
    }

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].today = today  # type: ignore[attr-defined]

    def add_prefix(self, field_name: str) -> str:
        return super().add_prefix(self.IN_THE_ADDRESS.get(field_name, field_name))

    @classmethod
    def is_asked(cls, data: Any) -> bool:
        """Say whether an address carries any blank at all, filled in or not."""
        names = {cls.IN_THE_ADDRESS.get(name, name) for name in cls.base_fields}
        return not names.isdisjoint(data)

    def clean(self) -> dict[str, Any]:
        answers: dict[str, Any] = self.cleaned_data
        missing = {
            "day": gettext("Enter on which day you need it"),
            "starts": gettext("Enter from what time you need it, such as 6pm"),
            "ends": gettext("Enter until what time you need it, such as 8pm"),
        }
        given = [name for name in missing if answers.get(name) is not None or name in self.errors]
        if given and not (self.takes_a_day_alone and given == ["day"]):
            for name, words in missing.items():
                if name not in given:
                    self.add_error(name, ValidationError(words, code="required"))
        day, starts, ends = (answers.get(name) for name in missing)
        if day is not None and starts is not None and ends is not None:
            answers["starts_at"] = self._moment("starts", at, day, starts)
            answers["ends_at"] = self._moment("ends", at_end, day, ends)
            self._check_order(answers)
        return answers

    def _moment(
        self, name: str, moment: Callable[[date, time], datetime], day: date, wall_clock: time
    ) -> datetime | None:
        try:
            return moment(day, wall_clock)
        except ValidationError as refusal:
            self.add_error(name, refusal)
            return None

    def _check_order(self, answers: dict[str, Any]) -> None:
        starts_at, ends_at = answers["starts_at"], answers["ends_at"]
        if starts_at and ends_at and ends_at <= starts_at:
            words = gettext("The end must be later than the start, on the same day")
            self.add_error("ends", ValidationError(words, code="reversed"))

    @property
    def aside(self) -> Aside:
        """How long to set up before and clear away after. Call it when the form is valid."""
        return {
            "setup_minutes": self.cleaned_data["setup_minutes"],
            "cleardown_minutes": self.cleaned_data["cleardown_minutes"],
        }

    @property
    def period(self) -> tuple[datetime, datetime] | None:
        """The time asked for, if there is one. Call it when the form is valid."""
        starts_at, ends_at = (self.cleaned_data.get(name) for name in ("starts_at", "ends_at"))
        return (starts_at, ends_at) if starts_at and ends_at else None


class FindForm(TimeForm):
    """What somebody looks for. Every blank may stay empty. A time needs all of its three, and a day alone
    is any time of it.
    """

    takes_a_day_alone = True

    what = LineField(
        label=_("What do you want to do, or which place do you look for?"),
        required=False,
        widget=forms.TextInput({**BLANK, "size": 20}),
    )
    people = forms.IntegerField(
        label=_("How many people?"),
        required=False,
        min_value=1,
        max_value=MOST_PEOPLE,
        widget=forms.TextInput({**BLANK, "inputmode": "numeric", "size": 4}),
        error_messages=PEOPLE_ERRORS,
    )
    layout = forms.ChoiceField(
        label=_("How should it be laid out?"),
        required=False,
        widget=forms.Select(CHOICE),
        error_messages=LAYOUT_ERRORS,
    )
    borough = forms.ChoiceField(
        label=_("In which borough?"),
        required=False,
        widget=forms.Select(CHOICE),
        error_messages={"invalid_choice": _("Choose a borough from the list")},
    )
    kind = look(
        forms.ChoiceField(
            label=_("What kind of room?"),
            required=False,
            error_messages={"invalid_choice": _("Choose from the list what kind of room")},
        ),
        optional=False,
    )
    need = look(
        forms.MultipleChoiceField(
            label=_("What must it have?"),
            required=False,
            choices=[(key.value, key.label) for key in NEEDS],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"invalid_choice": _("Choose from the list what it must have")},
        ),
        optional=False,
        small=True,
    )
    wheelchairs = look(
        forms.IntegerField(
            label=_("How many of you use a wheelchair?"),
            help_text=_("Only rooms are shown that are known to take so many."),
            required=False,
            min_value=1,
            max_value=MOST_PEOPLE,
            widget=forms.TextInput({"inputmode": "numeric"}),
            error_messages=PEOPLE_ERRORS,
        ),
        width=4,
        optional=False,
    )
    has = look(
        forms.MultipleChoiceField(
            label=_("What should be there?"),
            required=False,
            choices=Equipment.Kind.choices,
            widget=forms.CheckboxSelectMultiple,
            error_messages={"invalid_choice": _("Choose from the list what should be there")},
        ),
        optional=False,
        small=True,
    )
    free = look(
        forms.BooleanField(label=_("Only rooms that are free of charge"), required=False),
        small=True,
    )

    field_order = [
        "what",
        "people",
        "layout",
        "borough",
        "day",
        "starts",
        "ends",
        "setup_minutes",
        "cleardown_minutes",
        "need",
        "wheelchairs",
        "has",
        "kind",
        "free",
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["layout"].choices = [  # type: ignore[attr-defined]
            ("", _("any way")),
            *[(kind.value, _in_the_middle(kind.label)) for kind in Layout.Kind],
        ]
        self.fields["borough"].choices = [  # type: ignore[attr-defined]
            ("", _("any borough")),
            *Borough.objects.choices(),
        ]
        self.fields["kind"].choices = [("", _("Any kind")), *Space.Kind.choices]  # type: ignore[attr-defined]

    MORE = ("setup_minutes", "cleardown_minutes", "need", "wheelchairs", "has", "kind", "free")
    """The fields below the sentence, folded away until somebody wants them."""

    @property
    def has_more_errors(self) -> bool:
        return self.is_bound and any(self[name].errors for name in self.MORE)

    @property
    def more_in_words(self) -> str:
        """What is folded away: what was chosen there, or else what can be."""
        answers = self.cleaned_data if self.is_bound and self.is_valid() else {}
        chosen = [str(AccessFact.Key(key).label) for key in answers.get("need", [])]
        chosen += [str(Equipment.Kind(kind).label) for kind in answers.get("has", [])]
        if number := answers.get("wheelchairs"):
            chosen.append(
                ngettext(
                    "place for %(number)d wheelchair", "places for %(number)d wheelchairs", number
                )
                % {"number": number}
            )
        if answers.get("kind"):
            chosen.append(str(Space.Kind(answers["kind"]).label))
        if answers.get("free"):
            chosen.append(gettext("free of charge"))
        aside = aside_in_words(**self.aside) if answers else ""
        told = [aside] if aside else []
        if chosen:
            told.append(gettext("it must have or be: %(chosen)s") % {"chosen": ", ".join(chosen)})
        if told:
            return gettext("More: %(told)s") % {"told": "; ".join(told)}
        return gettext("Time to set up, what it must have, what kind, what it costs")

    def wish(self) -> Wish:
        """What was asked for. Call it when the form is valid."""
        answers = self.cleaned_data
        return Wish(
            people=answers["people"],
            layout=answers["layout"],
            wheelchairs=answers["wheelchairs"],
            borough=answers["borough"],
            needs=tuple(answers["need"]),
            equipment=tuple(answers["has"]),
            kind=answers["kind"],
            free_of_charge=answers["free"],
            starts_at=self.period[0] if self.period else None,
            ends_at=self.period[1] if self.period else None,
            day=None if self.period else answers["day"],
            **self.aside,
        )


class WeekForm(TimeForm):
    """Which week and month of a space to show, and the time that somebody looks for there."""

    people = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_PEOPLE,
        widget=forms.HiddenInput,
        error_messages=PEOPLE_ERRORS,
    )
    layout = forms.ChoiceField(
        required=False,
        choices=[("", ""), *Layout.Kind.choices],
        widget=forms.HiddenInput,
        error_messages=LAYOUT_ERRORS,
    )
    wheelchairs = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_PEOPLE,
        widget=forms.HiddenInput,
        error_messages=PEOPLE_ERRORS,
    )
    week = forms.DateField(
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.HiddenInput,
        error_messages={"invalid": _("Choose a week with the links beside the table")},
    )
    month = forms.DateField(
        required=False,
        input_formats=["%Y-%m"],
        widget=forms.HiddenInput,
        error_messages={"invalid": _("Choose a month with the links beside the table")},
    )


def _in_the_middle(label: object) -> str:
    """A label as it stands within a sentence."""
    words = str(label)
    return words[:1].lower() + words[1:]
