"""Groups that want to book: registering, deciding about them, and who belongs to them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

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
from notifications.services import notify, withdraw
from spaces import permissions, rules
from spaces.models import Hirer
from spaces.services import telling

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
) -> Hirer:
    """Make a group known, with this person as its manager; programme staff decide about it.

    Raises ValidationError if the name is taken or a number is missing.
    """
    rules.hirers.check_number(group_kind, registered_number)

    # Addresses stay in the history of a shared computer.
    organisation = _new_organisation(name, address_from="" if is_sensitive else name)
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
        registered_by=by,
    )
    Mandate.objects.create(
        user=by,
        organisation=organisation,
        kind=Mandate.Kind.MANAGER,
        starts_on=london(now).date(),
    )

    record("spaces.hirer_registered", hirer, by=by)
    _tell(hirer, [Recipient.of(by)], "hirer_registered", now=now)
    _tell(hirer, telling.programme_staff(london(now).date()), "hirer_to_decide", now=now)
    return hirer


@transaction.atomic
def approve_hirer(hirer: Hirer, *, by: User, now: datetime) -> Hirer:
    """Let a group book; if it was declined, only somebody else can.

    Raises ValidationError "not_from_here" if it was decided since `hirer` was read.
    """
    hirer = _decided(hirer, Hirer.State.APPROVED, by=by, now=now)
    record("spaces.hirer_approved", hirer, by=by)
    _tell_managers(hirer, "hirer_approved", now=now)
    return hirer


@transaction.atomic
def decline_hirer(hirer: Hirer, *, by: User, now: datetime, reason: str) -> Hirer:
    """Say why a group may not book; or, after somebody else said so, why that stands.

    Raises ValidationError "not_from_here" if it was decided since `hirer` was read.
    """
    hirer = _decided(hirer, Hirer.State.DECLINED, by=by, now=now, reason=reason)
    record("spaces.hirer_declined", hirer, by=by)
    _tell_managers(hirer, "hirer_declined", now=now)
    return hirer


@transaction.atomic
def end_membership(mandate: Mandate, *, hirer: Hirer, by: User, now: datetime) -> None:
    """Take somebody out of a group; from their next request on they see nothing of it.

    Raises ValidationError if the group would be left without a manager.
    """
    permissions.check_manages(by, hirer)
    today, mandate_id = london(now).date(), mandate.pk
    # Two managers who take each other out must not both succeed, so they queue here.
    Hirer.objects.select_for_update(no_key=True, of=("self",)).get(pk=hirer.pk)
    current = Mandate.objects.current(today).filter(
        organisation=hirer.organisation_id,
        kind__in=[Mandate.Kind.MEMBER, Mandate.Kind.MANAGER],
    )
    if not current.filter(pk=mandate.pk).exists():
        raise ValidationError(_("This person has left the group already."), code="not_from_here")
    others = current.filter(kind=Mandate.Kind.MANAGER).exclude(pk=mandate.pk)
    if not others.exists():
        raise ValidationError(
            _("A group needs a manager. Make somebody else a manager first, or contact us."),
            code="last_manager",
        )
    if mandate.starts_on == today:
        # It never held on a whole day, so there is no day to end it on; the record stays.
        mandate.delete()
    else:
        mandate.ends_on = today - timedelta(days=1)
        mandate.save(update_fields=["ends_on"])
    # How to get in is not for somebody who has left.
    withdraw(
        *(telling.about(one) for one in hirer.bookings.filter(ends_at__gt=now)), to=mandate.user
    )
    record("spaces.membership_ended", hirer, by=by, user=mandate.user_id)
    if mandate.user != by:
        notify(
            [Recipient.of(mandate.user)],
            "spaces/email/membership_ended.txt",
            {"hirer": hirer},
            once=f"spaces.membership_ended:{mandate_id}",
            about=telling.about(hirer),
            now=now,
        )


def people_of(hirer: Hirer, *, today: date) -> list[Mandate]:
    """Who belongs to a group today, managers first."""
    mandates = Mandate.objects.current(today).filter(
        organisation=hirer.organisation_id,
        kind__in=[Mandate.Kind.MEMBER, Mandate.Kind.MANAGER],
    )
    # "manager" comes before "member" in the alphabet too.
    return list(mandates.select_related("user").order_by("kind", "user__name", "pk"))


def _decided(
    hirer: Hirer, state: Hirer.State, *, by: User, now: datetime, reason: str = ""
) -> Hirer:
    permissions.check_may_decide_about_hirer(by, hirer)
    # Two people deciding at once must not pass each other, so they queue here.
    locked = Hirer.objects.select_for_update(no_key=True, of=("self",))
    seen, hirer = hirer.decided_at, locked.select_related("organisation").get(pk=hirer.pk)
    rules.hirers.check_may_become(hirer, state, seen=seen)
    permissions.check_is_somebody_else(by, hirer)
    hirer.state, hirer.decision_reason = state, reason
    hirer.decided_by, hirer.decided_at = by, now
    hirer.save(update_fields=["state", "decision_reason", "decided_by", "decided_at", "updated_at"])
    return hirer


def _tell_managers(hirer: Hirer, template: str, *, now: datetime) -> None:
    _tell(hirer, telling.managers_of_group(hirer, london(now).date()), template, now=now)


def _tell(hirer: Hirer, recipients: list[Recipient], template: str, *, now: datetime) -> None:
    notify(
        recipients,
        f"spaces/email/{template}.txt",
        {
            "hirer": hirer,
            "address": telling.full_address(hirer),
            "spaces_address": telling.spaces_address(),
        },
        once=f"spaces.{template}:{hirer.pk}:{hirer.decided_at or ''}",
        about=telling.about(hirer),
        now=now,
    )


def _new_organisation(name: str, *, address_from: str) -> Organisation:
    """Somebody may take the name or the address while we look: the name is theirs then, and the
    next free address is ours.
    """
    while True:
        if Organisation.objects.filter(name__iexact=name).exists():
            raise _name_is_taken()
        try:
            with transaction.atomic():
                return Organisation.objects.create(
                    name=name,
                    slug=_free_slug(address_from),
                    kind=Organisation.Kind.COMMUNITY_GROUP,
                    sector=Organisation.Sector.VCSE,
                    is_listed=False,
                )
        except IntegrityError as problem:
            if not isinstance(problem.__cause__, errors.UniqueViolation):
                raise


def _free_slug(name: str) -> str:
    base = slugify(name)[:140] or "group"
    slug, number = base, 1
    while slug == NOT_A_SLUG or Organisation.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{base}-{number}"
    return slug


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
