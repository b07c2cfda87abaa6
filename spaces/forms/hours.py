"""The weekly hours of a site or of one space of it."""

import re
from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from core.forms import TimeField, look
from spaces.forms.seen import VersionForm
from spaces.forms.site_fields import FromDayToDayForm, of_day
from spaces.models import OpeningRule
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


class ChangeHoursForm(VersionForm, FromDayToDayForm):
    """The weekly hours, one box a day; an empty box is a day on which it is closed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday, name in WEEKDAYS.items():
            self.fields[f"hours_{weekday}"] = look(
                HoursField(label=name, required=False), width=30, optional=False
            )
        self.order_fields([*(f"hours_{weekday}" for weekday in WEEKDAYS), "starts_on", "ends_on"])

    def add_error(self, field: str | None, error: Any) -> None:
        """Each fault of a day names it."""
        if field and field.startswith("hours_"):
            faults = ValidationError(error).messages
            error = [of_day(self.fields[field].label, words) for words in faults]
        super().add_error(field, error)

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
            "version": cleaned["version"],
        }
