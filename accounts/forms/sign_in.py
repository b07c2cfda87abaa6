"""The questions of the sign-in pages, in our words. What they do is allauth's."""

from typing import Any

from allauth.account import forms as account_forms
from django import forms
from django.core.validators import EmailValidator
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.forms import LineField, look

EMAIL = _("What is your e-mail address?")
EMAIL_ERRORS = {
    "required": _("Enter your e-mail address"),
    "invalid": _("Enter an e-mail address like name@example.com"),
}
CODE = _("What is the code in the e-mail?")
CODE_ERRORS = {"required": _("Enter the code from the e-mail")}
GOOD_PASSWORD = _(
    "At least 12 characters, and not a common password. Three words in a row work well."
)


def ask(form: forms.Form, name: str, label: Any, *, hint: Any = "", **errors: Any) -> forms.Field:
    """Put our words on a field that the library made, and hand the field back."""
    field = form.fields[name]
    field.label = label
    field.help_text = hint
    field.error_messages = {**field.error_messages, **errors}
    return field


def ask_for_email(form: forms.Form, name: str = "email", label: Any = EMAIL) -> None:
    field = ask(form, name, label, **EMAIL_ERRORS)
    field.validators = [
        EmailValidator(EMAIL_ERRORS["invalid"]) if isinstance(known, EmailValidator) else known
        for known in field.validators
    ]
    field.widget.attrs.update({"autocomplete": "email", "spellcheck": "false"})


def ask_for_code(form: forms.Form) -> None:
    look(ask(form, "code", CODE, **CODE_ERRORS), width=10)
    form.fields["code"].widget.attrs.update({"autocapitalize": "characters", "spellcheck": "false"})


def ask_for_new_password(form: forms.Form) -> None:
    ask(
        form,
        "password1",
        _("What is your new password?"),
        hint=GOOD_PASSWORD,
        required=_("Enter a new password"),
    )
    ask(form, "password2", _("Type it again"), required=_("Type the new password again"))


class SignInForm(account_forms.LoginForm):
    """One form for both ways: with a password, or without one, and then a code is e-mailed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_email(self, "login")
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        password = look(ask(self, "password", _("What is your password?")), optional=False)
        password.required = False


class SignUpForm(account_forms.SignupForm):
    name = LineField(
        label=_("What is your name?"),
        help_text=_("The people you work with here will see it."),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
        error_messages={"required": _("Enter your name")},
    )
    field_order = ["name", "email", "password1"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_email(self)
        hint = _("You do not need one: we can e-mail you a code each time you sign in.")
        ask(
            self,
            "password1",
            _("Choose a password"),
            hint=format_lazy("{} {}", hint, GOOD_PASSWORD),
        )


class AskForCodeForm(account_forms.RequestLoginCodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_email(self)


class ConfirmCodeForm(account_forms.ConfirmLoginCodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_code(self)


class ConfirmEmailForm(account_forms.ConfirmEmailVerificationCodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_code(self)


class ConfirmResetForm(account_forms.ConfirmPasswordResetCodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_code(self)


class ChangeEmailForm(account_forms.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_email(self, label=_("What is your new e-mail address?"))


class ForgottenPasswordForm(account_forms.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_email(self)


class NewPasswordForm(account_forms.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_new_password(self)


class SetPasswordForm(account_forms.SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_new_password(self)


class ChangePasswordForm(account_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask(
            self,
            "oldpassword",
            _("What is your password now?"),
            required=_("Enter your password as it is now"),
        )
        ask_for_new_password(self)


class PasswordAgainForm(account_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask(self, "password", _("What is your password?"), required=_("Enter your password"))
