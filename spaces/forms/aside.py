"""Time to set up before and clear away after, as every form about a room asks for it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

MINUTES = [
    (0, _("No time")),
    (15, _("15 minutes")),
    (30, _("30 minutes")),
    (45, _("45 minutes")),
    (60, _("1 hour")),
]


class MinutesAsideField(forms.TypedChoiceField):
    """How many minutes; left out of an address it is none."""

    default_error_messages = {"invalid_choice": _("Choose one of the times in the list")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=MINUTES, coerce=int, required=False, initial=0, **kwargs)
        self.empty_value: Any = 0
