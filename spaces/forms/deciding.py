"""What is asked of whoever decides about a booking or cancels it."""

from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from spaces.models import Booking
from spaces.rules.bookings import REASONS_TO_REFUSE


class RefusalForm(forms.Form):
    """Why a request is declined or a promise is taken back."""

    reason = forms.ChoiceField(
        label=_("Why?"),
        choices=[(reason.value, reason.label) for reason in REASONS_TO_REFUSE],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a reason"),
            "invalid_choice": _("Choose a reason from the list"),
        },
    )
    reason_note = forms.CharField(
        label=_("What else should the group know?"),
        help_text=_("They read this as you write it. Say what would help them next time."),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": 400}),
        error_messages={"max_length": _("Use 400 characters or fewer")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("reason") == Booking.Reason.OTHER and not cleaned.get("reason_note"):
            self.add_error("reason_note", __("Say what the other reason is"))
        return cleaned


class ConfirmForm(forms.Form):
    """A page that asks nothing but “are you sure?”."""
