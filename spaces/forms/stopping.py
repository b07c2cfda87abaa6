"""What is asked of whoever takes back that a group may book."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import LongField, look
from spaces.models import Hirer


class StopHirerForm(forms.Form):
    stopped_because = forms.ChoiceField(
        label=_("Why may it not book any more?"),
        choices=Hirer.StopReason.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose why it may not book any more"),
            "invalid_choice": _("Choose a reason from the list"),
        },
    )
    reason = LongField(
        label=_("What do you tell the group?"),
        help_text=_("The group reads this as you write it. Say what would change your mind."),
        max_length=400,
        error_messages={"required": _("Say to the group why it may not book any more")},
    )
    bookings = look(
        forms.ChoiceField(
            label=_("What happens to what it has booked?"),
            choices=[
                ("leave", _("Leave it all as it is")),
                ("cancel", _("Cancel it all now")),
            ],
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Choose what happens to what it has booked"),
                "invalid_choice": _("Choose one of the two"),
            },
        ),
        hints={
            "leave": _(
                "The group may still come to what is confirmed. What is only approved is not confirmed"
                " meanwhile. You or the site can cancel each one later."
            ),
            "cancel": _(
                "Promises are cancelled and requests declined, and the sites are told. None of it"
                " counts as a late cancellation of the group."
            ),
        },
    )

    def __init__(self, *args: Any, has_bookings: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_bookings:
            del self.fields["bookings"]

    def asked(self) -> dict[str, Any]:
        """What the service is to be asked for."""
        said = self.cleaned_data
        return {
            "stopped_because": said["stopped_because"],
            "reason": said["reason"],
            "cancels": said.get("bookings") == "cancel",
        }
