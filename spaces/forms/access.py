"""What those who run a site say about getting in and around."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.forms import look
from spaces.forms.offer_access import AccessForm
from spaces.forms.seen import VersionForm
from spaces.models import AccessFact

AS_THE_BUILDING = "as_the_building"


class TellAccessForm(AccessForm, VersionForm):
    """Every access fact, as it is told now; of a room only those that are not as in its building.

    `told` are the facts of the one this is about, `of_building` those of the building of a room.
    """

    checked_all = forms.BooleanField(
        label=_("I have checked everything on this page again"),
        help_text=_("Then all of it carries that day, not only what you have changed."),
        required=False,
    )

    def __init__(
        self,
        *args: Any,
        today: date,
        told: Iterable[AccessFact],
        of_building: Iterable[AccessFact] | None = None,
        **kwargs: Any,
    ) -> None:
        self.of_building = None if of_building is None else {fact.key: fact for fact in of_building}
        self.told = {fact.key: (fact.value, fact.note) for fact in told}
        initial: dict[str, Any] = {"surveyed_on": today}
        for key in AccessFact.Key.values:
            value, note = self._now(key)
            initial |= {f"value_{key}": value, f"note_{key}": note}
        super().__init__(*args, today=today, initial=initial, **kwargs)
        # Needed as soon as something is changed.
        day = look(self.fields["surveyed_on"], optional=False)
        day.label = _("On which day did somebody check what you have changed?")
        day.help_text = _("For example, 1 12 2026")

    def _now(self, key: str) -> tuple[str, str]:
        nothing = AccessFact.Value.NOT_CHECKED.value
        return self.told.get(key, (nothing if self.of_building is None else AS_THE_BUILDING, ""))

    def answers(self, key: str) -> list[tuple[str, object]]:
        answers = super().answers(key)
        told = self.told.get(key, ("", ""))[0]
        if told and told not in dict(answers):
            answers.insert(0, (told, AccessFact.Value(told).label))
        if self.of_building is not None:
            there = self.of_building.get(key) or AccessFact(key=key)
            words = there.note if there.is_a_measure else there.get_value_display()
            answers.insert(0, (AS_THE_BUILDING, _("As the building: %(fact)s") % {"fact": words}))
        return answers

    @property
    def parts(self) -> list[dict[str, Any]]:
        """Of a room those are shut in which nothing is different and nothing is wrong."""
        parts = super().parts
        for part in parts:
            is_different = any(key in self.told for key in part["keys"])
            part["is_open"] = is_different or any(box.errors for box in part["questions"])
        return parts

    @property
    def last_questions(self) -> list[forms.BoundField]:
        return [*super().last_questions, self["checked_all"]]

    def clean(self) -> dict[str, Any]:
        typed = dict(self.cleaned_data)
        facts = self.facts(typed)
        for key, (value, note) in facts.items():
            if value == AS_THE_BUILDING and note:
                words = __("Choose an answer for this room, or leave this empty")
                self.add_error(f"note_{key}", words)
        day, checked_all = typed.get("surveyed_on"), typed.get("checked_all", False)
        is_news = any(fact != self._now(key) for key, fact in facts.items())
        self.check_day(day, is_needed=is_news or checked_all)
        own = {key: fact for key, fact in facts.items() if fact[0] != AS_THE_BUILDING}
        return {
            "facts": own,
            "surveyed_on": day,
            "checked_all": checked_all,
            "version": typed.get("version", ""),
        }

    @staticmethod
    def in_words(told: Iterable[AccessFact]) -> list[str]:
        """How it is now, for whoever was too late."""
        known = [fact for fact in told if fact.value != AccessFact.Value.NOT_CHECKED]
        said = {fact.key: fact.note or fact.get_value_display() for fact in known}
        return [f"{label}: {said[key]}" for key, label in AccessFact.Key.choices if key in said]
