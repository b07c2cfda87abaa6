"""How allauth fits the portal: its letters leave by our outbox, its words are ours."""

import time
from datetime import timedelta
from typing import Any, ClassVar
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.limits import network_of
from home.services import sign_in
from notifications.models import Recipient
from notifications.services import notify

CODES_WORK_FOR = timedelta(minutes=15)
NEWS_IS_GOOD_FOR = timedelta(days=3)


class AccountAdapter(DefaultAccountAdapter):
    """What allauth asks of the portal about accounts."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed."),
        "duplicate_email": _("This is already your e-mail address. Enter a different one."),
        "email_password_mismatch": _(
            "That e-mail address and password do not go together. Check both, or leave the "
            "password empty and we will e-mail you a code."
        ),
        "email_taken": _("Somebody already uses this e-mail address."),
        "enter_current_password": _("That is not your password now. Check it and type it again."),
        "incorrect_code": _("That code is not right. Check it and type it again."),
        "incorrect_password": _("That password is not right. Check it and type it again."),
        "max_email_addresses": _("You cannot add another e-mail address."),
        "same_as_current": _("This is already your e-mail address. Enter a different one."),
        "too_many_login_attempts": _("There were too many tries. Wait 5 minutes, then try again."),
        "rate_limited": _("There were too many tries. Wait 5 minutes, then try again."),
    }

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Keep the name that was typed, and the language the page was read in."""
        user.name = form.cleaned_data.get("name", "")
        user.language = _language_of_page()
        saved: User = super().save_user(request, user, form, commit=commit)
        return saved

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write an account letter into the outbox; it leaves when the request has committed."""
        now = timezone.now()
        lasts = CODES_WORK_FOR if "code" in context else NEWS_IS_GOOD_FOR
        notify(
            [_recipient(email)],
            "account/email/letter.txt",
            {
                **context,
                "email": email,
                "now": now,
                "address": settings.SITE_ADDRESS,
                "contact_email": settings.CONTACT_EMAIL,
                "subject_template": f"{template_prefix}_subject.txt",
                "message_template": f"{template_prefix}_message.txt",
            },
            once=f"{template_prefix}:{uuid4()}",
            valid_until=now + lasts,
            is_private=True,
            now=now,
        )

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        sign_in.note_seen(request.session, now=timezone.now())

    def get_client_ip(self, request: HttpRequest) -> str:
        """For limits: one household or library has a whole block of the new, long addresses."""
        return network_of(super().get_client_ip(request))

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who signed up or signed in within the last minutes has just shown who they are.

        Who has neither password nor second step can show it only by signing in anew: allauth would
        let them pass, and whoever sits down at their browser with them.
        """
        user = self.request.user
        signed_in = get_authentication_records(self.request, user)
        shown_at = max(user.date_joined.timestamp(), signed_in[-1]["at"] if signed_in else 0)
        if time.time() - shown_at < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
            return False
        if not self.get_reauthentication_methods(user):
            raise ImmediateHttpResponse(self._sign_in_again())
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def _sign_in_again(self) -> HttpResponse:
        there = self.request.path
        logout(self.request)
        messages.info(self.request, _("Sign in again before you change your account."))
        return redirect_to_login(there, reverse(settings.LOGIN_URL))

    def send_account_already_exists_mail(self, email: str) -> None:
        """Tell the owner, taking as long as a real sign-up takes, so the clock tells nobody."""
        if self.request.POST.get("password1"):
            User().set_password(get_random_string(20))
        super().send_account_already_exists_mail(email)


class SecondStepAdapter(DefaultMFAAdapter):
    """What allauth says to people about the second step."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "cannot_generate_recovery_codes": _(
            "Set up an authenticator app or a passkey first. Then you can have spare codes."
        ),
        "incorrect_code": _("That code is not right. Check it and type it again."),
        "unverified_email": _("Confirm your e-mail address first. Then set up the second step."),
    }

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        how_many = Authenticator.objects.filter(user=user, type=type).count()
        return gettext("My device %(number)s") % {"number": how_many + 1}


def _recipient(email: str) -> Recipient:
    """Whose address this is. A stranger is greeted without a name, in the language of the page.

    A name typed at sign-up is not put into a letter before the address is confirmed: else anybody
    could have us send words of theirs to anybody.
    """
    addresses = EmailAddress.objects.filter(email__iexact=email).select_related("user")
    known = addresses.order_by("-verified", "-primary", "pk").first()
    if known is None:
        return Recipient(address=email, language=_language_of_page())
    return Recipient(
        address=email,
        language=known.user.language,
        name=known.user.name if known.verified else "",
        user=known.user,
    )


def _language_of_page() -> str:
    """The language the person chose, though the page itself may have come in English."""
    chosen = getattr(context.request, "language_asked_for", None) or get_language()
    wanted = (chosen or settings.LANGUAGE_CODE).split("-")[0]
    return wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
