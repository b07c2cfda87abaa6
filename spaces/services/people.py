"""Who acts for a group: changing, leaving. How others join is in `joining`.

Every act that could leave a group without a manager queues at the group's row.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from anchors.models import Mandate, MandateQuerySet
from audit.services import record
from core.clock import london
from notifications.models import Recipient
from notifications.services import forget_addresses, notify, withdraw
from spaces import permissions, rules
from spaces.models import Hirer, Invitation
from spaces.models.hirers import GROUP_KINDS
from spaces.services import audience, feeds, telling

Kind = Mandate.Kind


def people_of(hirer: Hirer, *, today: date) -> list[Mandate]:
    """Who belongs to a group today, managers first; each person once."""
    mandates = current(hirer, today).select_related("user")
    once: dict[int, Mandate] = {}
    # "manager" comes before "member" in the alphabet too.
    for mandate in mandates.order_by("kind", "user__name", "pk"):
        once.setdefault(mandate.user_id, mandate)
    return list(once.values())


def has_manager(people: Iterable[Mandate]) -> bool:
    """Say whether one of these people can look after the group."""
    return any(one.kind == Kind.MANAGER and one.user.is_active for one in people)


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
    queue(hirer)
    if not current(hirer, today).filter(pk=mandate_id).exists():
        raise ValidationError(_("This person has left the group already."), code="not_from_here")
    _check_a_manager_stays(hirer, without=user, today=today)
    end(hirer, user, today=today)
    forget(hirer, user, now=now)
    take_back_sent(hirer, user, by=by, now=now)
    stop_answering(hirer, user)
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


def current(hirer: Hirer, today: date) -> MandateQuerySet:
    mandates = Mandate.objects.current(today)
    return mandates.filter(organisation=hirer.organisation_id, kind__in=GROUP_KINDS)


def queue(hirer: Hirer) -> None:
    """Two managers who take each other out must not both succeed, so they queue here."""
    Hirer.objects.in_turn().get(pk=hirer.pk)


def _change_kind(mandate: Mandate, kind: Kind, *, hirer: Hirer, by: User, now: datetime) -> None:
    today = london(now).date()
    queue(hirer)
    held = current(hirer, today).filter(user=mandate.user_id)
    if not held.filter(pk=mandate.pk).exists() or not mandate.user.is_active:
        raise ValidationError(_("This person has left the group already."), code="not_from_here")
    if held.filter(kind=Kind.MANAGER).exists() == (kind == Kind.MANAGER):
        raise ValidationError(_("This is so already: somebody was faster."), code="not_from_here")
    if kind == Kind.MEMBER:
        _check_a_manager_stays(hirer, without=mandate.user, today=today)
    end(hirer, mandate.user, today=today)
    give(hirer, mandate.user, kind, today=today)
    if kind == Kind.MEMBER:
        take_back_sent(hirer, mandate.user, by=by, now=now)


def _check_a_manager_stays(hirer: Hirer, *, without: User, today: date) -> None:
    managers = current(hirer, today).filter(kind=Kind.MANAGER, user__is_active=True)
    if not managers.filter(user=without).exists():
        return
    if not managers.exclude(user=without).exists():
        raise ValidationError(
            _("A group needs a manager. Hand over to somebody else first, or contact us."),
            code="last_manager",
        )


def give(hirer: Hirer, user: User, kind: Kind, *, today: date) -> None:
    """From today this person acts for the group so; a manager does not become less by it."""
    held = current(hirer, today).filter(user=user)
    if held.filter(kind__in=[kind, Kind.MANAGER]).exists():
        return
    end(hirer, user, today=today)
    Mandate.objects.create(user=user, organisation=hirer.organisation, kind=kind, starts_on=today)


def end(hirer: Hirer, user: User, *, today: date) -> None:
    """The day of the end counts as held, so what ends now was last held yesterday.

    What began today stays too: who belonged once decides nothing of what was theirs, and is not
    named to a site that may not know the group.
    """
    current(hirer, today).filter(user=user).update(ends_on=today - timedelta(days=1))


def take_back_sent(hirer: Hirer, user: User, *, by: User, now: datetime) -> None:
    """What somebody asked as a manager, and nobody has answered, ends when they are none any more: it
    could not be accepted, and would wait for an answer in vain. Call it under the lock of the group.
    """
    sent = list(hirer.invitations.open(now).filter(invited_by=user).order_by("pk"))
    forget_addresses(*(telling.about(one) for one in sent))
    Invitation.objects.filter(pk__in=[one.pk for one in sent]).update(
        state=Invitation.State.WITHDRAWN, email="", ended_by=by, ended_at=now
    )
    for _one in sent:
        record("spaces.invitation_withdrawn", hirer, by=by)


def stop_answering(hirer: Hirer, user: User) -> None:
    """Whoever leaves or hands over answers for the group no more, until its managers say who does: they are
    asked on their page. Call it under the lock of the group.
    """
    hirer.refresh_from_db(fields=["responsible_adult", "deputy_name"])
    left = {
        "responsible_left": rules.hirers.is_same_name(hirer.responsible_adult, user.name),
        "deputy_left": rules.hirers.is_same_name(hirer.deputy_name, user.name),
    }
    changed = [name for name, is_so in left.items() if is_so]
    for name in changed:
        setattr(hirer, name, True)
    if changed:
        hirer.save(update_fields=[*changed, "updated_at"])


def forget(hirer: Hirer, user: User, *, now: datetime) -> None:
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
