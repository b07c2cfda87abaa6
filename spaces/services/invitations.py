"""Inviting groups to register, and what becomes of the invitations."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from psycopg import errors

from accounts.models import User
from audit.services import record
from core.clock import day_ends, london
from core.secret_links import hash_of, new_secret
from notifications.models import Message, Recipient
from notifications.services import notify, withdraw
from spaces import permissions, rules
from spaces.models import Hirer, HirerInvitation, Space
from spaces.services import telling

State = HirerInvitation.State


@transaction.atomic
def invite_hirer(
    *,
    by: User,
    now: datetime,
    group_name: str,
    email: str,
    message: str = "",
    space: Space | None = None,
) -> HirerInvitation:
    """Write to a group with a link to register; the link holds a secret and nothing else.

    No address is written to twice in a week. Whoever may not know of the other invitation has
    theirs noted down all the same, and no letter goes: whom another site invites is not for them.

    Raises ValidationError "invited_lately" if `by` may know that this address was invited during
    the last week, "registered_already" if `by` may know that its group is, and "too_many" if this person has
    invited enough for one day.
    """
    permissions.check_may_invite_groups(by, space)
    # One person's invitations are counted one at a time, so they queue here.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    today, secret = london(now).date(), new_secret()
    rules.invitations.check_one_more_today(
        HirerInvitation.objects.filter(invited_by=by, sent_on=today).count()
    )
    rules.invitations.check_not_registered(_group_of(email, known_to=by))
    invitation = HirerInvitation(
        secret_hash=hash_of(secret),
        group_name=group_name,
        email=email.lower(),
        message=message,
        space=space,
        invited_by=by,
        sent_on=today,
        again_from=today + rules.invitations.QUIET_FOR,
        expires_at=day_ends(now + rules.invitations.GOOD_FOR),
    )
    lately = HirerInvitation.objects.visible_to(by).filter(
        email=invitation.email, sent_on__gt=today - rules.invitations.QUIET_FOR
    )
    if lately.exists():
        raise rules.invitations.invited_lately()
    is_quiet = not _saved(invitation)
    if is_quiet:
        if lately.exists():
            raise rules.invitations.invited_lately()
        # Written down without a letter, so it keeps nobody else from writing.
        invitation.again_from = today
        invitation.save()
    record("spaces.hirer_invited", invitation, by=by)
    if is_quiet:
        return invitation
    notify(
        [Recipient(address=invitation.email)],
        "spaces/email/hirer_invited.txt",
        {
            "invitation": invitation,
            "address": settings.SITE_ADDRESS + reverse("spaces:hirer_invitation", args=[secret]),
            "space_address": telling.full_address(space) if space else "",
        },
        once=f"spaces.hirer_invited:{invitation.uuid}",
        about=telling.about(invitation),
        valid_until=invitation.expires_at,
        is_private=True,
        now=now,
    )
    return invitation


def _saved(invitation: HirerInvitation) -> bool:
    """Save it, unless its address was written to during the last week; say whether it was."""
    try:
        with transaction.atomic():
            invitation.save()
    except IntegrityError as problem:
        if isinstance(problem.__cause__, errors.ExclusionViolation):
            return False
        raise
    return True


@transaction.atomic
def withdraw_hirer_invitation(invitation: HirerInvitation, *, by: User, now: datetime) -> None:
    """Make the link useless. Raises ValidationError if the invitation is over already."""
    permissions.check_may_invite_groups(by, invitation.space)
    invitation = _locked(invitation)
    rules.invitations.check_may_be_withdrawn(invitation)
    _end(invitation, State.WITHDRAWN, now=now)
    withdraw(telling.about(invitation))
    record("spaces.invitation_withdrawn", invitation, by=by)


def accept_hirer_invitation(
    invitation: HirerInvitation, hirer: Hirer, *, by: User, now: datetime
) -> None:
    """Note which group came of an invitation. One that ended meanwhile keeps nobody from registering.

    Called in the transaction that registers the group.
    """
    invitation = _locked(invitation)
    if invitation.is_good(now):
        invitation.hirer = hirer
        _end(invitation, State.ACCEPTED, now=now)
        record("spaces.invitation_accepted", invitation, by=by)


def find_hirer_invitation(secret: str) -> HirerInvitation | None:
    """The invitation that a link opens, whatever became of it; None if there was never one."""
    return HirerInvitation.objects.behind(secret).select_related("space__site").first()


@transaction.atomic
def look_after_invitations(*, now: datetime) -> int:
    """End what was not answered in time, and forget addresses whose time is over; return how many.

    The letters go with the addresses, which stand on them too.
    """
    ran_out = HirerInvitation.objects.run_out(now)
    ended = ran_out.update(state=State.EXPIRED, ended_at=now, updated_at=now)
    forgotten = list(HirerInvitation.objects.to_forget(now).select_for_update(of=("self",)))
    Message.objects.filter(about__in=[telling.about(one) for one in forgotten]).delete()
    HirerInvitation.objects.filter(pk__in=[one.pk for one in forgotten]).update(
        email="", message="", updated_at=now
    )
    return ended + len(forgotten)


def _group_of(email: str, *, known_to: User) -> Hirer | None:
    """A group of whoever has this address. Those who run a site do not learn who is in which group."""
    person = User.objects.filter(email__iexact=email).first()
    if person is None:
        return None
    return Hirer.objects.visible_to(known_to).of_member(person).with_people().order_by("pk").first()


def _locked(invitation: HirerInvitation) -> HirerInvitation:
    """As it stands now: registering, withdrawing and running out queue here."""
    locked = HirerInvitation.objects.select_for_update(no_key=True, of=("self",))
    return locked.select_related("space").get(pk=invitation.pk)


def _end(invitation: HirerInvitation, state: State, *, now: datetime) -> None:
    invitation.state, invitation.ended_at = state, now
    invitation.save()
