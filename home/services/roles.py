"""Who holds which role or seat, who acts for whom, and whose account is open."""

from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import ProgrammeRole, User
from anchors.models import Mandate, Organisation
from audit.services import record
from core.clock import london
from home.services import sign_in
from housing.models import Seat
from notifications.models import Recipient
from notifications.services import notify
from spaces.models import SiteManager
from spaces.services import end_feeds

Role = ProgrammeRole.Role
Part = ProgrammeRole | Mandate | Seat | SiteManager


@transaction.atomic
def give_role(user: User, role: str, *, by: User, now: datetime) -> ProgrammeRole:
    """Give somebody a role in the programme, from today.

    Raises ValidationError if they hold it already.
    """
    _check_may(by)
    _queue(user)
    held = ProgrammeRole(user=user, role=role, starts_on=london(now).date(), given_by=by)
    held.full_clean()
    held.save()
    record("accounts.role_given", held, by=by, role=role, user=user.pk)
    _tell("role_given", user, held.get_role_display(), held, now=now)
    return held


@transaction.atomic
def give_mandate(
    user: User, organisation: Organisation, kind: str, *, by: User, now: datetime
) -> Mandate:
    """Let somebody act for an organisation, from today.

    Raises ValidationError if they do so already.
    """
    _check_may(by)
    _queue(user)
    held = Mandate(user=user, organisation=organisation, kind=kind, starts_on=london(now).date())
    held.full_clean()
    held.save()
    record("anchors.mandate_given", held, by=by, kind=kind, user=user.pk)
    part = f"{held.get_kind_display()}: {organisation}"
    _tell("role_given", user, part, held, now=now)
    return held


@transaction.atomic
def give_seat(seat: Seat, *, by: User, now: datetime) -> None:
    """Give an organisation or a community a seat in the Coalition, from today; somebody may sit there."""
    _check_may(by)
    seat.starts_on = london(now).date()
    seat.full_clean()
    seat.save()
    record("housing.seat_given", seat, by=by, part=seat.part, user=seat.held_by_id)
    _tell_who_sits(seat, "role_given", now=now)


@transaction.atomic
def end_role(held: ProgrammeRole, *, by: User, now: datetime) -> None:
    """End a role now: from the next request on it opens nothing.

    Raises ValidationError if it has ended, or if nobody would be left to give roles.
    """
    _check_may(by)
    if held.role == Role.ADMINISTRATOR:
        _check_an_administrator_stays(without=held.user, now=now)
    end_part(held, now=now)
    record("accounts.role_ended", held, by=by, role=held.role, user=held.user_id)
    _tell("role_ended", held.user, held.get_role_display(), held, now=now)


@transaction.atomic
def end_mandate(held: Mandate, *, by: User, now: datetime) -> None:
    """End a mandate now: from the next request on it opens nothing.

    Raises ValidationError if it has ended.
    """
    _check_may(by)
    end_part(held, now=now)
    end_feeds(held.user, organisation=held.organisation, now=now)
    record("anchors.mandate_ended", held, by=by, kind=held.kind, user=held.user_id)
    part = f"{held.get_kind_display()}: {held.organisation}"
    _tell("role_ended", held.user, part, held, now=now)


@transaction.atomic
def end_seat(seat: Seat, *, by: User, now: datetime) -> None:
    """End a seat now: from the next request on it opens nothing to whoever sat there.

    Raises ValidationError if it has ended.
    """
    _check_may(by)
    end_part(seat, now=now)
    record("housing.seat_ended", seat, by=by, part=seat.part, user=seat.held_by_id)
    _tell_who_sits(seat, "role_ended", now=now)


@transaction.atomic
def close_account(user: User, *, by: User, now: datetime) -> None:
    """Nobody can sign in with it any more, and who is signed in is out on the next request.

    Raises ValidationError for one's own account, or if nobody would be left to give roles.
    """
    _check_may(by)
    if user.pk == by.pk:
        raise ValidationError(_("You cannot close your own account."), code="own_account")
    _check_an_administrator_stays(without=user, now=now)
    User.objects.filter(pk=user.pk).update(is_active=False)
    sign_in.end_sessions(user)
    end_feeds(user, now=now)
    record("accounts.account_closed", user, by=by)


