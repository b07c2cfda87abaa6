"""Asking people outside a small group whether they know it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, Value
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from core.clock import london
from core.secret_links import hash_of, new_secret
from notifications.models import Recipient
from notifications.services import forget_addresses, notify, withdraw
from spaces import permissions
from spaces.models import Hirer, Reference
from spaces.models.references import is_of_the_group
from spaces.rules import route as rules
from spaces.services import audience, strangers, telling
from spaces.services.route import ask_once_complete, route_of

Answer = Reference.Answer


@transaction.atomic
def ask_reference(
    hirer: Hirer,
    *,
    by: User,
    now: datetime,
    name: str,
    part: str,
    how_known: str,
    email: str = "",
    phone: str = "",
) -> Reference:
    """Name somebody who knows the group; with an e-mail address, they are written to at once.

    Raises ValidationError if the group needs none, has named too many, or names one of its own, or
    if this person has had many written to today.
    """
    permissions.check_manages(by, hirer)
    # Those of one group queue here, so that the limit is kept.
    hirer = _locked_hirer(hirer)
    rules.check_may_ask(route_of(hirer), hirer, asked_ever=hirer.references.count())
    email = email.strip().lower()
    _check_is_outside(hirer, email)
    if email and hirer.references.alive().filter(email__iexact=email).exists():
        raise _beside("email", _("You have named this person already."), "asked_already")
    if email:
        strangers.check_one_more(hirer, by=by, now=now)

    secret = new_secret()
    reference = Reference.objects.create(
        hirer=hirer,
        name=name,
        part=part,
        email=email,
        phone=phone,
        how_known=how_known,
        asked_by=by,
        asked_at=now,
        link_hash=hash_of(secret),
    )
    record("spaces.reference_asked", hirer, by=by, reference=reference.pk)
    if email:
        notify(
            [Recipient(email)],
            "spaces/email/reference_asked.txt",
            {
                "reference": reference,
                "hirer": hirer,
                "until": london(rules.link_ends(reference)).date(),
                "address": settings.SITE_ADDRESS
                + reverse("spaces:answer_reference", args=[secret]),
            },
            once=f"spaces.reference_asked:{reference.uuid}",
            about=telling.about(reference),
            valid_until=rules.link_ends(reference),
            is_private=True,
            now=now,
        )
    return reference


def find_reference(secret: str, *, now: datetime) -> Reference | None:
    """Whom this link belongs to, with the group they are asked about, answered or still to be;
    nobody once the link has ended.
    """
    behind = Reference.objects.public().behind(secret)
    found = behind.select_related("hirer__organisation").first()
    if found is None or found.answer != Answer.WAITING or rules.is_link_good(found, now=now):
        return found
    return None


@transaction.atomic
def answer_reference(
    reference: Reference,
    *,
    now: datetime,
    says_yes: bool,
    words: str = "",
    by: User | None = None,
    signed_in: User | None = None,
) -> Reference:
    """Keep what a referee says: they themselves, or staff (`by`) who heard it by telephone.

    A referee needs no account, but may be `signed_in`. Raises ValidationError "not_from_here" if it
    is answered or taken back already or their link has ended, "own_group" if they are of the group.
    """
    if by is not None:
        permissions.check_may_check_papers(by, reference.hirer)
    reference = _locked(reference)
    rules.check_waits(reference)
    if by is None:
        rules.check_link_good(reference, now=now)
    named: Any = Reference.objects.telling_if_inside().get(pk=reference.pk)
    rules.check_is_outside(
        is_inside=named.is_inside
        or (signed_in is not None and permissions.ever_belonged(signed_in, reference.hirer)),
        is_written_down=by is not None,
    )

    reference.answer = Answer.YES if says_yes else Answer.NO
    reference.words, reference.answered_at, reference.taken_by = words, now, by
    reference.save(update_fields=["answer", "words", "answered_at", "taken_by", "updated_at"])

    hirer = reference.hirer
    withdraw(telling.about(reference))
    record("spaces.reference_answered", hirer, by=by, reference=reference.pk)
    if says_yes:
        ask_once_complete(hirer, now=now)
    else:
        notify(
            audience.managers_of_group(hirer, london(now).date()),
            "spaces/email/reference_said_no.txt",
            {"reference": reference, "hirer": hirer, "address": telling.full_address(hirer)},
            once=f"spaces.reference_said_no:{reference.uuid}",
            about=telling.about(hirer),
            now=now,
        )
    return reference


@transaction.atomic
def withdraw_reference(reference: Reference, *, by: User, now: datetime) -> None:
    """Take a name back that nobody has answered for; the letter goes no more, the link is dead.

    Raises ValidationError "not_from_here" once it is answered.
    """
    permissions.check_manages(by, reference.hirer)
    reference = _locked(reference)
    rules.check_waits(reference)
    reference.answer, reference.answered_at = Answer.WITHDRAWN, now
    reference.save(update_fields=["answer", "answered_at", "updated_at"])
    withdraw(telling.about(reference))
    record("spaces.reference_withdrawn", reference.hirer, by=by, reference=reference.pk)


@transaction.atomic
def forget_referees(*, now: datetime) -> int:
    """Delete how referees are reached 90 days after the group was decided about, and of names taken
    back; while nobody decides, after a year. Returns how many. What they said stays.
    """
    over = (
        Q(hirer__decided_at__lte=now - rules.CONTACT_KEPT_FOR)
        | Q(asked_at__lte=now - rules.CONTACT_KEPT_AT_MOST)
        | Q(answer=Answer.WITHDRAWN, answered_at__lte=now - rules.CONTACT_KEPT_FOR)
    )
    gone = list(
        Reference.objects.filter(over, contact_removed_on=None)
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    for reference in gone:
        reference.email = reference.phone = ""
        reference.contact_removed_on = london(now).date()
        reference.save(update_fields=["email", "phone", "contact_removed_on", "updated_at"])
        record("spaces.referee_forgotten", reference, by=None, hirer=reference.hirer_id)
    forget_addresses(*(telling.about(reference) for reference in gone))
    return len(gone)


def _check_is_outside(hirer: Hirer, email: str) -> None:
    """Nobody vouches for their own group."""
    of_the_group = is_of_the_group(Value(email), hirer=hirer.pk, organisation=hirer.organisation_id)
    if email and Hirer.objects.filter(of_the_group, pk=hirer.pk).exists():
        raise _beside(
            "email",
            _("This person belongs to the group or is invited to it. Name somebody outside it."),
            "own_group",
        )


def _beside(field: str, words: str, code: str) -> ValidationError:
    return ValidationError({field: ValidationError(words, code=code)})


def _locked_hirer(hirer: Hirer) -> Hirer:
    locked = Hirer.objects.in_turn()
    return locked.select_related("organisation").get(pk=hirer.pk)


def _locked(reference: Reference) -> Reference:
    # The group first, as everywhere: two answers that make a route complete tell staff once.
    hirer = _locked_hirer(reference.hirer)
    reference = Reference.objects.select_for_update(no_key=True).get(pk=reference.pk)
    reference.hirer = hirer
    return reference
