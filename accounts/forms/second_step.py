"""The questions of the second step to sign in, in our words. What they do is allauth's."""

from typing import Any

from allauth.mfa.base import forms as step_forms
from allauth.mfa.totp import forms as app_forms
from allauth.mfa.webauthn import forms as passkey_forms
from django import forms
from django.core.validators import MaxLengthValidator
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


class AddPasskeyForm(passkey_forms.AddWebAuthnForm):
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