@transaction.atomic
def open_account(user: User, *, by: User) -> None:
    """Let them sign in again. Raises ValidationError when the person was erased."""
    _check_may(by)
    if User.objects.filter(pk=user.pk, erased_at__isnull=False).exists():
        raise ValidationError(_("This person is erased, so nobody can sign in."), code="erased")
    User.objects.filter(pk=user.pk).update(is_active=True)
    record("accounts.account_opened", user, by=by)


@transaction.atomic
def forget_second_step(user: User, *, by: User, now: datetime) -> None:
    """For somebody who lost phone and spare codes: they set the second step up anew.

    Whoever does this has made sure who asks. Raises ValidationError for oneself, or if there is none.
    """
    _check_may(by)
    if user.pk == by.pk:
        raise ValidationError(
            _("Change your own second step on the pages of your account."), code="own_account"
        )
    known = Authenticator.objects.filter(user=user)
    if not known.exists():
        raise ValidationError(_("There is no second step to take off."), code="not_from_here")
    known.delete()
    sign_in.end_sessions(user)
    happened = record("accounts.second_step_forgotten", user, by=by)
    notify(
        [Recipient.of(user)],
        "home/email/second_step_forgotten.txt",
        {
            "address": settings.SITE_ADDRESS + reverse("mfa_index"),
            "contact_email": settings.CONTACT_EMAIL,
        },
        once=f"home.second_step_forgotten:{happened.pk}",
        now=now,
    )


def _check_may(by: User) -> None:
    if not by.holds(Role.ADMINISTRATOR):
        raise PermissionDenied


def _check_an_administrator_stays(*, without: User, now: datetime) -> None:
    """Refuse if nobody but this person could give roles."""
    roles = ProgrammeRole.objects.current(london(now).date()).filter(role=Role.ADMINISTRATOR)
    administrators = User.objects.filter(is_active=True, roles__in=roles).order_by("pk")
    # Two who end each other must not both succeed, so everybody queues here, in one order.
    list(administrators.select_for_update(no_key=True, of=("self",)))
    # Asked only now: whoever was first in the queue may have ended somebody.
    if not administrators.exclude(pk=without.pk).exists():
        raise ValidationError(
            _("The portal needs an administrator. Give somebody else that role first."),
            code="last_administrator",
        )


def _queue(user: User) -> None:
    """One role is given to a person at a time, so that none is given twice."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def end_part(held: Part, *, now: datetime) -> None:
    """End something that is held, without a word to anybody; the services above say it too.

    The day of the end counts as held, so what ends now was last held yesterday.

    What began today never held on a whole day: it goes, and the audit record of it stays. Of a
    mandate the row stays as well, for who belonged to a group once does not decide about it.
    """
    today = london(now).date()
    locked = type(held).objects.select_for_update(of=("self",)).filter(pk=held.pk).first()
    if locked is None or (locked.ends_on and locked.ends_on < today):
        raise ValidationError(_("This has ended already."), code="not_from_here")
    held.ends_on = today - timedelta(days=1)
    if held.starts_on >= today + timedelta(days=isinstance(held, Mandate)):
        type(held).objects.filter(pk=held.pk).delete()
    else:
        held.save(update_fields=["ends_on"])


def _tell_who_sits(seat: Seat, fact: str, *, now: datetime) -> None:
    if seat.held_by:
        place = _("the Health and Housing Coalition")
        _tell(fact, seat.held_by, f"{seat.get_part_display()}: {place}", seat, now=now)


def _tell(fact: str, user: User, part: str, held: Part, *, now: datetime) -> None:
    notify(
        [Recipient.of(user)],
        f"home/email/{fact}.txt",
        {"part": part, "address": settings.SITE_ADDRESS + reverse("home:waiting")},
        once=f"home.{fact}:{held._meta.label_lower}:{held.pk}",
        about=f"{held._meta.label_lower}:{held.pk}",
        now=now,
    )
