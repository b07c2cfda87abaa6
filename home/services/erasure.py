"""Taking a person out of everything, when they ask for it. What was done stays, under no name."""

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from accounts.models import ProgrammeRole, User
from anchors.models import Mandate
from audit.services import record
from core.clock import london
from core.models import held_on
from home.services import roles
from housing.models import Seat
from notifications.models import Message
from spaces.models import SiteManager

NOWHERE = "@erased.invalid"
"""No mail ever leaves for it: the ending is reserved for that."""


@transaction.atomic
def erase_person(user: User, *, by: User, now: datetime) -> None:
    """Close an account for ever and take the person's name and addresses out of every table.

    Bookings, decisions, updates and records stay and say that somebody did them who has left. What
    the person was and for whom they acted ends. Words that others typed themselves, such as the
    responsible adult of a group, are not searched.

    Raises ValidationError for one's own account, for one that is erased already, or if nobody would
    be left to give roles.
    """
    roles.close_account(user, by=by, now=now)
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if user.erased_at is not None:
        raise ValidationError(_("This person is erased already."), code="not_from_here")

    addresses = {
        user.email,
        *EmailAddress.objects.filter(user=user).values_list("email", flat=True),
    }
    for part in _parts_of(user, now=now):
        roles.end_part(part, now=now)
    _empty_letters(Message.objects.filter(Q(user=user) | Q(address__in=addresses)))
    # The administrators' own pages keep the names of what they changed.
    named = Q(object_repr__icontains=user.email)
    LogEntry.objects.filter(
        named | Q(object_repr__icontains=user.name) if user.name else named
    ).update(object_repr="")
    for secret in (EmailAddress, Authenticator, UserSession):
        secret.objects.filter(user=user).delete()
    user.set_unusable_password()
    user.email, user.name, user.language = f"{user.pk}{NOWHERE}", "", "en"
    user.erased_at = now
    user.save()
    record("accounts.person_erased", user, by=by)


def _parts_of(user: User, *, now: datetime) -> list[roles.Part]:
    day = london(now).date()
    return [
        *ProgrammeRole.objects.current(day).filter(user=user),
        *Mandate.objects.current(day).filter(user=user),
        *Seat.objects.filter(held_on(day), held_by=user),
        *SiteManager.objects.current(day).filter(user=user),
    ]


def _empty_letters(letters: QuerySet[Message]) -> None:
    """What waits goes nowhere; that something was said, and when, can still be told."""
    letters.filter(state__in=[Message.State.WAITING, Message.State.FAILED]).update(
        state=Message.State.WITHDRAWN
    )
    # One address each, because nobody is told the same thing twice at one address.
    letters.update(
        address=Concat(Cast(F("pk"), CharField()), Value(NOWHERE)), body="", subject="", calendar=""
    )
