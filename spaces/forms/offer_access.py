"""How one gets in and around a building that is offered."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.forms import DateField, LineField, look
from spaces.forms.needed import need
from spaces.models import AccessFact
from spaces.models.access import MEASURES
from spaces.rules import access


class AccessForm(forms.Form):
    """Every access fact that the portal knows, whatever they are; and one day for all of them."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        for key, label in AccessFact.Key.choices:
            is_measure = key in MEASURES
            value = forms.ChoiceField(
                label=label,
                choices=self.answers(key),
                widget=forms.RadioSelect,
                initial=AccessFact.Value.NOT_CHECKED.value,
                error_messages={
                    "required": _("Choose an answer, or “Not yet checked”"),
                    "invalid_choice": _("Choose one of the answers"),
                },
            )
            note = LineField(
                label=_("%(fact)s: what did you find?") % {"fact": label}
                if is_measure
                else _("%(fact)s: more about it") % {"fact": label},
                max_length=200,
                required=False,
            )
            self.fields[f"value_{key}"] = look(value, inline=True, small=True)
            self.fields[f"note_{key}"] = note
        self.fields["surveyed_on"] = DateField(
            label=_("On which day did somebody check all this?"),
            help_text=_("For example, 1 12 2026. Leave it empty if nothing has been checked."),
            required=False,
        )

    def answers(self, key: str) -> list[tuple[str, object]]:
        """A measure is known or not: no is no answer to how wide a door is."""
        yes, no = AccessFact.Value.YES.value, AccessFact.Value.NO.value
        known = [(yes, _("We know it"))] if key in MEASURES else [(yes, _("Yes")), (no, _("No"))]
        not_checked = AccessFact.Value.NOT_CHECKED
        return [*known, (not_checked.value, not_checked.label)]

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The questions in the parts in which the page of a space tells them."""
        return [
            {
                "name": name,
                "keys": keys,
                "questions": [self[f"{box}_{key}"] for key in keys for box in ("value", "note")],
            }
            for name, keys in access.keys_in_parts()
        ]

    @property
    def last_questions(self) -> list[forms.BoundField]:
        return [self["surveyed_on"]]

    def facts(self, cleaned: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """Each key to its value and its note. A measure of which nothing is written is refused."""
        facts = {}
        for key in AccessFact.Key.values:
            value, note = cleaned.get(f"value_{key}", ""), cleaned.get(f"note_{key}", "")
            if key in MEASURES and value == AccessFact.Value.YES:
                need(self, f"note_{key}", __("Write it down, or choose “Not yet checked”"))
            facts[key] = (value, note)
        return facts

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        facts = self.facts(cleaned)
        day = cleaned.get("surveyed_on")
        is_known = any(value != AccessFact.Value.NOT_CHECKED for value, _note in facts.values())
        self.check_day(day, is_needed=is_known)
        return {"facts": facts, "surveyed_on": day if is_known else None}

    def check_day(self, day: date | None, *, is_needed: bool) -> None:
        if is_needed:
            need(self, "surveyed_on", __("Enter the day on which this was checked"))
        if day and day > self.today:
            self.add_error("surveyed_on", __("Enter a day that is not in the future"))
