"""The portal as it would be if nobody held the rooms still: a planted fault, for the drills alone."""

from config.wsgi import application
from spaces.models import Room, Space
from spaces.services import rooms


def look_without_holding(space: Space) -> list[Room]:
    return list(Room.objects.filter(spaces=space).order_by("pk"))


rooms.lock_rooms = look_without_holding

__all__ = ["application"]
