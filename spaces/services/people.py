"""Who acts for a group: inviting, accepting, handing over, changing, leaving.

Every act that could leave a group without a manager queues at the group's row.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from anchors.models import Mandate, MandateQuerySet
from audit.services import record
from core.clock import london
from core.secret_links import hash_of, new_secret
from notifications.models import Recipient
from notifications.services import notify, withdraw
from spaces import permissions
from spaces.models import Hirer, Invitation
from spaces.models.hirers import GROUP_KINDS
from spaces.models.invitations import GOOD_FOR, InvitationQuerySet
from spaces.services import audience, feeds, telling

Kind = Mandate.Kind
State = Invitation.State
SenderThen = Invitation.SenderThen

A_DAY = timedelta(days=1)


def people_of(hirer: Hirer, *, today: date) -> list[Mandate]:
    """Who belongs to a group today, managers first; each person once."""
    mandates = _current(hirer, today).select_related("user")
    once: dict[int, Mandate] = {}
    # "manager" comes before "member" in the alphabet too.
    for mandate in mandates.order_by("kind", "user__name", "pk"):
        once.setdefault(mandate.user_id, mandate)
    return list(once.values())


def has_manager(people: Iterable[Mandate]) -> bool:
    """Say whether one of these people can look after the group."""
    return any(one.kind == Kind.MANAGER and one.user.is_active for one in people)


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
    they have been asked, "too_many" if the group has asked many people in a day.
    """
    permissions.check_may_invite(by, hirer)
    email = email.lower()
    _queue(hirer)
    if _current(hirer, london(now).date()).filter(user__email=email).exists():
        raise ValidationError(_("This person belongs to the group."), code="belongs")
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
    _queue(hirer)
    asked = _current(hirer, london(now).date()).filter(pk=mandate.pk, kind=Kind.MEMBER).first()
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
    if invitation.hands_over and not _current(hirer, today).filter(user=by).exists():
        raise _not_any_more()

    _end_invitation(invitation, State.ACCEPTED, by=by, now=now)
    _give(hirer, by, Kind(invitation.kind), today=today)
    if invitation.hands_over:
        _end(hirer, sender, today=today)
        if invitation.sender_then == SenderThen.MEMBER:
            _give(hirer, sender, Kind.MEMBER, today=today)
        else:
            _forget(hirer, sender, now=now)

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
    record("spaces.invitation_withdrawn", invitation.hirer, by=by)


@transaction.atomic
def change_kind(mandate: Mandate, kind: str, *, hirer: Hirer, by: User, now: datetime) -> None:
    """Make a member a manager, or a manager a member.

    Raises ValidationError: "not_from_here" if they left or are that already, "last_manager" if
    nobody else would manage the group.
    """
    permissions.check_manages(by, hirer)
    _change_kind(mandate, Kind(kind), hirer=hirer, by=by, now=now)
    record("spaces.membership_changed", hirer, by=by, user=mandate.user_id, kind=kind)
    if mandate.user != by:
        _tell_of_kind(mandate.user, hirer, kind, now=now)


@transaction.atomic
def appoint_manager(mandate: Mandate, *, hirer: Hirer, by: User, now: datetime, why: str) -> None:
    """Programme staff make a member the manager of a group that could not do so itself.

    Everybody who manages the group, and the new manager, are told. Raises ValidationError
    "not_from_here" if the person left, or manages the group already.
    """
    permissions.check_may_appoint(by, hirer)
    _change_kind(mandate, Kind.MANAGER, hirer=hirer, by=by, now=now)
    happened = record("spaces.manager_appointed", hirer, by=by, user=mandate.user_id, why=why)
    notify(
        audience.managers_of_group(hirer, london(now).date()),
        "spaces/email/manager_appointed.txt",
        {"hirer": hirer, "person": mandate.user, "address": telling.full_address(hirer)},
        once=f"spaces.manager_appointed:{happened.pk}",
        about=telling.about(hirer),
        now=now,
    )


