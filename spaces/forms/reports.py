"""What is asked of whoever reports a wrong fact, and of whoever answers."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.forms import LineField, LongField, SentOnceForm, look
from events.forms import AddressField
from spaces.forms.needed import need
from spaces.models import AccessFact, AccessKey, FactReport


class ReportFactForm(SentOnceForm):
    fact = forms.ChoiceField(
        label=_("What is wrong?"),
        choices=[
            ("", _("Choose what it is about")),
            *FactReport.About.choices,
            (_("Access"), AccessKey.choices),
        ],
        error_messages={
            "required": _("Choose what it is about"),
            "invalid_choice": _("Choose from the list what it is about"),
        },
    )
    words = LongField(
        label=_("What is true instead?"),
        help_text=_("Leave out names and anything about one person’s health."),
        max_length=400,
        error_messages={"required": _("Say what is true instead")},
    )
    email = look(
        AddressField(
            label=_("What is your e-mail address?"),
            help_text=_(
                "Only if you want an answer. We use it for nothing else, and forget it 90 days"
                " after we answer."
            ),
            max_length=254,
            required=False,
            widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
            error_messages={
                "invalid": _("Enter an e-mail address like name@example.org, or none"),
                "max_length": _("Enter a shorter e-mail address"),
            },
        ),
        width=30,
    )
    # People never see this one; programs that fill in everything give themselves away.
    website = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_email(self) -> str:
        """Django lets some letters pass that our mail server cannot write to before the @."""
        email = str(self.cleaned_data["email"])
        if not email.partition("@")[0].isascii():
            raise ValidationError(self.fields["email"].error_messages["invalid"], code="invalid")
        return email

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise ValidationError(
                __(
                    "Something filled in a box that people do not see. Open this page again and"
                    " retry."
                ),
                code="trap",
            )
        return ""

    def told(self) -> dict[str, Any]:
        """What the service is to keep."""
        names = ("fact", "words", "email", "form_id")
        return {name: self.cleaned_data[name] for name in names}


class AnswerReportForm(forms.Form):
    """Mended or left as it is; of an access fact also what is true now."""

    outcome = forms.ChoiceField(
        label=_("What did you do?"),
        choices=[("mended", _("It was wrong, and is mended")), ("left", _("It stays as it is"))],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what you did"),
            "invalid_choice": _("Choose what you did"),
        },
    )
    value = look(
        forms.ChoiceField(
            label=_("If it was wrong, what is true now?"),
            choices=AccessFact.Value.choices,
            required=False,
            widget=forms.RadioSelect,
            error_messages={"invalid_choice": _("Choose one of the answers in the list")},
        ),
        optional=False,
    )
    note = LineField(
        label=_("What was measured, or what helps?"),
        help_text=_("Such as 82 cm, or “Ring first”. Everybody reads it beside the fact."),
        max_length=200,
        required=False,
    )
    answer = LongField(
        label=_("What do you want to say to whoever told us?"),
        help_text=_("They read it if they left an address. Needed if it stays as it is."),
        max_length=400,
        required=False,
    )

    def __init__(self, *args: Any, report: FactReport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not report.is_about_access:
            del self.fields["value"], self.fields["note"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        outcome = cleaned.get("outcome")
        if outcome == "left":
            need(self, "answer", __("Say why it stays as it is"))
        if outcome == "mended" and "value" in self.fields:
            need(self, "value", __("Choose what is true now"))
        return cleaned
