"""The questions of the second step to sign in, in our words. What they do is allauth's."""

import struct
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as step_forms
from allauth.mfa.totp import forms as app_forms
from allauth.mfa.webauthn import forms as passkey_forms
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext_lazy as _

from accounts.forms.sign_in import ask
from core.forms import look


def ask_for_app_code(form: forms.Form, hint: Any = "") -> None:
    field = ask(
        form,
        "code",
        _("What is the code in your app?"),
        hint=hint,
        required=_("Enter the code from your app"),
    )
    look(field, width=10)
    field.widget.attrs.update({"autocomplete": "one-time-code", "inputmode": "numeric"})


class SecondStepForm(step_forms.AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_app_code(self, _("You can type one of your spare codes instead."))


class SecondStepAgainForm(step_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_app_code(self, _("You can type one of your spare codes instead."))


class StartAppForm(app_forms.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_app_code(self, _("6 numbers, which change every half minute."))


LONGEST_NAME = 60


def ask_for_name_of_passkey(form: forms.Form, hint: Any = "") -> None:
    name = ask(
        form,
        "name",
        _("What will you call this passkey?"),
        hint=hint,
        required=_("Enter a name for the passkey"),
    )
    look(name, width=20, optional=False)
    name.validators.append(MaxLengthValidator(LONGEST_NAME, _("Use 60 characters or fewer")))
    name.widget.attrs["maxlength"] = str(LONGEST_NAME)


class CredentialField(forms.JSONField):
    """What a passkey says, as JSON from whoever sends it."""

    LONGEST = 20_000

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > self.LONGEST:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        try:
            return super().to_python(value)
        except RecursionError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Nothing of it goes back into the page: the passkey is asked again."""
        return InvalidJSONInput("")


class NotFromAPasskey:
    """Before a form of the library: what no passkey would say is refused in words.

    The library takes the parts of a credential for granted, and breaks where one is missing.
    """

    BREAKS = (LookupError, TypeError, AttributeError, ValueError, struct.error)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = CredentialField(widget=forms.HiddenInput)  # type: ignore[attr-defined]

    def full_clean(self) -> None:
        try:
            super().full_clean()  # type: ignore[misc]
        except self.BREAKS:
            self.add_error("credential", get_adapter().validation_error("incorrect_code"))  # type: ignore[attr-defined]


class SignInByPasskeyForm(NotFromAPasskey, passkey_forms.LoginWebAuthnForm):
    pass


class SecondStepByPasskeyForm(NotFromAPasskey, passkey_forms.AuthenticateWebAuthnForm):
    pass


class SecondStepAgainByPasskeyForm(NotFromAPasskey, passkey_forms.ReauthenticateWebAuthnForm):
    pass


class AddPasskeyForm(NotFromAPasskey, passkey_forms.AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_name_of_passkey(
            self, _("A name that tells you which device it is on, such as “My phone”.")
        )
        alone = ask(
            self,
            "passwordless",
            _("Let me sign in with this passkey alone"),
            hint=_("You will use your fingerprint, your face or your PIN. No code is needed."),
        )
        alone.initial = True


class NamePasskeyForm(passkey_forms.EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_name_of_passkey(self)