@transaction.atomic
def end_membership(mandate: Mandate, *, hirer: Hirer, by: User, now: datetime) -> None:
    """Take somebody out of a group, or leave it; from the next request on they see nothing of it.

    Raises ValidationError: "last_manager" if the group would be left without a manager,
    "not_from_here" if they have left.
    """
    if mandate.user_id != by.pk:
        permissions.check_manages(by, hirer)
    today, mandate_id, user = london(now).date(), mandate.pk, mandate.user
    _queue(hirer)
    if not _current(hirer, today).filter(pk=mandate_id).exists():
        raise ValidationError(_("This person has left the group already."), code="not_from_here")
    _check_a_manager_stays(hirer, without=user, today=today)
    _end(hirer, user, today=today)
    _forget(hirer, user, now=now)
    record("spaces.membership_ended", hirer, by=by, user=user.pk)
    if user != by:
        notify(
            [Recipient.of(user)],
            "spaces/email/membership_ended.txt",
            {"hirer": hirer},
            once=f"spaces.membership_ended:{mandate_id}",
            about=telling.about(hirer),
            now=now,
        )


def forget_unanswered(*, now: datetime) -> int:
    """Forget the addresses of people who did not answer in time; return how many."""
    run_out = Invitation.objects.run_out(now)
    return run_out.update(state=State.EXPIRED, email="")


def _current(hirer: Hirer, today: date) -> MandateQuerySet:
    mandates = Mandate.objects.current(today)
    return mandates.filter(organisation=hirer.organisation_id, kind__in=GROUP_KINDS)


def _queue(hirer: Hirer) -> None:
    """Two managers who take each other out must not both succeed, so they queue here."""
    Hirer.objects.select_for_update(no_key=True, of=("self",)).get(pk=hirer.pk)


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
    hirer.invitations.run_out(now).update(state=State.EXPIRED, email="")
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
        expires_at=now + GOOD_FOR,
    )
    return invitation, secret


def _locked(invitation: Invitation, *, now: datetime) -> Invitation:
    """The invitation as it is now: every answer to it queues too. Raises ValidationError if it is over."""
    _queue(invitation.hirer)
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


def _change_kind(mandate: Mandate, kind: Kind, *, hirer: Hirer, by: User, now: datetime) -> None:
    today = london(now).date()
    _queue(hirer)
    held = _current(hirer, today).filter(user=mandate.user_id)
    if not held.filter(pk=mandate.pk).exists() or not mandate.user.is_active:
        raise ValidationError(_("This person has left the group already."), code="not_from_here")
    if held.filter(kind=Kind.MANAGER).exists() == (kind == Kind.MANAGER):
        raise ValidationError(_("This is so already: somebody was faster."), code="not_from_here")
    if kind == Kind.MEMBER:
        _check_a_manager_stays(hirer, without=mandate.user, today=today)
    _end(hirer, mandate.user, today=today)
    _give(hirer, mandate.user, kind, today=today)


def _check_a_manager_stays(hirer: Hirer, *, without: User, today: date) -> None:
    managers = _current(hirer, today).filter(kind=Kind.MANAGER, user__is_active=True)
    if not managers.filter(user=without).exists():
        return
    if not managers.exclude(user=without).exists():
        raise ValidationError(
            _("A group needs a manager. Hand over to somebody else first, or contact us."),
            code="last_manager",
        )


def _give(hirer: Hirer, user: User, kind: Kind, *, today: date) -> None:
    """From today this person acts for the group so; a manager does not become less by it."""
    held = _current(hirer, today).filter(user=user)
    if held.filter(kind__in=[kind, Kind.MANAGER]).exists():
        return
    _end(hirer, user, today=today)
    Mandate.objects.create(user=user, organisation=hirer.organisation, kind=kind, starts_on=today)


def _end(hirer: Hirer, user: User, *, today: date) -> None:
    """The day of the end counts as held, so what ends now was last held yesterday."""
    held = _current(hirer, today).filter(user=user)
    # It never held on a whole day, so there is no day to end it on; the record stays.
    held.filter(starts_on=today).delete()
    held.update(ends_on=today - timedelta(days=1))


def _forget(hirer: Hirer, user: User, *, now: datetime) -> None:
    """How to get in, and what is booked, is not for somebody who has left."""
    coming = hirer.bookings.filter(ends_at__gt=now)
    withdraw(*(telling.about(one) for one in coming), to=user)
    feeds.end_feeds(user, organisation=hirer.organisation, now=now)


def _tell_of_kind(user: User, hirer: Hirer, kind: str, *, now: datetime) -> None:
    notify(
        [Recipient.of(user)],
        "spaces/email/membership_changed.txt",
        {
            "hirer": hirer,
            "is_manager": kind == Kind.MANAGER,
            "address": telling.full_address(hirer),
        },
        once=f"spaces.membership_changed:{hirer.pk}:{kind}:{now.isoformat()}",
        about=telling.about(hirer),
        now=now,
    )


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
