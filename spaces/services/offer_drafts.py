"""A part of an offer with a mistake in it: kept as it was typed until it is put right."""

from collections.abc import Iterable, Mapping

from django.db import transaction

from accounts.models import User
from spaces import permissions
from spaces.models import OfferDraft, Space, SpaceOffer
from spaces.rules import offers as rules
from spaces.services.offers import held
from spaces.services.registering import LONGEST, MOST, Answers


def part_of_room(space: Space | None) -> str:
    """A room that is not saved yet is one part, whatever it is called."""
    return f"{rules.ROOM}{space.pk}" if space else rules.NEW_ROOM


def parts_not_right(offer: SpaceOffer) -> set[str]:
    """The parts that were typed and are not right yet."""
    return set(offer.drafts.values_list("part", flat=True))


def typed_in(offer: SpaceOffer, part: str) -> Answers:
    """What was typed in this part and not right yet; nothing is an empty dict."""
    draft = offer.drafts.filter(part=part).first()
    return dict(draft.answers) if draft else {}


@transaction.atomic
def keep_typed(
    offer: SpaceOffer, part: str, typed: Mapping[str, Iterable[str]], *, by: User
) -> None:
    """Keep a part as it was typed, right or wrong; of an offer that was sent meanwhile, nothing."""
    permissions.check_offers(by, offer)
    offer = held(offer)
    if not offer.is_open:
        return
    answers = {
        name: [value[:LONGEST] for value in list(values)[:MOST]] for name, values in typed.items()
    }
    OfferDraft.objects.update_or_create(offer=offer, part=part, defaults={"answers": answers})


@transaction.atomic
def throw_away(offer: SpaceOffer, part: str, *, by: User) -> None:
    """What was typed in this part and never saved goes; what was saved before stays as it is."""
    permissions.check_offers(by, offer)
    forget_typed(held(offer), part)


def forget_typed(offer: SpaceOffer, part: str) -> None:
    """For services that save a part."""
    offer.drafts.filter(part=part).delete()
