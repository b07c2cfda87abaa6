"""What is asked about, and of, people who know a small group."""

from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.forms import EmailField, LineField, LongField, look
from spaces.forms.phones import PhoneField


class AskReferenceForm(forms.Form):
    name = LineField(
        label=_("What is their name?"),
        max_length=120,
        error_messages={"required": _("Enter their name")},
    )
    part = LineField(
        label=_("What do they do, and where?"),
        help_text=_("For example: librarian at Lewisham library, or nurse at our surgery."),
        max_length=160,
        error_messages={"required": _("Enter what they do, and where")},
    )
    how_known = LineField(
        label=_("How do they know your group?"),
        max_length=200,
        error_messages={"required": _("Say how they know your group")},
    )
    email = EmailField(
        label=_("What is their e-mail address?"),
        help_text=_("We write to them at once. Enter the address, or the phone number below."),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "invalid": _("Enter an e-mail address, such as name@example.org"),
            "max_length": _("Use 254 characters or fewer"),
        },
    )
    phone = PhoneField(
        label=_("What is their phone number?"),
        help_text=_("Programme staff ring them."),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("email") and not cleaned.get("phone"):
            self.add_error("email", __("Enter an e-mail address or a phone number"))
        return cleaned


class AnswerReferenceForm(forms.Form):
    """What a referee is asked; staff who ring one fill in the same."""

    answer = look(
        forms.ChoiceField(
            label=_("Do you know this group, and would you trust it with a room?"),
            choices=[("yes", _("Yes")), ("no", _("No, I cannot say that"))],
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Choose yes or no"),
                "invalid_choice": _("Choose yes or no"),
            },
        ),
        reveals={"yes": "words"},
    )
    words = LongField(
        label=_("How do you know it?"),
        help_text=_("A sentence is enough. Do not write about one person’s health."),
        max_length=400,
        required=False,
        rows=3,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("answer") == "yes" and not cleaned.get("words") and not self.errors:
            self.add_error("words", __("Say in a sentence how you know the group"))
        return cleaned

    def said(self) -> dict[str, Any]:
        """What the service is to be told."""
        says_yes = self.cleaned_data["answer"] == "yes"
        return {"says_yes": says_yes, "words": self.cleaned_data["words"] if says_yes else ""}
