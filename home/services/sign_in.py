"""What a session has shown of the person who holds it: a second step, and that they are still there.

That somebody *has* a second step says nothing of who sits at this browser. So each session of
staff shows it for itself, and one that nobody uses ends.
"""

from datetime import datetime, timedelta

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from accounts.models import User

SECOND_STEPS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
"""Spare codes alone are none."""
IDLE_AFTER = timedelta(minutes=30)
NOTED_EVERY = timedelta(minutes=5)
"""So that a page is not also a write."""
SEEN = "seen_at"


def has_second_step(user: User) -> bool:
    return bool(is_mfa_enabled(user, SECOND_STEPS))


def has_shown_second_step(request: HttpRequest, user: User) -> bool:
    """Say whether a code or a passkey was given in this very session."""
    return any(shown["method"] == "mfa" for shown in get_authentication_records(request, user))


def note_second_step(request: HttpRequest, user: User, kind: str) -> None:
    """Whoever sets a second step up has just shown it, and need not do so again at once."""
    record_authentication(request, user, "mfa", type=kind, reauthenticated=True)


def note_as_the_pages_would(request: HttpRequest, user: User) -> None:
    """For the demonstration's one click, which passes the pages of the sign-in by."""
    note_second_step(request, user, "demonstration")
    UserSession.objects.create_from_request(request)


def note_seen(session: SessionBase, *, now: datetime) -> None:
    seen = session.get(SEEN, 0)
    if now.timestamp() - seen > NOTED_EVERY.total_seconds():
        session[SEEN] = int(now.timestamp())


def is_idle(session: SessionBase, *, now: datetime) -> bool:
    """Say whether nobody has opened a page in this session for half an hour."""
    seen = session.get(SEEN)
    return seen is not None and now.timestamp() - seen > IDLE_AFTER.total_seconds()


def end_sessions(user: User) -> None:
    """Sign somebody out wherever they are signed in."""
    for session in UserSession.objects.filter(user=user):
        session.end()
