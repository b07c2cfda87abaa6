"""What programme staff answer to whoever offers rooms: yes, a question, or no."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.services import record
from core.clock import london
from notifications.models import Recipient
from spaces import permissions, rules
from spaces.models import SiteManager, Space, SpaceOffer
from spaces.services import bank_holidays, turns
from spaces.services.offers import held, name_is_taken, save_at_free_slug, site_of, tell
from spaces.services.writing_down import refused_if_taken

State = SpaceOffer.State


@turns.in_turn()
@transaction.atomic
def publish_offer(
    offer: SpaceOffer, *, by: User, now: datetime, seen: datetime | None, makes_manager: bool
) -> SpaceOffer:
    """Put the building and its rooms on offer; whoever offered them runs the site, if staff wish.
    It is closed on bank holidays, apart from those on which its owner said that it is open.

    Raises ValidationError "not_from_here" if it is not what `by` has read, and "name_taken" if
    another building of its name is on offer.
    """
    offer = _decided(offer, State.PUBLISHED, by=by, now=now, seen=seen)
    site = site_of(offer)
    site.is_published = True
    with refused_if_taken(
        name_is_taken(), constraint="a_site_on_offer_has_a_name_of_its_own", code="name_taken"
    ):
        save_at_free_slug(site, site.name)
    for space in site.spaces.order_by("pk"):
        space.status = Space.Status.PUBLISHED
        save_at_free_slug(space, f"{site.slug}-{space.name}")
    today = london(now).date()
    bank_holidays.close_new_site(site, asked_until=offer.holidays_until, today=today)
    if makes_manager:
        SiteManager.objects.create(user=offer.by, site=site, starts_on=today)
    record("spaces.offer_published", offer, by=by, made_manager=makes_manager)
    told = {"space": site.spaces.order_by("pk")[0], "makes_manager": makes_manager}
    tell(offer, [Recipient.of(offer.by)], "offer_published", now=now, **told)
    return offer


@transaction.atomic
def ask_for_changes(
    offer: SpaceOffer, *, by: User, now: datetime, seen: datetime | None, note: str
) -> SpaceOffer:
    """Give an offer back with a question. Raises ValidationError as `publish_offer` does."""
    offer = _decided(offer, State.CHANGES_WANTED, by=by, now=now, seen=seen, note=note)
    record("spaces.offer_changes_wanted", offer, by=by)
    tell(offer, [Recipient.of(offer.by)], "offer_changes_wanted", now=now)
    return offer


@transaction.atomic
def decline_offer(
    offer: SpaceOffer, *, by: User, now: datetime, seen: datetime | None, note: str
) -> SpaceOffer:
    """Say no, and why. Raises ValidationError as `publish_offer` does."""
    offer = _decided(offer, State.DECLINED, by=by, now=now, seen=seen, note=note)
    record("spaces.offer_declined", offer, by=by)
    tell(offer, [Recipient.of(offer.by)], "offer_declined", now=now)
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
    offer = held(offer)
    rules.offers.check_may_become(offer, state)
    rules.offers.check_was_read(offer, seen=seen)
    # What was answered before belongs to what was asked before.
    offer.state, offer.note, offer.answer = state, note, ""
    offer.decided_by, offer.decided_at = by, now
    offer.save()
    if state != State.CHANGES_WANTED:
        offer.drafts.all().delete()
    return offer
