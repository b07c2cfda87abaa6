"""The parts of an offer, each told and saved by itself."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from anchors.models import Borough
from audit.services import record
from spaces import rules
from spaces.models import (
    AccessFact,
    Arrival,
    Charge,
    OpeningRule,
    Room,
    Site,
    SiteRequirement,
    Space,
    SpaceOffer,
)
from spaces.services import bank_holidays, turns
from spaces.services.arrival import keep_arrival
from spaces.services.describing import keep_inside
from spaces.services.offer_drafts import forget_typed, part_of_room
from spaces.services.offers import locked, name_is_taken, site_of


@transaction.atomic
def save_building(
    offer: SpaceOffer,
    *,
    by: User,
    name: str,
    borough: Borough,
    street: str,
    postcode: str,
    getting_there: str,
    contact_name: str,
    contact_email: str,
    contact_phone: str,
) -> SpaceOffer:
    """Tell of the building. Raises ValidationError if there is one of its name on offer already."""
    offer = locked(offer, by=by)
    if Site.objects.public().filter(name__iexact=name).exists():
        raise ValidationError({"name": name_is_taken()})
    site = offer.site or Site(owner=offer.organisation, slug=offer.draft_slug)
    site.name, site.borough = name, borough
    site.move_to(street, postcode)
    site.getting_there = getting_there
    site.contact_name, site.contact_email = contact_name, contact_email
    site.contact_phone = contact_phone
    site.save()
    offer.site = site
    return _saved(offer, "building", by=by)


@transaction.atomic
def save_offered_room(
    offer: SpaceOffer,
    *,
    by: User,
    name: str,
    kind: str,
    summary: str,
    holds: Mapping[str, int],
    equipment: Mapping[str, int],
    wheelchairs: Mapping[str, int] = MappingProxyType({}),
    space: Space | None = None,
) -> Space:
    """Tell of a room, a new one or `space`. `holds` says how many people in which layout,
    `wheelchairs` how many of them may use one, where that is known, `equipment` how many of which thing.

    Raises ValidationError if another room of the building has this name, there are too many, or
    "not_from_here" if it was taken out of the offer meanwhile.
    """
    offer = locked(offer, by=by)
    site = site_of(offer)
    part = part_of_room(space)
    others = [other for other in site.spaces.all() if other != space]
    if any(other.name.lower() == name.lower() for other in others):
        raise ValidationError(
            {"name": ValidationError(_("You have a room of this name already"), code="name_taken")}
        )
    if space is None:
        rules.offers.check_one_more_room(len(others))
        space = Space(site=site, slug=_draft_slug_of_room(offer, site))
    else:
        space = _room_of(site, space)
    space.name, space.kind, space.summary = name, kind, summary
    space.price_text = offer.price_text
    space.save()
    room = space.rooms.first() or Room(site=site)
    room.name = name
    room.save()
    space.rooms.set([room])
    keep_inside(space, holds, equipment, wheelchairs)
    _saved(offer, "room", by=by, part=part)
    return space


@transaction.atomic
def remove_offered_room(offer: SpaceOffer, space: Space, *, by: User) -> None:
    """Take a room out of an offer, with its photographs. Raises "not_from_here" if it is gone."""
    offer = locked(offer, by=by)
    # Staff who read the offer may change the room at this moment: they queue at the same rows.
    turns.hold_rooms(site_of(offer))
    space = _room_of(site_of(offer), space)
    rooms, part = list(space.rooms.all()), part_of_room(space)
    space.delete()
    for room in rooms:
        room.delete()
    _saved(offer, "room", by=by, part=part)


@transaction.atomic
def save_hours(
    offer: SpaceOffer,
    *,
    by: User,
    hours: Mapping[int, tuple[int, int]],
    holidays: Mapping[date, bool] | None = None,
) -> SpaceOffer:
    """Say when the building is open: weekday, Monday is 0, to minutes of the local day.

    `holidays` says of each bank holiday that was asked about whether it is closed then.
    """
    offer = locked(offer, by=by)
    site = site_of(offer)
    site.opening_rules.filter(space=None).delete()
    OpeningRule.objects.bulk_create(
        OpeningRule(site=site, weekday=weekday, opens_minute=opens, closes_minute=closes)
        for weekday, (opens, closes) in hours.items()
    )
    if holidays:
        bank_holidays.said_in_offer(site, holidays)
        offer.holidays_until = max(holidays)
    return _saved(offer, "hours", by=by)


@transaction.atomic
def save_access(
    offer: SpaceOffer,
    *,
    by: User,
    facts: Mapping[str, tuple[str, str]],
    surveyed_on: date | None,
) -> SpaceOffer:
    """Tell how one gets in and around: each key to its value and a note.

    `surveyed_on` is the day on which everything was checked that is not “not yet checked”.
    """
    offer = locked(offer, by=by)
    site = site_of(offer)
    site.access_facts.filter(space=None).delete()
    AccessFact.objects.bulk_create(
        AccessFact(
            site=site,
            key=key,
            value=value,
            note=note,
            surveyed_on=None if value == AccessFact.Value.NOT_CHECKED else surveyed_on,
        )
        for key, (value, note) in facts.items()
    )
    return _saved(offer, "access", by=by)


@transaction.atomic
def save_terms(
    offer: SpaceOffer,
    *,
    by: User,
    is_free: bool,
    price_text: str,
    notice_days: int,
    cancel_notice_working_days: int,
    house_rules: str,
    arrival: Arrival,
    papers: Mapping[tuple[str, str], int | None] | None = None,
) -> SpaceOffer:
    """Say on what terms the rooms are lent, and how a group with a booking gets in.

    `papers` says which are asked for, each with when, and up to how much an insurance must pay.
    """
    offer = locked(offer, by=by)
    site = site_of(offer)
    site.min_notice_hours = notice_days * 24
    site.cancel_notice_working_days = cancel_notice_working_days
    site.house_rules = house_rules
    site.save()
    keep_arrival(site, None, arrival)
    site.requirements.all().delete()
    SiteRequirement.objects.bulk_create(
        SiteRequirement(site=site, kind=kind, when=when, min_cover_pounds=least)
        for (kind, when), least in (papers or {}).items()
    )
    offer.is_free, offer.price_text = is_free, price_text
    site.spaces.update(price_text=price_text)
    site.charges.all().delete()
    if is_free:
        Charge.objects.create(site=site, what=Charge.What.HIRE, pence=0)
    return _saved(offer, "terms", by=by)


def _saved(offer: SpaceOffer, step: str, *, by: User, part: str = "") -> SpaceOffer:
    offer.save()
    forget_typed(offer, part or step)
    record("spaces.offer_changed", offer, by=by, step=step)
    return offer


def _room_of(site: Site, space: Space) -> Space:
    found = site.spaces.filter(pk=space.pk).first()
    if found is None:
        raise ValidationError(
            _("This room is not in the offer any more. Nothing was changed."), code="not_from_here"
        )
    return found


def _draft_slug_of_room(offer: SpaceOffer, site: Site) -> str:
    number = 1
    while Space.objects.filter(slug=f"{offer.draft_slug}-{number}").exists():
        number += 1
    return f"{offer.draft_slug}-{number}"
