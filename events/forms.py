import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from anchors.models import Borough
from core.forms import EmailField, LineField, LongField, look
from events.models import Event


class FilterEventsForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What kind?"),
        required=False,
        choices=[("", _("All kinds")), *Event.Kind.choices],
        error_messages={"invalid_choice": _("Choose a kind from the list")},
    )
    borough = forms.ModelChoiceField(
        label=_("Where?"),
        queryset=Borough.objects.order_by("name", "pk"),
        to_field_name="slug",
        required=False,
        empty_label=_("All boroughs"),
        error_messages={"invalid_choice": _("Choose a borough from the list")},
    )


class AddressField(EmailField):
    """An e-mail address in small letters: people write theirs in many ways, and it is one address."""

    def to_python(self, value: Any) -> Any:
        return str(super().to_python(value)).lower()


class SignUpForm(forms.Form):
    name = look(
        LineField(
            label=_("What is your name?"),
            help_text=_("It goes on the list of people who come. Any name will do."),
            max_length=120,
            widget=forms.TextInput(attrs={"autocomplete": "name"}),
            error_messages={
                "required": _("Enter your name"),
                "max_length": _("Your name must be 120 letters or fewer"),
            },
        ),
        width=20,
    )
    email = look(
        AddressField(
            label=_("What is your e-mail address?"),
            help_text=_("We write to you about this event and nothing else."),
            max_length=254,
            widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
            error_messages={
                "required": _("Enter your e-mail address"),
                "invalid": _("Enter an e-mail address like name@example.org"),
                "max_length": _("Enter a shorter e-mail address"),
            },
        ),
        width=30,
    )
    # People never see this one; programs that fill in everything give themselves away.
    website = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_name(self) -> str:
        """A list of people carries nobody's advertisement."""
        name = str(self.cleaned_data["name"])
        if re.search(r"://|www\.|@", name, re.IGNORECASE):
            raise ValidationError(_("Enter your name without a web address or e-mail address"))
        return name

    def clean_email(self) -> str:
        """Django lets some letters pass that our mail server cannot write to before the @."""
        email = str(self.cleaned_data["email"])
        if not email.partition("@")[0].isascii():
            raise ValidationError(self.fields["email"].error_messages["invalid"], code="invalid")
        return email

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise ValidationError(
                _(
                    "Something filled in a box that people do not see. Open this page again and retry."
                ),
                code="trap",
            )
        return ""


class CancelEventForm(forms.Form):
    because = LongField(
        label=_("Why is it cancelled?"),
        help_text=_("Everybody who signed up reads this, and it stands on the event’s page."),
        max_length=300,
        rows=3,
        error_messages={"required": _("Say why the event is cancelled")},
    )
