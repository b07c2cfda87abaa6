"""Thirteen groups that book, or ask to. All of them are made up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import ProgrammeRole, User
from anchors.models import Mandate
from core.clock import london
from home.demonstration import route
from home.demonstration.past import days_ago, done
from home.demonstration.world import World
from spaces import services
from spaces.models import AccessKey, Hirer
from spaces.services.prevent import Checked

Kind = Hirer.GroupKind

CHECKED = Checked(["speakers", "purpose"], ["website", "venue"], "Known at the library (demo).")

LONG_AGO = timedelta(days=760)
"""When most groups registered: before any date that the data is laid out around."""


@dataclass(frozen=True)
class GroupPlan:
    """One group. `people` are its manager and then its members: parts of the cast, or names."""

    name: str
    kind: str
    size: int
    purpose: str
    borough: str
    people: tuple[str, ...]
    adult: str
    phone: str
    number: str = ""
    is_sensitive: bool = False
    days_ago: int = LONG_AGO.days
    refused: str = ""
    stopped: str = ""
    """What it was told when its approval was taken back, a week ago."""
    appeals: str = ""
    """What the group wrote against it, four days ago."""
    is_waiting: bool = False
    needs: tuple[AccessKey, ...] = ()
    communication: str = ""


GROUPS = [
    GroupPlan(
        "Second Cup Carers",
        Kind.CHARITY,
        30,
        "Tea, talk and a rest for people who care for somebody at home.",
        "Greenwich",
        ("hirer_manager", "hirer_member"),
        "Amina Yusuf",
        "020 7946 0301",
        "DEMO-0001",
        needs=(AccessKey.STEP_FREE, AccessKey.ACCESSIBLE_TOILET, AccessKey.HEARING_LOOP),
        communication="Please ring in the morning, and send letters in large print.",
    ),
    GroupPlan(
        "Kickabout Elders",
        Kind.UNREGISTERED,
        14,
        "Walking football and stretching for people over 60.",
        "Greenwich",
        ("Ken Okafor", "hirer_member"),
        "Ken Okafor",
        "020 7946 0302",
        needs=(AccessKey.STEP_FREE, AccessKey.BLUE_BADGE),
    ),
    GroupPlan(
        "Pan y Palabra",
        Kind.CIC,
        18,
        "English lessons for Spanish speakers, with bread and conversation.",
        "Bexley",
        ("other_hirer_manager", "Luis Prado"),
        "Rosa Delgado",
        "020 7946 0303",
        "DEMO-0003",
    ),
    GroupPlan(
        "Hands Up Deaf Social",
        Kind.OTHER,
        20,
        "Evenings in British Sign Language for Deaf people and their friends.",
        "Lewisham",
        ("Sian Powell", "Marek Nowak"),
        "Sian Powell",
        "020 7946 0304",
        needs=(AccessKey.HEARING_LOOP, AccessKey.WIFI),
        communication="Many of us use British Sign Language. Write or text; nobody hears a call.",
    ),
    GroupPlan(
        "Bright Start Parents",
        Kind.CHARITY,
        25,
        "Play and advice for parents with children under five.",
        "Bromley",
        ("Leah Grant", "Omar Haddad"),
        "Leah Grant",
        "020 7946 0305",
        "DEMO-0005",
        needs=(AccessKey.STEP_FREE, AccessKey.BABY_CHANGE),
    ),
    GroupPlan(
        "Rainbow Table",
        Kind.OTHER,
        12,
        "Supper and support for people who are not safe to be seen together.",
        "Greenwich",
        ("Jo Ellis", "Sam Reid"),
        "Jo Ellis",
        "020 7946 0306",
        is_sensitive=True,
    ),
    GroupPlan(
        "Loud Choir",
        Kind.CHARITY,
        48,
        "Singing for everybody who was ever told not to.",
        "Greenwich",
        ("Bea Lawson", "Dev Anand"),
        "Bea Lawson",
        "020 7946 0307",
        "DEMO-0007",
    ),
    GroupPlan(
        "Northbank Debt Desk",
        Kind.CHARITY,
        6,
        "Advice about debts, one person at a time.",
        "Greenwich",
        ("Ruth Amadi", "Ian Foster"),
        "Ruth Amadi",
        "020 7946 0308",
        "DEMO-0008",
    ),
    GroupPlan(
        "Tea and Tenants",
        Kind.TENANTS,
        22,
        "Tenants of one estate who talk about repairs and look out for one another.",
        "Lambeth",
        ("Cora Webb", "Abdi Warsame"),
        "Cora Webb",
        "020 7946 0309",
        days_ago=2,
        is_waiting=True,
    ),
    GroupPlan(
        "Newcomer Kitchen",
        Kind.CIC,
        16,
        "People new to London cook for their neighbours.",
        "Lewisham",
        ("Hana Tesfaye", "Paul Rowe"),
        "Hana Tesfaye",
        "020 7946 0310",
        "DEMO-0010",
    ),
    GroupPlan(
        "Corner Chess Youth",
        Kind.UNREGISTERED,
        10,
        "Chess after school.",
        "Southwark",
        ("Noah Price", "Zara Khan"),
        "Noah Price",
        "020 7946 0311",
        days_ago=20,
        refused="The person you named to answer for the group is under 18. Please tell us the name"
        " of an adult, and we will look at it again.",
        appeals="My aunt, Grace Price, is 41 and comes to every session. We should have named her."
        " She will answer for us.",
    ),
    GroupPlan(
        "Quiet Minds Studio",
        Kind.OTHER,
        8,
        "Paid courses in calm.",
        "Southwark",
        ("other_hirer_manager", "Ella Frost"),
        "Ella Frost",
        "020 7946 0312",
        days_ago=30,
        refused="These rooms are for voluntary and community groups, and you told us that you are a"
        " business. If you run something free for local people, tell us about it.",
    ),
    GroupPlan(
        "Front Room Market",
        Kind.CIC,
        30,
        "Neighbours swap clothes and toys.",
        "Lewisham",
        ("Ivy Marsh", "Tom Adeyemi"),
        "Ivy Marsh",
        "020 7946 0313",
        "DEMO-0013",
        days_ago=200,
        stopped="You asked for entrance money, and traders sold new goods. Tell us how you will keep it"
        " to swapping among neighbours.",
    ),
]


def load(world: World) -> None:
    """Groups are then in `world.things` as “hirer:Loud Choir”, their people by name in `people`."""
    for plan in GROUPS:
        world.things[f"hirer:{plan.name}"] = _group(world, plan)
    _who_is_asked(world)


def _group(world: World, plan: GroupPlan) -> Hirer:
    manager, *members = (_person(world, key) for key in plan.people)
    registered = days_ago(world, plan.days_ago)
    hirer = done(
        world,
        registered,
        lambda: services.register_hirer(
            by=manager,
            now=registered,
            name=f"{plan.name} (demo)",
            group_kind=plan.kind,
            purpose=plan.purpose,
            usual_size=plan.size,
            responsible_adult=f"{plan.adult} (demo)",
            responsible_phone=plan.phone,
            boroughs=[world.things[f"borough:{plan.borough}"]],
            registered_number=plan.number,
            is_sensitive=plan.is_sensitive,
        ),
    )
    # Most groups have said since that their facts are right; one is asked again this month.
    last_said = 345 if plan.name == "Second Cup Carers" else 120
    confirmed = days_ago(world, min(plan.days_ago, last_said))
    Hirer.objects.filter(pk=hirer.pk).update(
        created_at=registered, confirmed_on=london(confirmed).date()
    )
    hirer.refresh_from_db()
    if plan.needs:
        done(
            world,
            registered,
            lambda: services.save_needs(
                hirer,
                by=manager,
                access_needs=[key.value for key in plan.needs],
                communication_needs=plan.communication,
            ),
        )
    for member in members:
        Mandate.objects.create(
            user=member,
            organisation=hirer.organisation,
            kind=Mandate.Kind.MEMBER,
            starts_on=london(registered).date(),
        )
    route.load(world, hirer, plan.name, when=registered + timedelta(days=1))
    if plan.is_waiting:
        return hirer
    decided = registered + timedelta(days=2)
    worker = world.people["programme_staff"]
    if plan.refused:
        # By a colleague, so that the programme worker of the cast is somebody else.
        return _refused(world, plan, hirer, decided)
    hirer = done(
        world,
        decided,
        lambda: services.approve_hirer(hirer, by=worker, now=decided, checked=CHECKED),
    )
    return _stopped(world, plan, hirer) if plan.stopped else hirer


def _stopped(world: World, plan: GroupPlan, hirer: Hirer) -> Hirer:
    """By a colleague, too, so that an appeal could go to the cast."""
    colleague, now = _colleague(world), days_ago(world, 7)
    why = {"stopped_because": "not_as_told", "reason": plan.stopped}
    return done(
        world,
        now,
        lambda: services.stop_hirer(hirer, by=colleague, now=now, cancels=False, **why),
    )


def _refused(world: World, plan: GroupPlan, hirer: Hirer, decided: datetime) -> Hirer:
    colleague = _colleague(world)
    hirer = done(
        world,
        decided,
        lambda: services.decline_hirer(hirer, by=colleague, now=decided, reason=plan.refused),
    )
    if plan.appeals:
        manager, appealed = world.people[plan.people[0]], days_ago(world, 4)
        # They met long before they registered, and before any date that is called today.
        Mandate.objects.filter(organisation=hirer.organisation).update(
            starts_on=days_ago(world, LONG_AGO.days).date()
        )
        done(
            world,
            appealed,
            lambda: services.appeal(hirer, by=manager, now=appealed, words=plan.appeals),
        )
    return hirer


def _colleague(world: World) -> User:
    if "Ola Berg" not in world.people:
        ProgrammeRole.objects.create(
            user=_person(world, "Ola Berg"),
            role=ProgrammeRole.Role.PROGRAMME_STAFF,
            starts_on=days_ago(world, LONG_AGO.days).date(),
        )
    return world.people["Ola Berg"]


def _who_is_asked(world: World) -> None:
    """The carers’ manager has invited a colleague, and would like to hand over to the member."""
    hirer, manager = world.things["hirer:Second Cup Carers"], world.people["hirer_manager"]
    yesterday = days_ago(world, 1)
    member = next(
        one
        for one in services.people_of(hirer, today=world.today)
        if one.user == world.people["hirer_member"]
    )
    done(
        world,
        yesterday,
        lambda: services.invite(
            hirer, email="nadia.blake@example.org", kind="member", by=manager, now=yesterday
        ),
    )
    done(
        world,
        yesterday,
        lambda: services.offer_hand_over(
            member, hirer=hirer, sender_then="member", by=manager, now=yesterday
        ),
    )


def _person(world: World, key: str) -> User:
    """Somebody of the cast, or a person by name who is made the first time."""
    if key not in world.people:
        email = f"{key.lower().replace(' ', '.')}@example.org"
        world.people[key] = User.objects.create_user(email, name=f"{key} (demo)")
    return world.people[key]
