"""A made-up South East London of any size: the same seed and first day give the same rows.

Nothing here knows Django: rows are dictionaries, keyed as the columns are called, with keys of
their own. No live bookings of one room overlap, with set-up, clear-down and turnaround counted. The
hour from 07:00 is never booked, so that a drill finds free rooms in the thick of the others.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
BOROUGHS = ["Bexley", "Bromley", "Greenwich", "Lambeth", "Lewisham", "Southwark"]
DISTRICTS = ["DA6", "BR1", "SE10", "SW9", "SE13", "SE1"]
KINDS = ["hall", "meeting", "group", "studio", "kitchen", "counselling", "teaching", "outdoors"]
LAYOUTS = ["circle", "rows", "boardroom", "standing"]
CAPACITIES = [6, 8, 10, 12, 16, 20, 25, 30, 40, 50, 60, 80, 120, 200]
MEASURES = [
    "transport", "door_opening", "door_width", "threshold", "bell_height", "reception",
    "desk_height", "floor", "toilet_distance", "transfer_side",
]  # fmt: skip
FACTS = [
    "blue_badge", "drop_off", "dropped_kerb", "step_free", "ramp", "lift", "resting", "signs",
    "accessible_toilet", "radar_key", "toilet_cord", "changing_places", "hoist",
    "any_gender_toilet", "baby_change", "hearing_loop", "loop_staff", "lighting", "quiet_room",
    "prayer_room", "ablution", "wifi", *MEASURES,
]  # fmt: skip
LONG_AGO = date(2020, 1, 1)
QUARTERS = 4
"""Of an hour: the grid on which rooms are taken."""
FIRST_QUARTER, LAST_QUARTER = 8 * QUARTERS + 2, 20 * QUARTERS + 2
CANCELLED, UNDECIDED = 0.06, 0.08

Row = dict[str, Any]


@dataclass(frozen=True)
class Sizes:
    """How big a world is. `drill_groups` are groups without bookings, for the load drills."""

    sites: int = 60
    spaces: int = 400
    bookings: int = 500_000
    days: int = 157 * 7
    hirers: int = 500
    drill_groups: int = 32
    seed: int = 7


class World:
    """All rows but the bookings are lists; bookings come from `bookings()`, day after day."""

    def __init__(self, sizes: Sizes, first_day: date, now: datetime) -> None:
        self.sizes, self.first_day, self.now = sizes, first_day, now
        self.random = random.Random(sizes.seed)
        self.boroughs: list[Row] = [
            {"id": number, "name": name, "slug": name.lower(), "ons_code": f"E0900{number:04}"}
            for number, name in enumerate(BOROUGHS, 1)
        ]
        self._people_and_groups()
        self._sites_and_spaces()
        self._opening()
        self._closures()

    def _people_and_groups(self) -> None:
        groups = self.sizes.hirers + self.sizes.drill_groups
        owners, of_group = len(BOROUGHS), 3
        self.organisations: list[Row] = []
        self.users: list[Row] = []
        self.hirers: list[Row] = []
        self.mandates: list[Row] = []
        for number in range(1, owners + groups + 1):
            is_owner = number <= owners
            self.organisations.append(
                {
                    "id": number,
                    "name": f"{'Trust' if is_owner else 'Group'} {number} (demo)",
                    "slug": f"body-{number}",
                    "kind": "anchor_institution" if is_owner else "community_group",
                    "sector": "nhs" if is_owner else "vcse",
                    "is_listed": is_owner,
                }
            )
        self.site_managers = [self._person("manager") for _ in range(self.sizes.sites)]
        for number in range(1, groups + 1):
            organisation = owners + number
            people = [self._person("member") for _ in range(of_group)]
            self.mandates += [
                {
                    "id": len(self.mandates) + place,
                    "user_id": person,
                    "organisation_id": organisation,
                    "kind": "manager" if place == 1 else "member",
                    "starts_on": LONG_AGO,
                }
                for place, person in enumerate(people, 1)
            ]
            self.hirers.append(
                {
                    "id": number,
                    "organisation_id": organisation,
                    "state": "approved",
                    "group_kind": "charity",
                    "purpose": "Tea and talk for carers.",
                    "usual_size": self.random.choice(CAPACITIES),
                    "responsible_adult": "Amina Example",
                    "responsible_phone": "020 7946 0123",
                    "is_sensitive": self.random.random() < 0.05,
                    "registered_by_id": people[0],
                    "decided_by_id": self.site_managers[0],
                    "decided_at": datetime(2020, 1, 2, tzinfo=UTC),
                    "confirmed_on": date(2020, 1, 2),
                }
            )
        self.members = {
            hirer["id"]: [
                one["user_id"]
                for one in self.mandates[(hirer["id"] - 1) * of_group : hirer["id"] * of_group]
            ]
            for hirer in self.hirers
        }
        self.drill_hirers = [hirer["id"] for hirer in self.hirers[self.sizes.hirers :]]

    def _person(self, part: str) -> int:
        number = len(self.users) + 1
        name = f"{part.capitalize()} {number} (demo)"
        self.users.append({"id": number, "email": f"{part}{number}@example.org", "name": name})
        return number

    def _sites_and_spaces(self) -> None:
        choose, chance = self.random.choice, self.random.random
        sizes = self.sizes
        self.sites: list[Row] = [
            {
                "id": number,
                "slug": f"site-{number}",
                "name": f"Site {number:04} (demo)",
                "owner_id": (number - 1) % len(BOROUGHS) + 1,
                "borough_id": (number - 1) % len(BOROUGHS) + 1,
                "district": DISTRICTS[(number - 1) % len(DISTRICTS)],
                "contact_email": f"desk{number}@example.org",
                "booking_authority": "ours",
                "is_published": True,
            }
            for number in range(1, sizes.sites + 1)
        ]
        self.arrivals: list[Row] = [
            {"id": site["id"], "site_id": site["id"], "door": "The side door."}
            for site in self.sites
        ]
        self.managed: list[Row] = [
            {"id": number, "user_id": person, "site_id": number, "starts_on": LONG_AGO}
            for number, person in enumerate(self.site_managers, 1)
        ]
        self.rooms: list[Row] = []
        self.spaces: list[Row] = []
        self.space_rooms: list[Row] = []
        self.layouts: list[Row] = []
        self.facts: list[Row] = []
        halls = min(sizes.sites, sizes.spaces // 10)
        rooms_of: dict[int, list[int]] = {site["id"]: [] for site in self.sites}
        for number in range(sizes.spaces - halls):
            site = number % sizes.sites + 1
            self.rooms.append({"id": number + 1, "site_id": site, "name": f"Room {number + 1}"})
            rooms_of[site].append(number + 1)
            self._space(site, [number + 1], choose(CAPACITIES))
        for site in range(1, halls + 1):
            self._space(site, rooms_of[site][:2], choose(CAPACITIES[7:]))
        for place in self.sites:
            for key in FACTS:
                self._fact(place["id"], None, key)
        self.charges = [
            {
                "id": number,
                "site_id": place["id"],
                "what": "hire",
                "pence": 0 if chance() < 0.8 else 1250,
            }
            for number, place in enumerate(self.sites, 1)
        ]
        for space in self.spaces:
            for key in FACTS:
                if chance() < 0.1:
                    self._fact(space["site_id"], space["id"], key)
        self.of_space = {space["id"]: space for space in self.spaces}

    def _space(self, site: int, rooms: list[int], capacity: int) -> None:
        number = len(self.spaces) + 1
        self.spaces.append(
            {
                "id": number,
                "site_id": site,
                "slug": f"space-{number}",
                "name": f"Space {number:05}",
                "kind": self.random.choice(KINDS),
                "summary": "A light room with a kitchen next door.",
                "status": "published" if self.random.random() < 0.97 else "suspended",
                "turnaround_minutes": self.random.choice([0, 15, 15, 30]),
            }
        )
        for room in rooms:
            key = len(self.space_rooms) + 1
            self.space_rooms.append({"id": key, "space_id": number, "room_id": room})
        for kind in self.random.sample(LAYOUTS, self.random.randint(2, 4)):
            self.layouts.append(
                {
                    "id": len(self.layouts) + 1,
                    "space_id": number,
                    "kind": kind,
                    "capacity": max(4, capacity * self.random.choice([5, 7, 10]) // 10),
                }
            )

    def _fact(self, site: int, space: int | None, key: str) -> None:
        value = self.random.choice(["yes", "yes", "yes", "no", "not_checked"])
        self.facts.append(
            {
                "id": len(self.facts) + 1,
                "site_id": site,
                "space_id": space,
                "key": key,
                "value": value,
                "note": "82 cm" if key in MEASURES and value == "yes" else "",
                "surveyed_on": None if value == "not_checked" else LONG_AGO,
            }
        )

    def _opening(self) -> None:
        """Sites open from 07:00; a tenth of the spaces have times of their own."""
        self.opening: list[Row] = []
        self.hours: dict[tuple[int, int], tuple[int, int]] = {}
        """In quarters of an hour after midnight, by space and weekday."""
        shut_on_sundays = {site["id"] for site in self.sites if self.random.random() < 0.15}
        closing = {site["id"]: self.random.choice([20, 21, 22, 22]) for site in self.sites}
        for site in self.sites:
            for weekday in range(6 if site["id"] in shut_on_sundays else 7):
                self._open(site["id"], None, weekday, 7, closing[site["id"]])
        for space in self.spaces:
            site = space["site_id"]
            own = (9, 21) if self.random.random() < 0.1 else None
            for weekday in range(6 if own or site in shut_on_sundays else 7):
                opens, closes = own or (7, closing[site])
                self.hours[space["id"], weekday] = opens * QUARTERS, closes * QUARTERS
                if own:
                    self._open(site, space["id"], weekday, opens, closes)

    def _open(self, site: int, space: int | None, weekday: int, opens: int, closes: int) -> None:
        self.opening.append(
            {
                "id": len(self.opening) + 1,
                "site_id": site,
                "space_id": space,
                "weekday": weekday,
                "opens_minute": opens * 60,
                "closes_minute": closes * 60,
            }
        )

    def _closures(self) -> None:
        """Each site is shut for about eight days a year, and single rooms for two more."""
        self.closures: list[Row] = []
        self.closure_rooms: list[Row] = []
        self.shut: set[tuple[int, int]] = set()
        """Pairs of a room and the number of a day."""
        rooms_of: dict[int, list[int]] = {}
        for room in self.rooms:
            rooms_of.setdefault(room["site_id"], []).append(room["id"])
        for site in self.sites:
            for share, one_room in ((8, False), (2, True)):
                for _number in range(max(1, share * self.sizes.days // 365)):
                    day = self.random.randrange(self.sizes.days)
                    rooms = rooms_of[site["id"]]
                    if one_room:
                        rooms = [self.random.choice(rooms)]
                    self._close(site["id"], day, rooms, is_whole_site=not one_room)

    def _close(self, site: int, day: int, rooms: list[int], *, is_whole_site: bool) -> None:
        number = len(self.closures) + 1
        starts_at, ends_at = (self._clock(day + after, 0) for after in (0, 1))
        facts = {"id": number, "site_id": site, "reason": "works"}
        self.closures.append({**facts, "starts_at": starts_at, "ends_at": ends_at})
        if not is_whole_site:
            key = len(self.closure_rooms) + 1
            self.closure_rooms.append({"id": key, "closure_id": number, "room_id": rooms[0]})
        self.shut.update((room, day) for room in rooms)

    def _clock(self, day: int, hour: int) -> datetime:
        on = self.first_day + timedelta(days=day)
        return datetime(on.year, on.month, on.day, hour, tzinfo=LONDON).astimezone(UTC)

    # --- Bookings ----------------------------------------------------------------------------------

    def bookings(self) -> Iterator[tuple[Row, list[Row]]]:
        """Each booking with the rooms it takes, day after day, exactly as many as asked for."""
        weights = list(accumulate(0.4 + 1.2 * self.random.random() for _space in self.spaces))
        rooms: dict[int, list[int]] = {}
        for row in self.space_rooms:
            rooms.setdefault(row["space_id"], []).append(row["room_id"])
        number, taken_number = 0, 0
        for day in range(self.sizes.days):
            quota = self.sizes.bookings * (day + 1) // self.sizes.days - number
            eight = self._clock(day, 8)
            weekday = (self.first_day + timedelta(days=day)).weekday()
            masks: dict[int, int] = dict.fromkeys((room["id"] for room in self.rooms), 0)
            tries = 0
            is_cancelled = self.random.random() < CANCELLED
            while quota:
                tries += 1
                if tries > 2000 + 100 * self.sizes.bookings // self.sizes.days:
                    raise ValueError("So many bookings do not fit into these spaces.")
                space = self.random.choices(self.spaces, cum_weights=weights)[0]
                use = self._use(space, weekday)
                own = rooms[space["id"]]
                if use is None or any((room, day) in self.shut for room in own):
                    continue
                first, last = use[0], use[3]
                mask = ((1 << (last - first)) - 1) << first
                if not is_cancelled:
                    if any(masks[room] & mask for room in own):
                        continue
                    for room in own:
                        masks[room] |= mask
                number += 1
                quota -= 1
                booking = self._booking(number, space, eight, use, is_cancelled=is_cancelled)
                status = {
                    "confirmed": "confirmed",
                    "requested": "pending",
                    "cancelled_by_hirer": "released",
                }[booking["state"]]
                occupancies = []
                for room in own:
                    taken_number += 1
                    occupancies.append(
                        {
                            "id": taken_number,
                            "room_id": room,
                            "booking_id": number,
                            "starts_at": _quarter(eight, first),
                            "used_until": _quarter(eight, last)
                            - timedelta(minutes=space["turnaround_minutes"]),
                            "ends_at": _quarter(eight, last),
                            "status": status,
                        }
                    )
                yield booking, occupancies
                is_cancelled = self.random.random() < CANCELLED

    def _use(self, space: Row, weekday: int) -> tuple[int, int, int, int] | None:
        """When set-up, the use itself and all the clearing away begin and end; None when shut."""
        hours = self.hours.get((space["id"], weekday))
        if hours is None:
            return None
        chance = self.random.random
        before = int(chance() * 3) if chance() < 0.3 else 0
        after = int(chance() * 2) if chance() < 0.3 else 0
        length = (4, 4, 6, 8, 8, 12)[int(chance() * 6)]
        earliest = max(FIRST_QUARTER, hours[0]) + before
        latest = min(LAST_QUARTER, hours[1]) - length - after
        # A good half at any time of day; the others in the evening.
        wished = (
            earliest + chance() * (latest - earliest) if chance() < 0.55 else 64 + chance() * 12
        )
        starts = min(int(wished) // 2 * 2, latest // 2 * 2)
        if starts < earliest:
            starts += 2
        ends = starts + length
        turnaround = space["turnaround_minutes"] // 15
        return starts - before, starts, ends, ends + after + turnaround

    def _booking(
        self,
        number: int,
        space: Row,
        eight: datetime,
        use: tuple[int, int, int, int],
        *,
        is_cancelled: bool,
    ) -> Row:
        first, starts, ends, last = use
        hirer = 1 + int(self.random.random() * self.sizes.hirers)
        starts_at = _quarter(eight, starts)
        asked_at = min(starts_at, self.now) - timedelta(days=10 + int(self.random.random() * 40))
        # Nothing is asked for here, so whatever was approved has been confirmed since.
        state = "cancelled_by_hirer" if is_cancelled else "confirmed"
        if state == "confirmed" and starts_at > self.now and self.random.random() < UNDECIDED:
            state = "requested"
        is_decided = state != "requested"
        bits = self.random.getrandbits
        return {
            "id": number,
            "uuid": UUID(int=bits(128), version=4),
            "form_id": UUID(int=bits(128), version=4),
            "space_id": space["id"],
            "hirer_id": hirer,
            "requested_by_id": self.members[hirer][number % 3],
            "purpose": f"Meeting {number}",
            "attendance": 4,
            "ages": ["26_to_64"],
            "starts_at": starts_at,
            "ends_at": _quarter(eight, ends),
            "setup_minutes": (starts - first) * 15,
            "cleardown_minutes": (last - ends) * 15 - space["turnaround_minutes"],
            "turnaround_minutes": space["turnaround_minutes"],
            "state": state,
            "requested_at": asked_at,
            "reason": "no_longer_needed" if is_cancelled else "",
            "decided_by_id": self.site_managers[space["site_id"] - 1] if is_decided else None,
            "decided_at": asked_at + timedelta(days=2) if is_decided else None,
        }


def _quarter(eight: datetime, quarter: int) -> datetime:
    """The moment so many quarters of an hour after midnight on London's clock, from its 08:00."""
    return eight + timedelta(minutes=15 * quarter - 8 * 60)
