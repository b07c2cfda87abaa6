"""Telephone numbers, as every form asks for them."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from core.forms import LineField, look, plain_digits

SUCH_AS = _("Enter a phone number, such as 020 7946 0123")


class PhoneField(LineField):
    """A telephone number as people write it. Without `autocomplete` it is not the reader's own."""

    default_error_messages = {"required": SUCH_AS}

    def __init__(self, *, autocomplete: str = "off", **kwargs: Any) -> None:
        super().__init__(
            max_length=20,
            # Ten figures or more, however they are parted: somebody rings it when something happens.
            validators=[RegexValidator(r"^\+?([ ()-]*\d){10,15}[ ()-]*$", SUCH_AS, code="invalid")],
            widget=forms.TextInput(
                attrs={"type": "tel", "dir": "ltr", "autocomplete": autocomplete}
            ),
            error_messages={"max_length": SUCH_AS},
            **kwargs,
        )
        look(self, width=20)

    def to_python(self, value: Any) -> str:
        return plain_digits(super().to_python(value))
