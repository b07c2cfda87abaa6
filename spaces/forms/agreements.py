"""What is asked of whoever writes conditions of hire, accepts them, or confirms without them."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import LineField


class AgreementForm(forms.Form):
    """The next version of the conditions of hire."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    title = LineField(
        label=_("What are these conditions called?"),
        max_length=120,
        error_messages={
            "required": _("Enter what these conditions are called"),
            "max_length": _("Use 120 characters or fewer"),
        },
    )
    text = forms.CharField(
        label=_("What do groups keep to?"),
        help_text=_("Short sentences, one rule a line. An empty line begins a new paragraph."),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 16, "maxlength": 20_000}),
        error_messages={
            "required": _("Write what groups keep to"),
            "max_length": _("Use 20,000 characters or fewer"),
        },
    )

    def clean_text(self) -> str:
        # Browsers send line breaks of two letters; one is kept, so that the words have one hash.
        return "\n".join(line.rstrip() for line in self.cleaned_data["text"].splitlines())


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
        error_messages={
            "required": _("Enter your name"),
            "max_length": _("Use 120 characters or fewer"),
        },
    )
    role = LineField(
        label=_("What do you do in the group?"),
        help_text=_("For example: chair, treasurer or organiser."),
        max_length=120,
        error_messages={
            "required": _("Enter what you do in the group"),
            "max_length": _("Use 120 characters or fewer"),
        },
    )
    agrees = forms.BooleanField(
        label=_("We have read these conditions, and our group keeps to them"),
        error_messages={"required": _("Tick the box if your group keeps to these conditions")},
    )


class ConfirmDespiteForm(forms.Form):
    """Why a booking is confirmed although something is missing."""

    # The kinds of what was missing when the page was opened.
    shown = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(
        label=_("Why may this group come in all the same?"),
        help_text=_(
            "Your name and these words stay with the booking. The group and the people who run the"
            " site read them. Do not write about one person’s health or record."
        ),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": 400}),
        error_messages={
            "required": _("Say why the group may come in all the same"),
            "max_length": _("Use 400 characters or fewer"),
        },
    )

    def clean_shown(self) -> list[str]:
        return str(self.cleaned_data["shown"]).split()
