"""What groups looked for and did not find in the last quarter. All of it is made up."""

from dataclasses import dataclass
from datetime import timedelta

from home.demonstration.world import World
from spaces.models import AccessFact, Layout, UnmetDemand

Key, Size, Part = AccessFact.Key, UnmetDemand.Size, UnmetDemand.PartOfDay
Wheelchairs = UnmetDemand.Wheelchairs
TUESDAY, WEDNESDAY, THURSDAY, SATURDAY, SUNDAY = 1, 2, 3, 5, 6


@dataclass(frozen=True)
class SearchPlan:
    """One kind of search and in which weeks it was made, counted back from this one."""

    weeks_ago: tuple[int, ...]
    borough: str = ""
    size: str = ""
    weekday: int | None = None
    part: str = ""
    needs: tuple[str, ...] = ()
    layout: str = ""
    found: int = 0
    is_free: bool = False
    wheelchairs: str = ""


SEARCHES = [
    SearchPlan(
        (0, 1, 1, 2, 3, 4, 5, 5, 6, 8, 9, 11),
        "Lewisham",
        Size.UP_TO_40,
        TUESDAY,
        Part.EVENING,
        (Key.STEP_FREE,),
        Layout.Kind.CIRCLE,
        wheelchairs=Wheelchairs.UP_TO_2,
    ),
    SearchPlan((0, 2, 3, 6, 7, 10), "Lewisham", Size.UP_TO_20, THURSDAY, Part.EVENING, found=1),
    SearchPlan(
        (1, 2, 4, 7, 9, 12), "Southwark", Size.UP_TO_80, SATURDAY, Part.AFTERNOON, is_free=True
    ),
    SearchPlan(
        (0, 3, 5, 8),
        "Southwark",
        Size.UP_TO_20,
        WEDNESDAY,
        Part.MORNING,
        (Key.HEARING_LOOP, Key.STEP_FREE),
        found=1,
    ),
    SearchPlan((1, 6, 10), "Lambeth", Size.UP_TO_40, SUNDAY, Part.MORNING),
    SearchPlan((2, 4, 9), "Bexley", Size.UP_TO_20, TUESDAY, Part.MORNING, (Key.BABY_CHANGE,)),
    SearchPlan((3, 11), "Bromley", Size.UP_TO_40, THURSDAY, Part.EVENING),
    SearchPlan((1, 10), "Bromley", Size.UP_TO_80, SUNDAY, Part.ANY),
    SearchPlan((5, 8), "Greenwich", Size.MORE, SATURDAY, Part.EVENING),
    SearchPlan((0, 7), "", Size.UP_TO_10, None, "", (Key.CHANGING_PLACES, Key.HEARING_LOOP)),
    SearchPlan(
        (2, 6, 9),
        "Greenwich",
        Size.UP_TO_20,
        WEDNESDAY,
        Part.AFTERNOON,
        (Key.ACCESSIBLE_TOILET,),
        wheelchairs=Wheelchairs.UP_TO_5,
    ),
]


def load(world: World) -> None:
    """Nothing later needs them by name."""
    UnmetDemand.objects.bulk_create(
        UnmetDemand(
            asked_in_week=world.monday - timedelta(weeks=weeks_ago),
            borough=world.things[f"borough:{plan.borough}"] if plan.borough else None,
            size=plan.size,
            layout=plan.layout,
            needs=sorted(plan.needs),
            wheelchairs=plan.wheelchairs,
            free_of_charge=plan.is_free,
            weekday=plan.weekday,
            part_of_day=plan.part,
            found=plan.found,
        )
        for plan in SEARCHES
        for weeks_ago in plan.weeks_ago
    )
