"""Sessions that a test makes without going through the sign-in pages."""

import time
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, user_logged_in
from django.contrib.sessions.backends.db import SessionStore
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from home.services import sign_in

AN_HOUR = 60 * 60
"""They signed in a while ago: long enough to be asked again before they change their account."""


@receiver(user_logged_in)
def second_step_shown(sender: Any, request: HttpRequest, user: User, **also: Any) -> None:
    """The pages ask for the second step before they sign in; `force_login` passes them by."""
    _as_the_pages_would(request, user)


def session_of(person: User) -> str:
    """The key of a session of this person, as the sign-in pages would leave it."""
    request = HttpRequest()
    request.session = SessionStore()
    request.session[SESSION_KEY] = str(person.pk)
    request.session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    request.session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    _as_the_pages_would(request, person)
    request.session.create()
    return str(request.session.session_key)


def _as_the_pages_would(request: HttpRequest, person: User) -> None:
    request.session[sign_in.SEEN] = int(time.time())
    if sign_in.has_second_step(person):
        record_authentication(request, person, "mfa", type="totp", at=time.time() - AN_HOUR)
