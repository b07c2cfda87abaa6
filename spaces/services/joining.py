"""Asking somebody to act for a group, or to take it over, and what they answer."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from anchors.models import Mandate
from audit.services import record
from core.clock import day_ends, london
from core.secret_links import hash_of, new_secret
from notifications.models import Recipient
from notifications.services import forget_addresses, notify, withdraw
from spaces import permissions
from spaces.models import Hirer, Invitation
from spaces.models.invitations import GOOD_FOR, InvitationQuerySet
from spaces.services import strangers, telling
from spaces.services.people import (
    current,
    end,
    forget,
    give,
    queue,
    stop_answering,
    take_back_sent,
)

Kind = Mandate.Kind
State = Invitation.State
SenderThen = Invitation.SenderThen

A_DAY = timedelta(days=1)


def open_invitations(hirer: Hirer, *, now: datetime) -> InvitationQuerySet:
    """Who was asked and has not answered yet, oldest first."""
    return hirer.invitations.open(now).select_related("invited_by").order_by("invited_at", "pk")


def hand_overs_to(user: User, *, now: datetime) -> InvitationQuerySet:
    """The groups that this person is asked to take over, and belongs to still."""
    asked = Invitation.objects.open(now).with_people().exclude(sender_then=SenderThen.STAYS)
    mine = asked.filter(email=user.email, hirer__in=Hirer.objects.of_member(user))
    return mine.order_by("invited_at", "pk")


def hand_over_to(user: User, hirer: Hirer, *, now: datetime) -> Invitation | None:
    """The hand-over of this group that waits for this person, if there is one."""
    return hand_overs_to(user, now=now).filter(hirer=hirer).first()


@transaction.atomic
def invite(hirer: Hirer, *, email: str, kind: str, by: User, now: datetime) -> Invitation:
    """Ask somebody to act for the group; a letter goes to the address.

    Raises ValidationError: "belongs" if somebody with this address is in the group, "invited" if
    they have been asked, "too_many" if the group, or this person for groups that are not approved,
    has asked many people in a day.
    """
    permissions.check_may_invite(by, hirer)
    email = email.lower()
    queue(hirer)
    if current(hirer, london(now).date()).filter(user__email=email).exists():
        raise ValidationError(_("This person belongs to the group."), code="belongs")
    strangers.check_one_more(hirer, by=by, now=now)
    invitation, secret = _ask(hirer, email=email, kind=kind, by=by, now=now)
    record("spaces.colleague_invited", hirer, by=by, kind=kind)
    _write(invitation, "invitation", [Recipient(address=email)], secret=secret, now=now)
    return invitation


@transaction.atomic
def offer_hand_over(
    mandate: Mandate, *, hirer: Hirer, sender_then: str, by: User, now: datetime
) -> Invitation:
    """Ask a member of the group to take over from the manager who asks.

    Raises ValidationError: "not_from_here" if they left the group since, or are a manager;
    "invited" if they have been asked already.
    """
    permissions.check_manages(by, hirer)
    queue(hirer)
    asked = current(hirer, london(now).date()).filter(pk=mandate.pk, kind=Kind.MEMBER).first()
    if asked is None or asked.user_id == by.pk or not asked.user.is_active:
        raise ValidationError(_("Only a member of the group can take over."), code="not_from_here")
    invitation, secret = _ask(
        hirer,
        email=asked.user.email,
        kind=Kind.MANAGER,
        by=by,
        now=now,
        sender_then=SenderThen(sender_then),
    )
    record("spaces.hand_over_offered", hirer, by=by, user=asked.user_id)
    _write(invitation, "hand_over", [Recipient.of(asked.user)], secret=secret, now=now)
    return invitation


def find_invitation(secret: str, *, now: datetime) -> Invitation | None:
    """The invitation behind the link of a letter, if it can still be answered."""
    return Invitation.objects.open(now).with_people().behind(secret).first()


def group_joined(secret: str, *, by: User) -> Hirer | None:
    """The group of the invitation behind a link, if this person said yes to it and is in it today."""
    found = Invitation.objects.with_people().behind(secret).first()
    return found.hirer if found is not None and said_yes(found, by=by) else None


def said_yes(invitation: Invitation, *, by: User) -> bool:
    """Say whether this person accepted it, before or at this moment, and belongs to the group today."""
    accepted = Invitation.objects.filter(pk=invitation.pk, state=State.ACCEPTED, ended_by=by)
    return accepted.exists() and permissions.belongs_to(by, invitation.hirer)


def took_over(user: User, hirer: Hirer) -> bool:
    """Say whether this person has taken the group over from somebody, and belongs to it today."""
    accepted = hirer.invitations.filter(state=State.ACCEPTED, ended_by=user)
    handed_over = accepted.exclude(sender_then=SenderThen.STAYS)
    return handed_over.exists() and permissions.belongs_to(user, hirer)


def is_for(invitation: Invitation, user: User) -> bool:
    """Say whether this person has shown that the address invited is theirs."""
    # Compared letter by letter: Postgres and Python do not agree on the small letter of every sign.
    shown = EmailAddress.objects.filter(user=user, verified=True, email=invitation.email)
    return user.is_active and shown.exists()


@transaction.atomic
def accept_invitation(invitation: Invitation, *, by: User, now: datetime) -> Hirer:
    """Let this person act for the group from now on; whoever handed over ends in the same step.

    Raises PermissionDenied if the invitation is somebody else's, and ValidationError
    "not_from_here" if it cannot be accepted any more.
    """
    invitation = _for_answer(invitation, by=by, now=now)
    hirer, sender, today = invitation.hirer, invitation.invited_by, london(now).date()
    if not sender.is_active or not permissions.may_invite(sender, hirer):
        # Who lost the right to invite has not kept it in letters sent before.
        raise _not_any_more()
    if invitation.hands_over and not current(hirer, today).filter(user=by).exists():
        raise _not_any_more()

    _end_invitation(invitation, State.ACCEPTED, by=by, now=now)
    give(hirer, by, Kind(invitation.kind), today=today)
    if invitation.hands_over:
        end(hirer, sender, today=today)
        take_back_sent(hirer, sender, by=by, now=now)
        stop_answering(hirer, sender)
        if invitation.sender_then == SenderThen.MEMBER:
            give(hirer, sender, Kind.MEMBER, today=today)
        else:
            forget(hirer, sender, now=now)

    record("spaces.invitation_accepted", hirer, by=by, kind=invitation.kind)
    if invitation.hands_over:
        record("spaces.handed_over", hirer, by=sender, user=by.pk)
    _write(invitation, "invitation_accepted", [Recipient.of(sender)], now=now, person=by)
    return hirer


@transaction.atomic
def decline_invitation(invitation: Invitation, *, by: User, now: datetime) -> None:
    """Say no; whoever asked is told. Raises as `accept_invitation` does."""
    invitation = _for_answer(invitation, by=by, now=now)
    _end_invitation(invitation, State.DECLINED, by=by, now=now)
    record("spaces.invitation_declined", invitation.hirer, by=by)
    sender = Recipient.of(invitation.invited_by)
    _write(invitation, "invitation_declined", [sender], now=now, person=by)


@transaction.atomic
def withdraw_invitation(invitation: Invitation, *, by: User, now: datetime) -> None:
    """Take an invitation back: its link opens nothing from now on, and its letter stays if it waits.

    Raises ValidationError "not_from_here" if it was answered or taken back before.
    """
    permissions.check_may_invite(by, invitation.hirer)
    invitation = _locked(invitation, now=now)
    _end_invitation(invitation, State.WITHDRAWN, by=by, now=now)
    forget_addresses(telling.about(invitation))
    record("spaces.invitation_withdrawn", invitation.hirer, by=by)


def forget_unanswered(*, now: datetime) -> int:
    """Forget the addresses of people who did not answer in time; return how many."""
    return _expire(Invitation.objects.run_out(now))


@transaction.atomic
def _expire(run_out: InvitationQuerySet) -> int:
    """The address goes from the letter too."""
    gone = list(run_out.select_for_update(of=("self",)))
    forget_addresses(*(telling.about(invitation) for invitation in gone))
    these = Invitation.objects.filter(pk__in=[invitation.pk for invitation in gone])
    return these.update(state=State.EXPIRED, email="")


def _ask(
    hirer: Hirer,
    *,
    email: str,
    kind: str,
    by: User,
    now: datetime,
    sender_then: Invitation.SenderThen = SenderThen.STAYS,
) -> tuple[Invitation, str]:
    """Write the invitation down, under the lock of the group; give it and the secret of its link."""
    _expire(hirer.invitations.run_out(now))
    if hirer.invitations.open(now).filter(email=email).exists():
        raise ValidationError(
            _("This person has been asked and has not answered yet."), code="invited"
        )
    if (
        hirer.invitations.filter(invited_at__gt=now - A_DAY).count()
        >= settings.MOST_INVITATIONS_A_DAY
    ):
        raise ValidationError(
            _("Your group has invited many people today. Try again tomorrow."), code="too_many"
        )
    secret = new_secret()
    invitation = Invitation.objects.create(
        hirer=hirer,
        email=email,
        kind=kind,
        sender_then=sender_then,
        link_hash=hash_of(secret),
        invited_by=by,
        invited_at=now,
        expires_at=day_ends(now + GOOD_FOR),
    )
    return invitation, secret


def _locked(invitation: Invitation, *, now: datetime) -> Invitation:
    """The invitation as it is now: every answer to it queues too. Raises ValidationError if it is over."""
    queue(invitation.hirer)
    found = Invitation.objects.open(now).with_people().filter(pk=invitation.pk).first()
    if found is None:
        raise _not_any_more()
    return found


def _for_answer(invitation: Invitation, *, by: User, now: datetime) -> Invitation:
    invitation = _locked(invitation, now=now)
    if not is_for(invitation, by):
        raise PermissionDenied(_("This invitation went to another e-mail address than yours."))
    return invitation


def _not_any_more() -> ValidationError:
    return ValidationError(
        _("This invitation does not hold any more. Ask the group for a new one."),
        code="not_from_here",
    )


def _end_invitation(
    invitation: Invitation, state: Invitation.State, *, by: User, now: datetime
) -> None:
    invitation.state, invitation.email = state, ""
    invitation.ended_by, invitation.ended_at = by, now
    invitation.save(update_fields=["state", "email", "ended_by", "ended_at"])
    withdraw(telling.about(invitation))


def _write(
    invitation: Invitation,
    template: str,
    recipients: list[Recipient],
    *,
    now: datetime,
    secret: str = "",
    person: User | None = None,
) -> None:
    address = telling.full_address(invitation.hirer)
    if secret:
        address = settings.SITE_ADDRESS + reverse("spaces:invitation", args=[secret])
    notify(
        recipients,
        f"spaces/email/{template}.txt",
        {
            "invitation": invitation,
            "hirer": invitation.hirer,
            "address": address,
            "person": person,
            "until": london(invitation.expires_at).date(),
        },
        once=f"spaces.{template}:{invitation.pk}",
        about=telling.about(invitation),
        valid_until=invitation.expires_at if secret else None,
        is_private=bool(secret),
        now=now,
    )
