"""What a group says of itself, once a year or whenever it changes; and what programme staff change."""

from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.forms import LineField
from spaces.forms.hirers import RegisterHirerForm
from spaces.forms.needed import need
from spaces.forms.phones import PhoneField

asked = RegisterHirerForm.base_fields
"""The same questions as when the group registered."""


class FactsForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    purpose = asked["purpose"]
    boroughs = asked["boroughs"]
    usual_size = asked["usual_size"]
    responsible_adult = asked["responsible_adult"]
    responsible_phone = asked["responsible_phone"]
    deputy_name = LineField(
        label=_("Who answers when that person is away?"),
        max_length=120,
        required=False,
    )
    deputy_phone = PhoneField(
        label=_("On which phone number can the site reach that other person?"), required=False
    )
    is_sensitive = forms.BooleanField(
        label=_("Keep our name private"),
        help_text=_(
            "For groups whose members could be at risk. Your name is then left out of lists,"
            " letters and diaries, and the address of your page changes. Only programme staff"
            " can undo this."
        ),
        required=False,
    )

    def __init__(self, *args: Any, is_private: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_private:
            del self.fields["is_sensitive"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        name, phone = cleaned.get("deputy_name"), cleaned.get("deputy_phone")
        if name:
            need(self, "deputy_phone", __("Enter the phone number of that person too"))
        if phone:
            need(self, "deputy_name", __("Enter the name of that person too"))
        return cleaned


class NameForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    name = LineField(
        label=_("What is the group called?"),
        max_length=160,
        error_messages={"required": _("Enter the name of the group")},
    )
    is_sensitive = forms.BooleanField(
        label=_("Keep the name private"),
        help_text=_("Ask the group before you change this: its people may be at risk."),
        required=False,
    )
