"""Showing what a space looks like."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from core.pictures import Picture
from spaces import permissions, rules
from spaces.models import Photograph, Space


@transaction.atomic
def add_photograph(
    space: Space,
    *,
    by: User,
    now: datetime,
    picture: Picture,
    alternative_text: str,
    caption: str = "",
) -> Photograph:
    """Show one more picture of a space, after those that are there.

    Raises ValidationError if there are enough, or if it is one of them.
    """
    rules.photographs.check_says_what_is_seen(alternative_text)
    there = _lock(space, by=by)
    rules.photographs.check_room_for_one_more(len(there))
    photograph = Photograph(
        space=space,
        alternative_text=alternative_text,
        caption=caption,
        position=there[-1].position + 1 if there else 0,
        width=picture.large.width,
        height=picture.large.height,
        small_width=picture.small.width,
        small_height=picture.small.height,
        large=picture.large.content,
        small=picture.small.content,
        fingerprint=picture.fingerprint,
        added_by=by,
        added_at=now,
    )
    if any(one.fingerprint == photograph.fingerprint for one in there):
        raise ValidationError(
            {"picture": ValidationError(_("This photograph is there already."), code="there")}
        )
    photograph.save()
    record("spaces.photograph_added", space, by=by, part=photograph.pk)
    return photograph


@transaction.atomic
def describe_photograph(
    photograph: Photograph, *, by: User, alternative_text: str, caption: str = ""
) -> None:
    """Say anew what is to be seen.

    Raises ValidationError if it is gone, or if the words do not tell what is to be seen.
    """
    rules.photographs.check_says_what_is_seen(alternative_text)
    photograph = _still_there(_lock(photograph.space, by=by), photograph)
    photograph.alternative_text, photograph.caption = alternative_text, caption
    photograph.save(update_fields=["alternative_text", "caption"])
    record("spaces.photograph_described", photograph.space, by=by, part=photograph.pk)


@transaction.atomic
def move_photograph(photograph: Photograph, *, by: User) -> None:
    """Show it before the one that it stands behind. The first stays where it is.

    Raises ValidationError if it is gone.
    """
    there = _lock(photograph.space, by=by)
    place = there.index(_still_there(there, photograph))
    if place == 0:
        return
    before, this = there[place - 1], there[place]
    before.position, this.position = this.position, before.position
    for one in (before, this):
        one.save(update_fields=["position"])
    record("spaces.photograph_moved", photograph.space, by=by, part=photograph.pk)


@transaction.atomic
def remove_photograph(photograph: Photograph, *, by: User) -> None:
    """Take a picture away, for good.

    Raises ValidationError if it is gone already.
    """
    photograph = _still_there(_lock(photograph.space, by=by), photograph)
    record("spaces.photograph_removed", photograph.space, by=by, part=photograph.pk)
    photograph.delete()


def _lock(space: Space, *, by: User) -> list[Photograph]:
    """The photographs of a space, in order. One person changes them at a time, so they queue here."""
    permissions.check_may_describe(by, space)
    Space.objects.select_for_update(no_key=True, of=("self",)).get(pk=space.pk)
    return list(Photograph.objects.filter(space=space).in_order())


def _still_there(there: list[Photograph], photograph: Photograph) -> Photograph:
    for one in there:
        if one.pk == photograph.pk:
            return one
    raise ValidationError(_("This photograph has been removed already."), code="not_from_here")
