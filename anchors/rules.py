"""What may be said of a membership on a day. Facts in, answer out."""

from datetime import date
from enum import StrEnum

from anchors.models import Network, NetworkMembership


class Belonging(StrEnum):
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    ENDED = "ended"


def has_ended(network: Network, *, today: date) -> bool:
    """A network ends by its own dates."""
    return network.ends_on is not None and network.ends_on < today


def belonging(membership: NetworkMembership, *, today: date) -> Belonging:
    """Say whether this organisation is in this network: the first of these that is true."""
    if membership.standing == NetworkMembership.Standing.NOT_CONFIRMED:
        return Belonging.NOT_CONFIRMED
    if has_ended(membership.network, today=today):
        return Belonging.ENDED
    if membership.ends_on is not None and membership.ends_on < today:
        return Belonging.ENDED
    return Belonging.CONFIRMED
