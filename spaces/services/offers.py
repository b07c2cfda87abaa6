"""Offering a building and its rooms, and what programme staff answer."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from anchors.models import Borough, Organisation
from audit.services import record
from core.clock import london
from notifications.models import Recipient
from notifications.services import notify, withdraw
from spaces import permissions, rules
from spaces.models import (
    EVERY_SITE,
    AccessFact,
    Arrival,
    Charge,
    Layout,
    OpeningRule,
    Photograph,
    Room,
    Site,
    SiteManager,
    Space,
    SpaceOffer,
)
from spaces.services import telling
from spaces.services.arrival import keep_arrival

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

# --- Whoever offers -------------------------------------------------------------------------------


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
def save_building(
    offer: SpaceOffer,
    *,
    by: User,
    name: str,
    borough: Borough,
    district: str,
    getting_there: str,
    contact_name: str,
    contact_email: str,
    contact_phone: str,
) -> SpaceOffer:
    """Tell of the building. Raises ValidationError if there is one of its name on offer already."""
    offer = _locked(offer, by=by)
    if Site.objects.public().filter(name__iexact=name).exists():
        raise ValidationError({"name": _name_is_taken()})
    site = offer.site or Site(owner=offer.organisation, slug=offer.draft_slug)
    site.name, site.borough, site.district = name, borough, district
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
    space: Space | None = None,
) -> Space:
    """Tell of a room, a new one or `space`. `holds` says how many people in which layout.

    Raises ValidationError if another room of the building has this name, there are too many, or
    "not_from_here" if it was taken out of the offer meanwhile.
    """
    offer = _locked(offer, by=by)
    site = _site_of(offer)
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
    space.layouts.all().delete()
    Layout.objects.bulk_create(
        Layout(space=space, kind=layout, capacity=capacity) for layout, capacity in holds.items()
    )
    _saved(offer, "room", by=by)
    return space


@transaction.atomic
def remove_offered_room(offer: SpaceOffer, space: Space, *, by: User) -> None:
    """Take a room out of an offer, with its photographs. Raises "not_from_here" if it is gone."""
    offer = _locked(offer, by=by)
    space = _room_of(_site_of(offer), space)
    rooms = list(space.rooms.all())
    space.delete()
    for room in rooms:
        room.delete()
    _saved(offer, "room", by=by)


@transaction.atomic
def save_hours(offer: SpaceOffer, *, by: User, hours: Mapping[int, tuple[int, int]]) -> SpaceOffer:
    """Say when the building is open: weekday, Monday is 0, to minutes of the local day."""
    offer = _locked(offer, by=by)
    site = _site_of(offer)
    site.opening_rules.filter(space=None).delete()
    OpeningRule.objects.bulk_create(
        OpeningRule(site=site, weekday=weekday, opens_minute=opens, closes_minute=closes)
        for weekday, (opens, closes) in hours.items()
    )
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
    offer = _locked(offer, by=by)
    site = _site_of(offer)
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
) -> SpaceOffer:
    """Say on what terms the rooms are lent, and how a group with a booking gets in."""
    offer = _locked(offer, by=by)
    site = _site_of(offer)
    site.min_notice_hours = notice_days * 24
    site.cancel_notice_working_days = cancel_notice_working_days
    site.house_rules = house_rules
    site.save()
    keep_arrival(site, None, arrival)
    offer.is_free, offer.price_text = is_free, price_text
    site.spaces.update(price_text=price_text)
    site.charges.all().delete()
    if is_free:
        Charge.objects.create(site=site, what=Charge.What.HIRE, pence=0)
    return _saved(offer, "terms", by=by)


@transaction.atomic
def send_offer(offer: SpaceOffer, *, by: User, now: datetime) -> SpaceOffer:
    """Ask programme staff to look at it. Raises ValidationError if something is missing."""
    offer = _locked(offer, by=by, wanted=State.SENT)
    rules.offers.check_complete(what_is_told(offer))
    offer.state, offer.sent_at = State.SENT, now
    offer.save()
    record("spaces.offer_sent", offer, by=by)
    _tell(offer, [Recipient.of(offer.by)], "offer_sent", now=now)
    staff = telling.programme_staff(london(now).date())
    _tell(offer, [one for one in staff if one.user != by], "offer_to_check", now=now)
    return offer


@transaction.atomic
def withdraw_offer(offer: SpaceOffer, *, by: User, now: datetime) -> SpaceOffer:
    """Take an offer back; staff who may have read it are told.

    Raises ValidationError if it is decided already.
    """
    offer = _locked(offer, by=by, wanted=State.WITHDRAWN)
    was_sent = offer.sent_at is not None
    offer.state = State.WITHDRAWN
    offer.save()
    withdraw(telling.about(offer))
    record("spaces.offer_withdrawn", offer, by=by)
    if was_sent:
        staff = telling.programme_staff(london(now).date())
        _tell(offer, [one for one in staff if one.user != by], "offer_withdrawn", now=now)
    return offer


def what_is_told(offer: SpaceOffer) -> rules.offers.Told:
    """What stands in an offer so far."""
    site = offer.site
    if site is None:
        return rules.offers.Told()
    return rules.offers.Told(
        building=True,
        rooms=site.spaces.count(),
        hours=site.opening_rules.exists(),
        access=site.access_facts.exists(),
        photographs=Photograph.objects.filter(space__site=site).count(),
        terms=site.arrival_facts.exists(),
    )


# --- Programme staff ------------------------------------------------------------------------------


@transaction.atomic
def publish_offer(
    offer: SpaceOffer, *, by: User, now: datetime, seen: datetime | None, makes_manager: bool
) -> SpaceOffer:
    """Put the building and its rooms on offer; whoever offered them runs the site, if staff wish.

    Raises ValidationError "not_from_here" if it is not what `by` has read, and "name_taken" if
    another building of its name is on offer.
    """
    offer = _decided(offer, State.PUBLISHED, by=by, now=now, seen=seen)
    site = _site_of(offer)
    site.slug = _free_slug(Site, site.name)
    site.is_published = True
    try:
        with transaction.atomic():
            site.save()
    except IntegrityError:
        raise _name_is_taken() from None
    for space in site.spaces.order_by("pk"):
        space.slug = _free_slug(Space, f"{site.slug}-{space.name}")
        space.status = Space.Status.PUBLISHED
        space.save()
    if makes_manager:
        SiteManager.objects.create(user=offer.by, site=site, starts_on=london(now).date())
    record("spaces.offer_published", offer, by=by, made_manager=makes_manager)
    told = {"space": site.spaces.order_by("pk")[0], "makes_manager": makes_manager}
    _tell(offer, [Recipient.of(offer.by)], "offer_published", now=now, **told)
    return offer


@transaction.atomic
def ask_for_changes(
    offer: SpaceOffer, *, by: User, now: datetime, seen: datetime | None, note: str
) -> SpaceOffer:
    """Give an offer back with a question. Raises ValidationError as `publish_offer` does."""
    offer = _decided(offer, State.CHANGES_WANTED, by=by, now=now, seen=seen, note=note)
    record("spaces.offer_changes_wanted", offer, by=by)
    _tell(offer, [Recipient.of(offer.by)], "offer_changes_wanted", now=now)
    return offer


@transaction.atomic
def decline_offer(
    offer: SpaceOffer, *, by: User, now: datetime, seen: datetime | None, note: str
) -> SpaceOffer:
    """Say no, and why. Raises ValidationError as `publish_offer` does."""
    offer = _decided(offer, State.DECLINED, by=by, now=now, seen=seen, note=note)
    record("spaces.offer_declined", offer, by=by)
    _tell(offer, [Recipient.of(offer.by)], "offer_declined", now=now)
    return offer


# --- Small parts ----------------------------------------------------------------------------------


def _locked(offer: SpaceOffer, *, by: User, wanted: State | None = None) -> SpaceOffer:
    """The offer as it stands now. What is done with one offer queues here."""
    permissions.check_offers(by, offer)
    offer = _hold(offer)
    if wanted is None:
        rules.offers.check_may_be_written_on(offer)
    else:
        rules.offers.check_may_become(offer, wanted)
    return offer


def _decided(
    offer: SpaceOffer,
    state: State,
    *,
    by: User,
    now: datetime,
    seen: datetime | None,
    note: str = "",
) -> SpaceOffer:
    permissions.check_may_decide_about_offer(by, offer)
    offer = _hold(offer)
    rules.offers.check_may_become(offer, state)
    rules.offers.check_was_read(offer, seen=seen)
    offer.state, offer.note = state, note
    offer.decided_by, offer.decided_at = by, now
    offer.save()
    return offer


def _hold(offer: SpaceOffer) -> SpaceOffer:
    locked = SpaceOffer.objects.select_for_update(no_key=True, of=("self",))
    return locked.select_related("site", "organisation", "by").get(pk=offer.pk)


def _saved(offer: SpaceOffer, step: str, *, by: User) -> SpaceOffer:
    offer.save()
    record("spaces.offer_changed", offer, by=by, step=step)
    return offer


def _site_of(offer: SpaceOffer) -> Site:
    if offer.site is None:
        raise ValidationError(_("Tell us about the building first."), code="building_first")
    return offer.site


def _room_of(site: Site, space: Space) -> Space:
    found = site.spaces.filter(pk=space.pk).first()
    if found is None:
        raise ValidationError(
            _("This room is not in the offer any more. Nothing was changed."), code="not_from_here"
        )
    return found


def _organisation_called(name: str) -> Organisation:
    known = Organisation.objects.filter(name__iexact=name).first()
    return known or Organisation.objects.create(
        name=name,
        slug=_free_slug(Organisation, name),
        kind=Organisation.Kind.PARTNER,
        sector=Organisation.Sector.OTHER,
        is_listed=False,
    )


def _draft_slug_of_room(offer: SpaceOffer, site: Site) -> str:
    number = 1
    while Space.objects.filter(slug=f"{offer.draft_slug}-{number}").exists():
        number += 1
    return f"{offer.draft_slug}-{number}"


def _free_slug(model: type[Model], name: str) -> str:
    base = slugify(name.replace("’", ""))[:70] or "building"
    slug, number = base, 1
    while slug in NOT_SLUGS or model._default_manager.filter(slug=slug).exists():
        number += 1
        slug = f"{base}-{number}"
    return slug


def _name_is_taken() -> ValidationError:
    return ValidationError(
        _("There is a building of this name already. Add the street to its name."),
        code="name_taken",
    )


def _tell(
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
