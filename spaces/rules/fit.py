"""What somebody looks for, and how near a space comes to it. Pure."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from spaces.models import AccessFact, Equipment, Layout, Space
from spaces.rules.times import Aside
from spaces.rules.words import NO_WORDS, What

NEEDS = [
    AccessFact.Key.STEP_FREE,
    AccessFact.Key.LIFT,
    AccessFact.Key.ACCESSIBLE_TOILET,
    AccessFact.Key.CHANGING_PLACES,
    AccessFact.Key.HEARING_LOOP,
    AccessFact.Key.QUIET_ROOM,
    AccessFact.Key.BLUE_BADGE,
    AccessFact.Key.BABY_CHANGE,
    AccessFact.Key.PRAYER_ROOM,
    AccessFact.Key.WIFI,
]
"""The access facts one can ask for: those that are there or not."""

Facts = Mapping[str, AccessFact]
"""What is known about one space, by key."""


@dataclass(frozen=True)
class Wish:
    """The blanks that somebody filled in. Empty means it does not matter."""

    people: int | None = None
    layout: str = ""
    wheelchairs: int | None = None
    borough: str = ""
    needs: tuple[str, ...] = ()
    equipment: tuple[str, ...] = ()
    kind: str = ""
    free_of_charge: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    setup_minutes: int = 0
    cleardown_minutes: int = 0
    what: What = NO_WORDS
    day: date | None = None
    """Told without times: any time of that day will do."""

    @property
    def period(self) -> tuple[datetime, datetime] | None:
        if self.starts_at is None or self.ends_at is None:
            return None
        return self.starts_at, self.ends_at

    @property
    def aside(self) -> Aside:
        return {"setup_minutes": self.setup_minutes, "cleardown_minutes": self.cleardown_minutes}


IN_ORDER: tuple[str, ...] = tuple(AccessFact.Key.values)
"""The questions of access. Django makes that list anew each time it is asked for."""


def facts_of(space: Space, facts: Sequence[AccessFact]) -> dict[str, AccessFact]:
    """The facts that hold for a space, in the order of the questions.

    What is said of the space itself goes before what is said of its site.
    """
    told = {fact.key: fact for fact in facts if fact.space_id is None}
    told |= {fact.key: fact for fact in facts if fact.space_id == space.pk}
    return {key: told[key] for key in IN_ORDER if key in told}


def has(facts: Facts, key: str) -> bool:
    """Say whether something is known to be there. Not yet checked is not a yes."""
    return key in facts and facts[key].value == AccessFact.Value.YES


def there(facts: Facts) -> tuple[str, ...]:
    """The access facts one can ask for that are a yes. A width or a distance is no yes or no."""
    return tuple(key.value for key in NEEDS if has(facts, key))


def lacking(facts: Facts, needs: Iterable[str]) -> list[str]:
    """Which of these are not there, or not known to be, in words."""
    return [str(AccessFact.Key(key).label) for key in needs if not has(facts, key)]


ROUGHLY = 0.8
"""A room for 16 does for a group that looked at one for 20; a smaller one does not."""


def about_as_many(layouts: Sequence[Layout]) -> int:
    """How many people a room holds at least that is roughly of this size."""
    roomiest = best_layout(layouts, Wish())
    return ceil(roomiest.capacity * ROUGHLY) if roomiest else 1


def best_layout(layouts: Sequence[Layout], wish: Wish) -> Layout | None:
    """The layout asked for, or else the roomiest; of those that take the wheelchairs."""
    those = [
        layout
        for layout in layouts
        if (not wish.layout or layout.kind == wish.layout)
        and (not wish.wheelchairs or (layout.wheelchair_spaces or 0) >= wish.wheelchairs)
    ]
    return max(those, key=lambda layout: (layout.capacity, -(layout.pk or 0)), default=None)


def how_many(layout: Layout) -> str:
    """20 people, chairs in a circle."""
    people = ngettext("%(number)d person", "%(number)d people", layout.capacity) % {
        "number": layout.capacity
    }
    kind = str(layout.get_kind_display())
    return _("%(people)s, %(layout)s") % {"people": people, "layout": kind[:1].lower() + kind[1:]}


def told_of(layout: Layout) -> str:
    """The same with how many of them may use a wheelchair, for whoever checks what was told."""
    if layout.wheelchair_spaces is None:
        return _("%(how_many)s (wheelchairs: not yet checked)") % {"how_many": how_many(layout)}
    return _("%(how_many)s (wheelchairs: %(number)d)") % {
        "how_many": how_many(layout),
        "number": layout.wheelchair_spaces,
    }


def differences(
    space: Space,
    layouts: Sequence[Layout],
    facts: Facts,
    borough: str,
    wish: Wish,
    *,
    says_what: bool = True,
    equipment: Container[str],
    is_free: bool,
) -> list[str]:
    """In what a space is not what was asked for, whatever the time; empty when it fits.

    `says_what` tells whether it says all the words that are looked for.
    """
    found: list[str] = []
    if wish.what and not says_what:
        found.append(_("It does not say that it suits “%(what)s”.") % {"what": wish.what.shown})
    if wish.borough and borough != wish.borough:
        found.append(_("It is in %(borough)s.") % {"borough": space.site.borough})
    found += _too_small(layouts, wish)
    for key in wish.needs:
        if not has(facts, key):
            what = AccessFact.Key(key).label
            told = facts[key].value if key in facts else AccessFact.Value.NOT_CHECKED
            found.append(f"{what}: {str(AccessFact.Value(told).label).lower()}.")
    for thing in wish.equipment:
        if thing not in equipment:
            found.append(_("It does not have: %(thing)s.") % {"thing": Equipment.Kind(thing).label})
    if wish.kind and space.kind != wish.kind:
        kind = str(space.get_kind_display())
        found.append(_("It is of another kind: %(kind)s.") % {"kind": kind.lower()})
    if wish.free_of_charge and not is_free:
        found.append(_("It is not free of charge."))
    return found


def _too_small(layouts: Sequence[Layout], wish: Wish) -> list[str]:
    if not wish.people and not wish.layout and not wish.wheelchairs:
        return []
    layout = best_layout(layouts, wish)
    if layout is not None and layout.capacity >= (wish.people or 1):
        return []
    if wish.wheelchairs:
        walking = replace(wish, wheelchairs=None)
        return _too_small(layouts, walking) or [wheelchairs_in_words(layouts, wish)]
    if layout is not None:
        return [_("It holds %(how_many)s.") % {"how_many": how_many(layout)}]
    other = best_layout(layouts, Wish())
    if other is None:
        return [_("How many people it holds is not known yet.")]
    return [_("It can only be laid out for %(how_many)s.") % {"how_many": how_many(other)}]


def wheelchairs_in_words(layouts: Sequence[Layout], wish: Wish) -> str:
    """How many people using wheelchairs it takes: in the layout that would do for the wish, or else in
    those that hold everybody, or else in the one that is shown. Empty where nobody asked for any.
    """
    if not wish.wheelchairs:
        return ""
    enough = [
        layout
        for layout in layouts
        if (not wish.layout or layout.kind == wish.layout) and layout.capacity >= (wish.people or 1)
    ]
    best, shown = best_layout(layouts, wish), _shown(layouts, wish)
    told: Sequence[Layout | None] = [best] if best in enough else enough or [shown]
    known = [layout and layout.wheelchair_spaces for layout in told]
    if None in known:
        return _("How many people using wheelchairs it takes: not yet checked.")
    most = max(number or 0 for number in known)
    if not most:
        return _("It has no place for a wheelchair.")
    return ngettext(
        "It takes %(number)d person using a wheelchair.",
        "It takes %(number)d people using wheelchairs.",
        most,
    ) % {"number": most}


def holds_in_words(layouts: Sequence[Layout], wish: Wish) -> str:
    """20 people, chairs in a circle: in the layout that would do, or else in the roomiest."""
    layout = _shown(layouts, wish)
    return how_many(layout) if layout else ""


def _shown(layouts: Sequence[Layout], wish: Wish) -> Layout | None:
    """The layout that would do; where none does the roomiest of that kind, or of any."""
    best = best_layout(layouts, wish)
    if best is None or best.capacity < (wish.people or 1):
        walking = replace(wish, wheelchairs=None)
        best = best_layout(layouts, walking) or best_layout(layouts, Wish())
    return best


SHOWN_FIRST = 4


def shown_first(facts: Facts, wish: Wish) -> list[str]:
    """What is known to be there: what was asked for first, then a few more."""
    keys = [*wish.needs, *(key.value for key in NEEDS if key.value not in wish.needs)]
    there = [key for key in keys if has(facts, key)]
    return [str(AccessFact.Key(key).label) for key in there[: max(SHOWN_FIRST, len(wish.needs))]]


def how_many_not_checked(facts: Facts) -> int:
    """Of what one can ask for; a list of results has no room for more."""
    not_checked = AccessFact.Value.NOT_CHECKED
    return sum(key not in facts or facts[key].value == not_checked for key in NEEDS)
