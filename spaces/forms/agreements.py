"""What is asked of whoever writes conditions of hire, accepts them, or confirms without them."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import LineField, LongField


class AgreementForm(forms.Form):
    """The next version of the conditions of hire."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    title = LineField(
        label=_("What are these conditions called?"),
        max_length=120,
        error_messages={"required": _("Enter what these conditions are called")},
    )
    text = LongField(
        label=_("What do groups keep to?"),
        help_text=_("Short sentences, one rule a line. An empty line begins a new paragraph."),
        max_length=20_000,
        rows=16,
        error_messages={"required": _("Write what groups keep to")},
    )


class PublishForm(forms.Form):
    """Are you sure, of what you have looked at?"""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class AcceptAgreementForm(forms.Form):
    """Who accepts the conditions for the group."""

    version = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={
            "required": _("Open this page again and read the conditions"),
            "invalid": _("Open this page again and read the conditions"),
        },
    )
    name = LineField(
        label=_("What is your name?"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name")},
    )
    role = LineField(
        label=_("What do you do in the group?"),
        help_text=_("For example: chair, treasurer or organiser."),
        max_length=120,
        error_messages={"required": _("Enter what you do in the group")},
    )
    agrees = forms.BooleanField(
        label=_("We have read these conditions, and our group keeps to them"),
        error_messages={"required": _("Tick the box if your group keeps to these conditions")},
    )


class ConfirmDespiteForm(forms.Form):
    """Why a booking is confirmed although something is missing."""

    # The kinds of what was missing when the page was opened.
    shown = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = LongField(
        label=_("Why may this group come in all the same?"),
        help_text=_(
            "Your name and these words stay with the booking. The group and the people who run the"
            " site read them. Do not write about one person’s health or record."
        ),
        max_length=400,
        error_messages={"required": _("Say why the group may come in all the same")},
    )

    def clean_shown(self) -> list[str]:
        return str(self.cleaned_data["shown"]).split()
