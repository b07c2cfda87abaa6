"""Another time, or another room, in place of what was typed."""

from datetime import date, datetime, time

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from core import clock


def typed_instead(posted: QueryDict) -> QueryDict:
    """What was typed; whoever chose one of the alternatives has its time in place of their own."""
    typed = posted.copy()
    for name, chosen in zip(
        ("day", "starts", "ends"), typed.get("instead", "").split(), strict=False
    ):
        typed[name] = chosen
    if "instead" in typed:
        # The reason was for another time.
        typed.pop("less_time_free", None)
    return typed


class InsteadForm(forms.Form):
    """One of the alternatives, as its button says it: a day and two times of its clock."""

    instead = forms.RegexField(r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2} \d{2}:\d{2}$")

    def clean_instead(self) -> tuple[datetime, datetime]:
        day, *clock_times = self.cleaned_data["instead"].split()
        try:
            on = date.fromisoformat(day)
            starts, ends = (time.fromisoformat(one) for one in clock_times)
        except ValueError as not_a_time:
            raise ValidationError("invalid") from not_a_time
        return clock.at(on, starts), clock.at_end(on, ends)
