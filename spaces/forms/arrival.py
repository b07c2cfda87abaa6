"""How a group with a booking gets in, as those who run a site are asked for it."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.forms import LineField, LongField, look
from spaces.forms.phones import SUCH_AS, PhoneField
from spaces.models import Arrival, ArrivalFacts

WhoOpens = ArrivalFacts.WhoOpens

WHO_OPENS = [
    (WhoOpens.RECEPTION.value, _("Staff at a reception")),
    (WhoOpens.SOMEBODY.value, _("Somebody who meets the group")),
    (WhoOpens.KEY.value, _("The group itself, with a key or a fob")),
]

ANSWERS = list(asdict(Arrival()))


class ArrivalQuestions(forms.Form):
    """The four questions. What was answered comes back as `arrival`."""

    who_opens = look(
        forms.ChoiceField(
            label=_("Who opens the door?"),
            choices=WHO_OPENS,
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Choose who opens the door"),
                "invalid_choice": _("Choose one of the answers"),
            },
        )
    )
    who_opens_words = LineField(
        label=_("What else should the group know about that?"),
        help_text=_("For example: Until 8pm. Or: The key is at the pharmacy next door."),
        max_length=300,
        required=False,
    )
    door = LongField(
        label=_("Which door does the group use?"),
        help_text=_("For example: The side door in Ash Row. Ring the lower bell."),
        max_length=1000,
        error_messages={"required": _("Say which door the group uses")},
    )
    bring = LineField(
        label=_("What should the group bring?"),
        help_text=_("For example: The reference of the booking."),
        max_length=300,
        required=False,
    )
    call_name = LineField(
        label=_("Whom can the group call on the day?"),
        help_text=_("Somebody who answers while the group is there, in the evening too."),
        max_length=120,
        error_messages={"required": _("Enter whom the group can call")},
    )
    call_phone = PhoneField(label=_("On which phone number?"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["arrival"] = Arrival(**{name: cleaned.pop(name, "") for name in ANSWERS})
        return cleaned


class ArrivalForm(ArrivalQuestions):
    """The questions about a site, or about a space, where an empty answer is the site's."""

    # What was said when the page was opened.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, is_of_space: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_of_space:
            for field in self.fields.values():
                field.required = False
            who_opens: Any = self.fields["who_opens"]
            who_opens.choices = [("", _("As for the whole building")), *WHO_OPENS]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        arrival: Arrival = cleaned["arrival"]
        if arrival.who_opens_words and not arrival.who_opens and "who_opens" not in self.errors:
            self.add_error("who_opens", __("Choose who opens the door in this room"))
        if arrival.call_name and not arrival.call_phone and "call_phone" not in self.errors:
            self.add_error("call_phone", SUCH_AS)
        if arrival.call_phone and not arrival.call_name and "call_name" not in self.errors:
            self.add_error("call_name", __("Enter whom the group can call"))
        return cleaned
