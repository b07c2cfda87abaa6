"""Where a building stands, as every form asks for it."""

import re
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from core.forms import LineField, look
from spaces.forms.seen import VersionForm
from spaces.models.sites import POSTCODE

SUCH_AS = _("Enter a full UK postcode, such as AA3 1AB")


class PostcodeField(LineField):
    """A postcode of the United Kingdom, however people write it; kept in capitals with one space."""

    default_error_messages = {"required": SUCH_AS}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=8,
            validators=[RegexValidator(POSTCODE, SUCH_AS, code="invalid")],
            widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
            error_messages={"max_length": SUCH_AS},
            **kwargs,
        )
        look(self, width=10)
        # People write more spaces than one.
        del self.widget.attrs["maxlength"]

    def to_python(self, value: Any) -> str:
        typed = re.sub(r"\s", "", super().to_python(value)).upper()
        return f"{typed[:-3]} {typed[-3:]}" if typed else ""


class AddressForm(forms.Form):
    street = LineField(
        label=_("What are its number and street?"),
        max_length=160,
        error_messages={"required": _("Enter the number and the street")},
    )
    postcode = PostcodeField(label=_("What is its postcode?"))


class ChangeAddressForm(AddressForm, VersionForm):
    """The same, for a building that has one already."""
