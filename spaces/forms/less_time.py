"""Why less time is kept free between two uses of a room, asked only of staff who are told so."""

from copy import deepcopy
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.forms import LongField, look
from spaces.services import TOO_CLOSE

ASKED = "less_time_free"


class LessTimeForm(forms.Form):
    """Asks for a reason once the service has refused for want of one."""

    less_time_free = look(
        LongField(
            label=_("Why is less time enough?"),
            help_text=_(
                "It is kept with the booking. The people who run the site read it, the group does not."
            ),
            max_length=400,
            rows=3,
            required=False,
        ),
        optional=False,
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if not (self.is_bound and ASKED in self.data) and not self.initial.get(ASKED):
            del self.fields[ASKED]

    def asks_why(self, refusal: ValidationError) -> bool:
        """Ask for the reason, if that is what is missing, and say so."""
        if getattr(refusal, "code", "") != TOO_CLOSE:
            return False
        self.fields.setdefault(ASKED, deepcopy(self.base_fields[ASKED]))
        self.add_error(ASKED, refusal)
        return True
