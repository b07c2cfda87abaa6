"""What is asked of whoever decides about a booking or cancels it."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.forms import LongField, look
from spaces.forms.less_time import LessTimeForm
from spaces.forms.needed import need
from spaces.forms.seen import SeenForm
from spaces.models import Booking
from spaces.rules.bookings import REASONS_TO_CANCEL, REASONS_TO_REFUSE


class ReasonForm(forms.Form):
    """Why something ends: one reason of a list, and words where the list has none."""

    reasons: ClassVar[list[Booking.Reason]] = []

    reason = forms.ChoiceField(
        label=_("Why?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a reason"),
            "invalid_choice": _("Choose a reason from the list"),
        },
    )
    reason_note = LongField(
        label=_("Do you want to say more?"),
        max_length=400,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [  # type: ignore[attr-defined]
            (reason.value, reason.label) for reason in self.reasons
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("reason") == Booking.Reason.OTHER:
            need(self, "reason_note", __("Say what the other reason is"))
        return cleaned


class RefusalForm(ReasonForm):
    """Why a request is declined or a promise is taken back."""

    reasons = REASONS_TO_REFUSE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason_note"].label = _("What else should the group know?")
        self.fields["reason_note"].help_text = _(
            "They read this as you write it. Say what would help them next time."
        )


class CancelForm(ReasonForm):
    """Why a group gives a room back. Nobody is asked to justify it."""

    reasons = REASONS_TO_CANCEL


class ApproveForm(LessTimeForm, SeenForm):
    """A yes; and whether the group pays nothing, where it asked for that."""

    is_free = look(
        forms.TypedChoiceField(
            label=_("The group asks to pay nothing. Should it?"),
            choices=[("yes", _("Yes, it pays nothing")), ("no", _("No, it pays the full price"))],
            coerce=lambda chosen: chosen == "yes",
            empty_value=None,
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Say whether the group pays nothing"),
                "invalid_choice": _("Choose yes or no"),
            },
        ),
        reveals={"no": "why_not_free"},
    )
    why_not_free = look(
        LongField(
            label=_("Why does it pay all the same?"),
            help_text=_("The group reads this as you write it."),
            max_length=400,
            rows=3,
            required=False,
        ),
        optional=False,
    )

    def __init__(
        self, data: Any = None, *, booking: Booking, asks_about_money: bool, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.initial["seen_at"] = booking.updated_at.isoformat()
        if not asks_about_money:
            del self.fields["is_free"], self.fields["why_not_free"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("is_free") is False:
            need(self, "why_not_free", __("Say why the group pays all the same"))
        elif cleaned.get("is_free") and "why_not_free" in self.errors:
            # It pays nothing: whatever stands in the box that nobody sees does not matter.
            del self.errors["why_not_free"]
        return cleaned


class AskQuestionForm(forms.Form):
    question = LongField(
        label=_("What do you need to know?"),
        help_text=_(
            "The group reads this as you write it, and answers on the page of the booking. The time"
            " to decide starts anew when it has answered."
        ),
        max_length=400,
        error_messages={"required": _("Write your question")},
    )


class AnswerQuestionForm(forms.Form):
    answer = LongField(
        label=_("What is the answer?"),
        help_text=_(
            "Whoever asked reads this, and the others who decide. Leave out names and anything about"
            " one person’s health."
        ),
        max_length=1000,
        rows=5,
        error_messages={"required": _("Write the answer")},
    )


class ConfirmForm(forms.Form):
    """A page that asks nothing but “are you sure?”."""
