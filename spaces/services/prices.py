"""What spaces cost, for whoever shows it. Reads only.

Spaces found by `with_site()` bring their charges along, so a list costs no query for each of them.
"""

from datetime import date, datetime

from django.utils.translation import gettext as _

from spaces.models import Space
from spaces.rules import prices
from spaces.rules.prices import Price


def price_for(space: Space, starts_at: datetime, ends_at: datetime) -> Price | None:
    """What a use of a space costs in full, or None where that is not known.

    Setting up and clearing away are never charged. In words it is `in_words(space, …)`.
    """
    return prices.price_of(space.charges_here, starts_at, ends_at)


def version_of_price(price: Price | None) -> str:
    return prices.version_of_pence(price.total_pence if price else None)


def in_words(space: Space, day: date, period: tuple[datetime, datetime] | None = None) -> str:
    """What a space costs: in full for a time, or else what it costs from a day on; never blank."""
    charges = space.charges_here
    price = prices.price_of(charges, *period) if period else None
    if price is not None:
        return price.in_words()
    known = prices.tariff_in_words(charges, day)
    return known or space.price_text or _("Ask the site what it costs")
