"""Groups that want to book: registering, and deciding about them."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from psycopg import errors

from accounts.models import User
from anchors.models import Borough, Mandate, Organisation
from audit.services import record
from core.clock import london
from notifications.models import Recipient
from notifications.services import notify
from spaces import permissions, rules
from spaces.models import Hirer, HirerInvitation
from spaces.services import audience, confirming, telling
from spaces.services.invitations import accept_hirer_invitation
from spaces.services.prevent import Checked, check_was_checked, keep_check
from spaces.services.route import ask_once_complete, route_of

NOT_A_SLUG = "register"
"""A page of its own beside the pages of groups."""


@transaction.atomic
def register_hirer(
    *,
    by: User,
    now: datetime,
    name: str,
    group_kind: str,
    purpose: str,
    usual_size: int,
    responsible_adult: str,
    responsible_phone: str,
    boroughs: Iterable[Borough] = (),
    registered_number: str = "",
    is_sensitive: bool = False,
    invitation: HirerInvitation | None = None,
) -> Hirer:
    """Make a group known, with this person as its manager; programme staff decide about it.

    An `invitation` that still stands is thereby accepted.
    Raises ValidationError if the name is taken or a number is missing, and "too_many" if this
    person has registered others that nobody has decided about.
    """
    # Groups of one person are counted one at a time, so they queue here.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    rules.hirers.check_may_register(
        Hirer.objects.awaiting_decision().filter(registered_by=by).count(),
        most=settings.MOST_UNDECIDED_GROUPS,
    )
    rules.hirers.check_number(group_kind, registered_number)

    organisation = _new_organisation(name, is_private=is_sensitive)
    organisation.boroughs.set(boroughs)
    hirer = Hirer.objects.create(
        organisation=organisation,
        group_kind=group_kind,
        registered_number=registered_number,
        purpose=purpose,
        usual_size=usual_size,
        responsible_adult=responsible_adult,
        responsible_phone=responsible_phone,
        is_sensitive=is_sensitive,
        confirmed_on=london(now).date(),
        registered_by=by,
    )
    Mandate.objects.create(
        user=by,
        organisation=organisation,
        kind=Mandate.Kind.MANAGER,
        starts_on=london(now).date(),
    )

    record("spaces.hirer_registered", hirer, by=by)
    if invitation is not None:
        accept_hirer_invitation(invitation, hirer, by=by, now=now)
    _tell(hirer, [Recipient.of(by)], "hirer_registered", now=now)
    ask_once_complete(hirer, now=now)
    return hirer


@transaction.atomic
def approve_hirer(
    hirer: Hirer, *, by: User, now: datetime, despite: str = "", checked: Checked | None = None
) -> Hirer:
    """Let a group book.

    `despite` says why although something of a small group is still missing; `checked` is what was asked
    and checked of it. Raises ValidationError "not_from_here" if it was decided already, one about
    `despite`, or "not_checked" if nobody ever wrote down what was checked.
    """
    hirer = _decided(hirer, Hirer.State.APPROVED, by=by, now=now)
    keep_check(hirer, checked, by=by, now=now)
    check_was_checked(hirer)
    route = route_of(hirer)
    rules.route.check_complete(route, despite=despite)
    if route.is_complete:
        # What was let go of when it was approved before is there by now.
        hirer.approved_despite = ""
        hirer.save(update_fields=["approved_despite"])
        record("spaces.hirer_approved", hirer, by=by)
    else:
        hirer.approved_despite = despite
        hirer.save(update_fields=["approved_despite"])
        record("spaces.hirer_approved", hirer, by=by, incomplete=True)
    _tell_managers(hirer, "hirer_approved", now=now)
    # It may have been stopped before, with promises that waited for this.
    confirming.confirm_at_once(hirer, now=now)
    return hirer


@transaction.atomic
def decline_hirer(
    hirer: Hirer, *, by: User, now: datetime, reason: str, checked: Checked | None = None
) -> Hirer:
    """Say why a group may not book. It may appeal to somebody else.

    Raises ValidationError "not_from_here" if it was decided already.
    """
    hirer = _decided(hirer, Hirer.State.DECLINED, by=by, now=now, reason=reason)
    keep_check(hirer, checked, by=by, now=now)
    record("spaces.hirer_declined", hirer, by=by)
    _tell_managers(hirer, "hirer_declined", now=now)
    return hirer


def _decided(
    hirer: Hirer, state: Hirer.State, *, by: User, now: datetime, reason: str = ""
) -> Hirer:
    permissions.check_may_decide_about_hirer(by, hirer)
    # Two people deciding at once must not pass each other, so they queue here.
    locked = Hirer.objects.in_turn()
    hirer = locked.select_related("organisation").get(pk=hirer.pk)
    rules.hirers.check_waits_for_decision(hirer)
    hirer.state, hirer.decision_reason, hirer.stopped_because = state, reason, ""
    hirer.decided_by, hirer.decided_at = by, now
    decided = ["state", "decision_reason", "stopped_because", "decided_by", "decided_at"]
    hirer.save(update_fields=[*decided, "updated_at"])
    return hirer


def _tell_managers(hirer: Hirer, template: str, *, now: datetime) -> None:
    _tell(hirer, audience.managers_of_group(hirer, london(now).date()), template, now=now)


def _tell(hirer: Hirer, recipients: list[Recipient], template: str, *, now: datetime) -> None:
    notify(
        recipients,
        f"spaces/email/{template}.txt",
        {
            "hirer": hirer,
            "address": telling.full_address(hirer),
            "spaces_address": telling.spaces_address(),
            "appeal_days": settings.DECIDE_APPEALS_WITHIN_WORKING_DAYS,
        },
        once=f"spaces.{template}:{hirer.pk}:{hirer.decided_at or ''}",
        about=telling.about(hirer),
        now=now,
    )


def rename(organisation: Organisation, name: str, *, is_private: bool) -> None:
    """Give an organisation a name of its own, or one that is private and may be anybody's too.

    Raises ValidationError "name_taken" with the field it is about.
    """
    _check_name_is_free(name, is_private=is_private, apart_from=organisation)
    organisation.name, organisation.is_private = name, is_private
    try:
        with transaction.atomic():
            organisation.save(update_fields=["name", "is_private", "updated_at"])
    except IntegrityError as problem:
        if not isinstance(problem.__cause__, errors.UniqueViolation):
            raise
        raise _name_is_taken() from problem


def free_slug(name: str) -> str:
    """An address that no organisation has; without a name one that tells nothing."""
    base = slugify(name)[:140] or "group"
    slug, number = base, 1
    while slug == NOT_A_SLUG or Organisation.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{base}-{number}"
    return slug


def _new_organisation(name: str, *, is_private: bool) -> Organisation:
    """Somebody may take the name or the address while we look: the name is theirs then, and the
    next free address is ours.
    """
    while True:
        _check_name_is_free(name, is_private=is_private)
        try:
            with transaction.atomic():
                return Organisation.objects.create(
                    name=name,
                    # Addresses stay in the history of a shared computer.
                    slug=free_slug("" if is_private else name),
                    kind=Organisation.Kind.COMMUNITY_GROUP,
                    sector=Organisation.Sector.VCSE,
                    is_listed=False,
                    is_private=is_private,
                )
        except IntegrityError as problem:
            if not isinstance(problem.__cause__, errors.UniqueViolation):
                raise


def _check_name_is_free(
    name: str, *, is_private: bool, apart_from: Organisation | None = None
) -> None:
    """A private name is no obstacle to anybody, or whoever tries it would learn that it is here."""
    same = Organisation.objects.called(name).filter(is_private=False)
    if apart_from is not None:
        same = same.exclude(pk=apart_from.pk)
    if not is_private and same.exists():
        raise _name_is_taken()


def _name_is_taken() -> ValidationError:
    return ValidationError(
        {
            "name": ValidationError(
                _(
                    "There is a group with this name already. If it is yours, ask the person who"
                    " registered it, or contact us. If not, add your area to the name."
                ),
                code="name_taken",
            )
        }
    )
