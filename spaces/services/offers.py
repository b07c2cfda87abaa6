"""Offering a building and its rooms: begun, sent, taken back."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from anchors.models import Organisation
from audit.services import record
from core.clock import london
from notifications.models import Recipient
from notifications.services import notify, withdraw
from spaces import permissions, rules
from spaces.models import (
    EVERY_SITE,
    Photograph,
    Site,
    SpaceOffer,
)
from spaces.services import audience, telling

T = TypeVar("T", bound=Model)

State = SpaceOffer.State

NOT_SLUGS = {
    EVERY_SITE,
    "agreements",
    "bookings",
    "calendar",
    "groups",
    "hires",
    "insurance",
    "invitations",
    "invited",
    "join",
    "offers",
    "papers",
    "pictures",
    "references",
    "reports",
    "sites",
    "unmet-demand",
}
"""Pages of their own beside the pages of spaces, and what stands for all sites."""


@transaction.atomic
def start_offer(
    *, by: User, organisation: Organisation | None = None, organisation_name: str = ""
) -> SpaceOffer:
    """Begin an offer for an organisation: one that is known, or one by its name.

    That somebody names an organisation gives them no right over it; staff ask before they publish.
    Raises ValidationError if this person has too many unsent offers.
    """
    # Two blanks sent at once must not both pass the limit, so they queue here.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    rules.offers.check_one_more_offer(SpaceOffer.objects.filter(by=by).open().count())
    offer = SpaceOffer.objects.create(
        by=by, organisation=organisation or _organisation_called(organisation_name)
    )
    record("spaces.offer_started", offer, by=by)
    return offer


@transaction.atomic
def send_offer(offer: SpaceOffer, *, by: User, now: datetime, answer: str = "") -> SpaceOffer:
    """Ask programme staff to look at it; `answer` is to what they asked, if they did.

    Raises ValidationError if something is missing.
    """
    offer = locked(offer, by=by, wanted=State.SENT)
    rules.offers.check_complete(what_is_told(offer))
    offer.state, offer.sent_at, offer.answer = State.SENT, now, answer
    offer.save()
    record("spaces.offer_sent", offer, by=by)
    tell(offer, [Recipient.of(offer.by)], "offer_sent", now=now)
    staff = audience.programme_staff(london(now).date())
    may = [one for one in staff if one.user and permissions.may_decide_about_offer(one.user, offer)]
    tell(offer, may, "offer_to_check", now=now)
    return offer


@transaction.atomic
def withdraw_offer(offer: SpaceOffer, *, by: User, now: datetime) -> SpaceOffer:
    """Take an offer back; staff who may have read it are told.

    Raises ValidationError if it is decided already.
    """
    offer = locked(offer, by=by, wanted=State.WITHDRAWN)
    was_sent = offer.sent_at is not None
    offer.state = State.WITHDRAWN
    offer.save()
    offer.drafts.all().delete()
    withdraw(telling.about(offer))
    record("spaces.offer_withdrawn", offer, by=by)
    if was_sent:
        staff = audience.programme_staff(london(now).date())
        tell(offer, [one for one in staff if one.user != by], "offer_withdrawn", now=now)
    return offer


def what_is_told(offer: SpaceOffer) -> rules.offers.Told:
    """What stands in an offer so far."""
    site = offer.site
    if site is None:
        parts = offer.drafts.values_list("part", flat=True)
        return rules.offers.Told(not_right=frozenset(parts))
    return rules.offers.Told(
        building=True,
        street=bool(site.street),
        postcode=bool(site.postcode),
        rooms=site.spaces.count(),
        hours=site.opening_rules.exists(),
        access=site.access_facts.exists(),
        photographs=Photograph.objects.filter(space__site=site).count(),
        terms=site.arrival_facts.exists(),
        not_right=frozenset(offer.drafts.values_list("part", flat=True)),
    )


# --- Small parts ----------------------------------------------------------------------------------


def locked(offer: SpaceOffer, *, by: User, wanted: State | None = None) -> SpaceOffer:
    """The offer as it stands now. What is done with one offer queues here."""
    permissions.check_offers(by, offer)
    offer = held(offer)
    if wanted is None:
        rules.offers.check_may_be_written_on(offer)
    else:
        rules.offers.check_may_become(offer, wanted)
    return offer


def held(offer: SpaceOffer) -> SpaceOffer:
    locked = SpaceOffer.objects.select_for_update(no_key=True, of=("self",))
    return locked.select_related("site", "organisation", "by").get(pk=offer.pk)


def site_of(offer: SpaceOffer) -> Site:
    if offer.site is None:
        raise ValidationError(_("Tell us about the building first."), code="building_first")
    return offer.site


def _organisation_called(name: str) -> Organisation:
    # A private group of that name is not theirs, and they must not learn that it is here.
    known = Organisation.objects.called(name).filter(is_private=False)
    made = Organisation(
        name=name,
        kind=Organisation.Kind.PARTNER,
        sector=Organisation.Sector.OTHER,
        is_listed=False,
    )
    try:
        return known.first() or save_at_free_slug(made, name)
    except IntegrityError:
        # Somebody else named it in this very moment.
        return known.get()


def save_at_free_slug(thing: T, name: str) -> T:
    """Save something with an address of its own, made of a name; somebody may take the address
    while we look: the next free one is ours then.
    """
    while True:
        slug = _free_slug(type(thing), name)
        thing.slug = slug  # type: ignore[attr-defined]
        try:
            with transaction.atomic():
                thing.save()
            return thing
        except IntegrityError:
            if not type(thing)._base_manager.filter(slug=slug).exists():
                raise


def _free_slug(model: type[Model], name: str) -> str:
    base = slugify(name.replace("’", ""))[:70] or "building"
    slug, number = base, 1
    while slug in NOT_SLUGS or model._base_manager.filter(slug=slug).exists():
        number += 1
        slug = f"{base}-{number}"
    return slug


def name_is_taken() -> str:
    return _("There is a building of this name already. Add the street to its name.")


def tell(
    offer: SpaceOffer,
    recipients: Sequence[Recipient],
    template: str,
    *,
    now: datetime,
    **context: object,
) -> None:
    address = telling.full_address(offer)
    space = context.get("space")
    notify(
        recipients,
        f"spaces/email/{template}.txt",
        {
            "offer": offer,
            "address": address,
            "space_address": telling.full_address(space) if space else "",
            **context,
        },
        once=f"spaces.{template}:{offer.pk}:{now.isoformat()}",
        about=telling.about(offer),
        now=now,
    )
