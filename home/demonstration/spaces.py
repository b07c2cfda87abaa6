"""Eight sites and what can be booked in them. All of it is made up; bank holidays are real."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from holidays import country_holidays

from accounts.models import User
from anchors.models import Borough, Organisation
from core.clock import at_minute
from home.demonstration.world import MADE_UP, World
from spaces.models import (
    AccessFact,
    Arrival,
    Charge,
    Closure,
    Equipment,
    Layout,
    OpeningRule,
    Room,
    Site,
    SiteManager,
    Space,
)
from spaces.services.arrival import keep_arrival

HOST = "Riverside Estates Partnership (demo)"
SURVEYED_ON = date(2026, 9, 14)

Key = AccessFact.Key
Kind = Space.Kind
Drawing = Space.Drawing
Hours = dict[int, tuple[int, int]]
"""Weekday, Monday is 0, to the hours from which until which a site is open."""

ChargePlan = tuple[str, str, str, int]
"""What for, how it counts, when it applies, pence."""

What, Per, When = Charge.What, Charge.Per, Charge.When
Thing = Equipment.Kind
FREE: tuple[ChargePlan, ...] = ((What.HIRE, Per.USE, When.ALWAYS, 0),)

NO_ARRIVAL = Arrival()
MONDAY_TO_FRIDAY = range(5)
EVERY_DAY = range(7)


@dataclass(frozen=True)
class SpacePlan:
    """One space: `holds` by layout as circle, rows, boardroom, standing; 0 where it cannot."""

    name: str
    kind: str
    drawing: str
    holds: tuple[int, int, int, int]
    summary: str
    charges: tuple[ChargePlan, ...] = ()
    price_text: str = ""
    turnaround: int = 15
    min_minutes: int = 60
    rooms: tuple[str, ...] = ()
    facts: dict[str, tuple[str, str]] = field(default_factory=dict)
    equipment: dict[str, tuple[int, str]] = field(default_factory=dict)
    seasonal: bool = False
    is_clinical: bool = False
    arrival: Arrival = NO_ARRIVAL
    """Where it differs from its site."""


@dataclass(frozen=True)
class SitePlan:
    """One site with its spaces. Facts are (yes, no, or "" for not yet checked) and a note."""

    name: str
    borough: str
    street: str
    postcode: str
    """Of fiction: no real one ends in two of the letters C, I, K, M, O and V."""
    summary: str
    getting_there: str
    arrival: Arrival
    phone: str
    hours: Hours
    facts: dict[str, tuple[str, str]]
    spaces: list[SpacePlan]
    house_rules: tuple[str, ...] = ()
    external_url: str = ""
    """Where it is booked, when that is not here."""
    charges: tuple[ChargePlan, ...] = FREE
    cancel_notice: int = 5


YES, NO, NOT_CHECKED = "yes", "no", ""

HOUSE_RULES = (
    "Nobody smokes or vapes in the building or at its doors.",
    "Put chairs and tables back as you found them, and take your rubbish home.",
    "If the alarm rings, leave at once and meet across the road.",
    "Tell the site about anything broken, so that it can be mended.",
)

SITES = [
    SitePlan(
        name="Ash Row Health Centre",
        house_rules=("Keep the corridor to the waiting rooms free.",),
        borough="Southwark",
        street="3 Ash Row",
        postcode="SE15 1KM",
        summary="A busy health centre with a hall of its own, away from the waiting rooms.",
        getting_there="Five minutes on foot from the station. Three bus lines stop at the door.",
        arrival=Arrival(
            who_opens="reception",
            who_opens_words="Until 8pm.",
            door="The side door on Ash Row.",
            bring="The reference of your booking.",
            call_name="The front desk",
            call_phone="020 7946 0601",
        ),
        phone="020 7946 0201",
        hours={**dict.fromkeys(MONDAY_TO_FRIDAY, (8, 20)), 5: (9, 13)},
        facts={
            Key.STEP_FREE: (YES, "Level way in from Ash Row"),
            Key.LIFT: (NO, "Everything is on the ground floor"),
            Key.DOOR_WIDTH: (YES, "90 cm"),
            Key.ACCESSIBLE_TOILET: (YES, ""),
            Key.CHANGING_PLACES: (NO, ""),
            Key.BLUE_BADGE: (YES, "2 bays, 20 metres from the door"),
            Key.BABY_CHANGE: (YES, ""),
            Key.PRAYER_ROOM: (NOT_CHECKED, ""),
            Key.WIFI: (YES, "Ask at reception for the password"),
            Key.TRANSPORT: (YES, "Bus stop outside the door"),
            Key.DROP_OFF: (YES, "In front of the side door"),
            Key.DROPPED_KERB: (YES, ""),
            Key.RAMP: (NO, "None is needed: the way in is level"),
            Key.DOOR_OPENING: (YES, "By itself"),
            Key.THRESHOLD: (YES, "1 cm"),
            Key.BELL_HEIGHT: (YES, "105 cm"),
            Key.RECEPTION: (YES, "6 metres"),
            Key.DESK_HEIGHT: (YES, "76 cm at its low part"),
            Key.FLOOR: (YES, "Smooth, not shiny"),
            Key.RESTING: (YES, "Every 10 metres"),
            Key.SIGNS: (YES, ""),
            Key.TOILET_DISTANCE: (YES, "8 metres"),
            Key.TRANSFER_SIDE: (YES, "Right"),
            Key.RADAR_KEY: (NO, "It is never locked"),
            Key.TOILET_CORD: (YES, ""),
            Key.ANY_GENDER_TOILET: (YES, ""),
            Key.LOOP_STAFF: (YES, "Ask at the front desk"),
            Key.LIGHTING: (NO, ""),
        },
        spaces=[
            SpacePlan(
                "Hall",
                Kind.HALL,
                Drawing.HALL,
                (40, 60, 24, 60),
                "A bright hall with a wooden floor. Good for meetings, exercise and celebrations."
                " 60 chairs are in the store beside it.",
                turnaround=30,
                facts={
                    Key.HEARING_LOOP: (YES, "Staff can switch it on"),
                    Key.LOOP_KIND: (YES, "Fixed"),
                },
                equipment={
                    Thing.TABLES: (10, "In the store beside the hall"),
                    Thing.PROJECTOR: (1, "Bring your own cable"),
                    Thing.MICROPHONE: (2, ""),
                    Thing.LOOP_MICROPHONE: (1, "Ask at the front desk"),
                    Thing.TEA: (1, "60 cups"),
                },
            ),
            SpacePlan(
                "Room 1",
                Kind.MEETING,
                Drawing.MEETING_ROUND,
                (12, 12, 10, 0),
                "A quiet meeting room with a round table and a screen."
                " Sometimes needed for patients at short notice; you would be told at once.",
                facts={Key.HEARING_LOOP: (NO, "")},
                equipment={
                    Thing.SCREEN: (1, ""),
                    Thing.FLIPCHART: (1, "Bring your own pens"),
                },
            ),
            SpacePlan(
                "Counselling room",
                Kind.COUNSELLING,
                Drawing.COUNSELLING,
                (3, 0, 0, 0),
                "A small room for talking in private. Nobody can see or hear in.",
                facts={Key.QUIET_ROOM: (YES, ""), Key.HEARING_LOOP: (NOT_CHECKED, "")},
            ),
            SpacePlan(
                "Treatment room",
                Kind.COUNSELLING,
                Drawing.COUNSELLING,
                (3, 0, 0, 0),
                "For patients and those who treat them. Groups do not see it.",
                is_clinical=True,
            ),
        ],
    ),
    SitePlan(
        name="Cobbler’s Yard Clinic",
        house_rules=(
            "Cook in the kitchen only, and wash up before you leave.",
            "Children stay out of the kitchen while a hob is on.",
        ),
        borough="Lewisham",
        street="Cobbler’s Yard",
        postcode="SE13 2VC",
        summary="A small clinic in a yard behind the high street, with a kitchen to cook together.",
        getting_there="Through the arch beside the bakery. The nearest bus stop is 200 metres away.",
        arrival=Arrival(
            who_opens="somebody",
            who_opens_words="Until 6pm.",
            door="The main door. Ring the bell marked Clinic.",
            call_name="The practice manager",
            call_phone="020 7946 0602",
        ),
        phone="020 7946 0202",
        hours=dict.fromkeys(MONDAY_TO_FRIDAY, (8, 18)),
        facts={
            Key.STEP_FREE: (YES, "By a ramp"),
            Key.LIFT: (NO, "Everything is on the ground floor"),
            Key.DOOR_WIDTH: (YES, "84 cm"),
            Key.ACCESSIBLE_TOILET: (YES, ""),
            Key.CHANGING_PLACES: (NO, ""),
            Key.HEARING_LOOP: (NOT_CHECKED, ""),
            Key.BLUE_BADGE: (NOT_CHECKED, ""),
            Key.BABY_CHANGE: (YES, ""),
            Key.WIFI: (NO, ""),
            Key.DROP_OFF: (NO, "The yard is too narrow for cars"),
            Key.RAMP: (YES, "1 in 15, with rails on both sides"),
            Key.DOOR_OPENING: (YES, "Pull, heavy"),
            Key.BELL_HEIGHT: (YES, "120 cm"),
            Key.RECEPTION: (YES, "3 metres"),
            Key.TOILET_DISTANCE: (YES, "12 metres"),
            Key.TRANSFER_SIDE: (YES, "Left"),
            Key.TOILET_CORD: (NO, "It is tied up too high"),
            Key.ANY_GENDER_TOILET: (YES, ""),
            Key.TRANSPORT: (YES, "Bus stop, 200 metres"),
        },
        spaces=[
            SpacePlan(
                "Group room",
                Kind.GROUP,
                Drawing.GROUP,
                (20, 20, 14, 24),
                "Chairs for a circle of 20 on a soft floor. A hatch opens to the kitchen.",
                equipment={
                    Thing.FLIPCHART: (1, ""),
                    Thing.TEA: (1, "Through the hatch"),
                },
            ),
            SpacePlan(
                "Kitchen",
                Kind.KITCHEN,
                Drawing.KITCHEN,
                (0, 0, 0, 8),
                "Two hobs, two sinks and a worktop that goes up and down, for cooking together.",
                charges=((What.CLEANING, Per.USE, When.ALWAYS, 1000),),
                turnaround=30,
                equipment={
                    Thing.KITCHEN: (1, "Two hobs, two sinks, pots and knives"),
                    Thing.TEA: (1, ""),
                },
            ),
        ],
    ),
    SitePlan(
        name="Old Signal House",
        house_rules=("Music ends at 9:30pm: people live next door.",),
        borough="Greenwich",
        street="18 Old Signal Road",
        postcode="SE10 3MK",
        summary="A community building open every day of the week until late.",
        getting_there="Two minutes on foot from the station, all of it flat.",
        arrival=Arrival(
            who_opens="reception",
            who_opens_words="The desk is staffed whenever the house is open.",
            door="The main door.",
            bring="The reference of your booking.",
            call_name="The front desk",
            call_phone="020 7946 0603",
        ),
        phone="020 7946 0203",
        hours=dict.fromkeys(EVERY_DAY, (8, 22)),
        facts={
            Key.STEP_FREE: (YES, "Automatic doors at the front"),
            Key.LIFT: (YES, "To all three floors; 110 cm by 140 cm"),
            Key.DOOR_WIDTH: (YES, "95 cm"),
            Key.ACCESSIBLE_TOILET: (YES, "On every floor"),
            Key.CHANGING_PLACES: (YES, "Ground floor, with a bed"),
            Key.HEARING_LOOP: (YES, "Carried to any room; ask a day ahead"),
            Key.QUIET_ROOM: (YES, "First floor"),
            Key.BLUE_BADGE: (YES, "4 bays at the front"),
            Key.BABY_CHANGE: (YES, ""),
            Key.PRAYER_ROOM: (YES, "First floor"),
            Key.WIFI: (YES, "Free, no password"),
            Key.TRANSPORT: (YES, "Step-free station, 150 metres"),
            Key.DROP_OFF: (YES, "At the front, for 10 minutes"),
            Key.DROPPED_KERB: (YES, "With bumps underfoot"),
            Key.RAMP: (NO, "None is needed: the way in is level"),
            Key.DOOR_OPENING: (YES, "By itself"),
            Key.THRESHOLD: (YES, "0 cm"),
            Key.RECEPTION: (YES, "12 metres"),
            Key.DESK_HEIGHT: (YES, "74 cm"),
            Key.FLOOR: (YES, "Wood, not shiny"),
            Key.RESTING: (YES, "On every floor"),
            Key.SIGNS: (YES, "With pictures and raised letters"),
            Key.TOILET_DISTANCE: (YES, "15 metres from the furthest room"),
            Key.TRANSFER_SIDE: (YES, "Either side"),
            Key.RADAR_KEY: (YES, "The front desk lends one"),
            Key.TOILET_CORD: (YES, ""),
            Key.CHANGING_DISTANCE: (YES, "40 metres from the furthest room"),
            Key.HOIST: (YES, "Bring your own sling"),
            Key.CHANGING_BENCH: (YES, "A bench that goes up and down"),
            Key.LOOP_KIND: (YES, "Portable"),
            Key.ANY_GENDER_TOILET: (YES, "Second floor"),
            Key.LOOP_STAFF: (YES, ""),
            Key.LIGHTING: (YES, "In all rooms"),
            Key.ABLUTION: (YES, ""),
        },
        spaces=[
            SpacePlan(
                "Hall",
                Kind.HALL,
                Drawing.HALL_STAGE,
                (50, 80, 30, 80),
                "A hall with a low stage, a piano and good light. Choirs and dance groups like it.",
                charges=((What.STAFF, Per.HOUR, When.PEAK, 600),),
                turnaround=30,
                equipment={
                    Thing.PIANO: (1, "Tuned each spring"),
                    Thing.SPEAKERS: (2, ""),
                    Thing.MICROPHONE: (3, ""),
                    Thing.LOOP_MICROPHONE: (1, "Ask a day ahead"),
                    Thing.TABLES: (12, ""),
                    Thing.TEA: (1, "In the small kitchen behind the stage"),
                },
            ),
            SpacePlan(
                "Studio",
                Kind.STUDIO,
                Drawing.STUDIO,
                (20, 0, 0, 25),
                "A sprung floor, one wall of mirrors and 25 mats, for moving and stretching.",
                equipment={
                    Thing.MATS: (25, ""),
                    Thing.SPEAKERS: (2, ""),
                },
            ),
            SpacePlan(
                "Meeting room",
                Kind.MEETING,
                Drawing.MEETING_WINDOW,
                (10, 10, 10, 0),
                "A table for ten by a wide window, with a screen for calls.",
                equipment={
                    Thing.SCREEN: (1, "With a camera for calls"),
                    Thing.FLIPCHART: (1, ""),
                },
            ),
        ],
    ),
    SitePlan(
        name="Lime Walk Surgery",
        borough="Bexley",
        street="41 Lime Walk",
        postcode="DA15 4CV",
        summary="A doctors’ surgery that opens its meeting room on two evenings a week.",
        getting_there="In the parade of shops. Buses stop across the road.",
        arrival=Arrival(
            who_opens="somebody",
            who_opens_words="A keyholder comes ten minutes before you start.",
            door="The front door.",
            call_name="The keyholder",
            call_phone="020 7946 0604",
        ),
        phone="020 7946 0204",
        hours={1: (18, 21), 3: (18, 21)},
        facts={
            Key.STEP_FREE: (NOT_CHECKED, ""),
            Key.ACCESSIBLE_TOILET: (NOT_CHECKED, ""),
            Key.HEARING_LOOP: (NOT_CHECKED, ""),
            Key.LIFT: (NO, "Everything is on the ground floor"),
            Key.WIFI: (YES, ""),
            Key.TRANSPORT: (YES, "Bus stop, 40 metres across the road"),
        },
        spaces=[
            SpacePlan(
                "Meeting room",
                Kind.MEETING,
                Drawing.MEETING_BOARD,
                (14, 14, 12, 0),
                "A plain room with one long table, for committees and small classes.",
            ),
        ],
    ),
    SitePlan(
        name="Pear Tree Centre",
        borough="Bromley",
        street="7 Pear Tree Close",
        postcode="BR1 5KO",
        summary="A day centre with a garden that neighbours look after together.",
        getting_there="On the circular bus. There is a level path from the car park.",
        arrival=Arrival(
            who_opens="reception",
            who_opens_words="The office is staffed while the centre is open.",
            door="The gate. The office is beside it.",
            call_name="The office by the gate",
            call_phone="020 7946 0605",
        ),
        phone="020 7946 0205",
        hours=dict.fromkeys(range(6), (9, 17)),
        facts={
            Key.STEP_FREE: (YES, "Level from the car park"),
            Key.LIFT: (NO, "Everything is on the ground floor"),
            Key.DOOR_WIDTH: (YES, "88 cm"),
            Key.ACCESSIBLE_TOILET: (YES, "Beside the group room"),
            Key.CHANGING_PLACES: (NO, ""),
            Key.HEARING_LOOP: (NOT_CHECKED, ""),
            Key.BLUE_BADGE: (YES, "3 bays"),
            Key.BABY_CHANGE: (YES, ""),
            Key.WIFI: (YES, ""),
            Key.DROP_OFF: (YES, "In the car park"),
            Key.DOOR_OPENING: (YES, "Push, light"),
            Key.FLOOR: (YES, "Carpet, then lino"),
            Key.RESTING: (YES, ""),
            Key.TOILET_DISTANCE: (YES, "2 metres from the group room"),
            Key.TOILET_CORD: (YES, ""),
            Key.LIGHTING: (YES, "Lamps in the sofa corner"),
        },
        spaces=[
            SpacePlan(
                "Group room",
                Kind.GROUP,
                Drawing.GROUP_CUSHIONS,
                (24, 30, 16, 30),
                "A homely room with a sofa corner and toys, for parents, carers and small children.",
                equipment={
                    Thing.MATS: (10, "For small children"),
                    Thing.TEA: (1, ""),
                },
            ),
            SpacePlan(
                "Garden",
                Kind.OUTDOORS,
                Drawing.OUTDOORS,
                (30, 0, 0, 40),
                "Raised beds, a pear tree and benches. Open from April to September.",
                facts={Key.HEARING_LOOP: (NO, ""), Key.WIFI: (NO, "")},
                seasonal=True,
                arrival=Arrival(
                    who_opens="key",
                    who_opens_words="The office gives it to you and takes it back.",
                    door="The green gate beside the pear tree.",
                    bring="Something to drink: there is no tap outside.",
                ),
            ),
        ],
    ),
    SitePlan(
        name="Quarry Lane Hub",
        charges=(
            (What.HIRE, Per.HOUR, When.DAYTIME, 0),
            (What.HIRE, Per.HOUR, When.PEAK, 1200),
        ),
        borough="Lambeth",
        street="60 Quarry Lane",
        postcode="SE27 6VM",
        summary="Two rooms that become one when the folding wall is pushed back.",
        getting_there="Ten minutes on foot from the station; the last part is uphill.",
        arrival=Arrival(
            who_opens="key",
            who_opens_words="The key is in a small safe beside the door. We text you its code on the day.",
            door="The door beside the car park.",
            bring="A charged phone for the code.",
            call_name="The caretaker",
            call_phone="020 7946 0606",
        ),
        phone="020 7946 0206",
        hours=dict.fromkeys(MONDAY_TO_FRIDAY, (9, 21)),
        facts={
            Key.STEP_FREE: (YES, "By a side door; ring first"),
            Key.LIFT: (NO, "Both rooms are on the ground floor"),
            Key.ACCESSIBLE_TOILET: (YES, ""),
            Key.HEARING_LOOP: (NO, ""),
            Key.BLUE_BADGE: (NO, ""),
            Key.BABY_CHANGE: (NOT_CHECKED, ""),
            Key.WIFI: (YES, ""),
            Key.DROP_OFF: (NO, ""),
            Key.DOOR_OPENING: (YES, "Pull, heavy"),
            Key.BELL_HEIGHT: (YES, "140 cm"),
            Key.THRESHOLD: (YES, "3 cm"),
            Key.TOILET_DISTANCE: (YES, "20 metres"),
            Key.ANY_GENDER_TOILET: (NO, ""),
        },
        spaces=[
            SpacePlan(
                "Room A",
                Kind.MEETING,
                Drawing.MEETING,
                (16, 16, 12, 0),
                "The larger table and the screen.",
                equipment={
                    Thing.SCREEN: (1, ""),
                },
            ),
            SpacePlan(
                "Room B",
                Kind.MEETING,
                Drawing.MEETING_SHELF,
                (16, 16, 12, 0),
                "The quieter of the two, beside the garden.",
            ),
            SpacePlan(
                "Rooms A and B",
                Kind.MEETING,
                Drawing.MEETING_JOINED,
                (30, 36, 20, 36),
                "Both rooms with the wall pushed back. Taking them takes Room A and Room B.",
                charges=(
                    (What.HIRE, Per.HOUR, When.DAYTIME, 0),
                    (What.HIRE, Per.HOUR, When.PEAK, 2400),
                ),
                turnaround=30,
                rooms=("Room A", "Room B"),
                equipment={
                    Thing.SCREEN: (1, "In the half that is Room A"),
                    Thing.TABLES: (8, ""),
                },
            ),
        ],
    ),
    SitePlan(
        name="Tanner’s Green Hospital Education Block",
        charges=(*FREE, (What.SECURITY, Per.USE, When.ALWAYS, 3500)),
        borough="Lewisham",
        street="Tanner’s Green",
        postcode="SE6 7IK",
        summary="Where hospital staff learn by day. In the evening it is open to community groups.",
        getting_there="Inside the hospital grounds, behind the main building. Follow the green line.",
        arrival=Arrival(
            who_opens="somebody",
            who_opens_words="Security opens at 6pm and walks round at 9pm.",
            door="The door of the block.",
            call_name="Security",
            call_phone="020 7946 0607",
        ),
        phone="020 7946 0207",
        hours=dict.fromkeys(MONDAY_TO_FRIDAY, (18, 21)),
        facts={
            Key.STEP_FREE: (YES, "Ramp at the main door"),
            Key.LIFT: (YES, "To the seminar room"),
            Key.DOOR_WIDTH: (YES, "100 cm"),
            Key.ACCESSIBLE_TOILET: (YES, "Ground floor"),
            Key.CHANGING_PLACES: (NOT_CHECKED, ""),
            Key.QUIET_ROOM: (NO, ""),
            Key.BLUE_BADGE: (YES, "In the hospital car park, 120 metres"),
            Key.PRAYER_ROOM: (YES, "In the main building"),
            Key.WIFI: (YES, ""),
            Key.RAMP: (YES, "1 in 20, with rails"),
            Key.DOOR_OPENING: (YES, "With a button at 95 cm"),
            Key.RECEPTION: (YES, "25 metres"),
            Key.FLOOR: (YES, "Shiny in places"),
            Key.SIGNS: (YES, "A green line on the ground"),
            Key.RADAR_KEY: (YES, "Security lends one"),
            Key.TRANSPORT: (YES, "Step-free station, 900 metres"),
        },
        spaces=[
            SpacePlan(
                "Lecture theatre",
                Kind.TEACHING,
                Drawing.TEACHING,
                (0, 220, 0, 0),
                "Fixed seats in steps, a stage and a large screen, for public meetings."
                " With 200 people or more, a safety plan is agreed with the hospital first.",
                turnaround=30,
                min_minutes=90,
                facts={Key.HEARING_LOOP: (YES, "Fixed loop in the first four rows")},
                equipment={
                    Thing.PROJECTOR: (1, ""),
                    Thing.SCREEN: (1, ""),
                    Thing.MICROPHONE: (2, ""),
                    Thing.LOOP_MICROPHONE: (1, ""),
                    Thing.SPEAKERS: (4, ""),
                },
            ),
            SpacePlan(
                "Seminar room",
                Kind.TEACHING,
                Drawing.TEACHING_DESKS,
                (24, 24, 18, 0),
                "Desks in pairs, a whiteboard and a screen, for classes.",
                facts={Key.HEARING_LOOP: (NOT_CHECKED, "")},
                equipment={
                    Thing.SCREEN: (1, ""),
                    Thing.FLIPCHART: (2, ""),
                },
            ),
        ],
        cancel_notice=10,
    ),
    SitePlan(
        name="Wharf Street Wellbeing Rooms",
        house_rules=("Speak softly in the courtyard: others come here to talk in private.",),
        borough="Greenwich",
        street="12 Wharf Street",
        postcode="SE18 8MC",
        summary="Two calm rooms for talking, with a way in that nobody sees from the street.",
        getting_there="Behind the library. The way in is through the courtyard.",
        arrival=Arrival(
            who_opens="somebody",
            who_opens_words="Nobody asks why you come.",
            door="Through the courtyard, the second door.",
            call_name="The house",
            call_phone="020 7946 0608",
        ),
        phone="020 7946 0208",
        hours=dict.fromkeys(MONDAY_TO_FRIDAY, (8, 20)),
        facts={
            Key.STEP_FREE: (YES, "Level through the courtyard"),
            Key.LIFT: (NO, "Both rooms are on the ground floor"),
            Key.DOOR_WIDTH: (NOT_CHECKED, ""),
            Key.ACCESSIBLE_TOILET: (YES, ""),
            Key.HEARING_LOOP: (NOT_CHECKED, ""),
            Key.QUIET_ROOM: (YES, ""),
            Key.WIFI: (YES, ""),
            Key.DOOR_OPENING: (YES, "Push, light"),
            Key.BELL_HEIGHT: (YES, "100 cm"),
            Key.RESTING: (YES, "A bench in the courtyard"),
            Key.TOILET_DISTANCE: (YES, "10 metres"),
            Key.ANY_GENDER_TOILET: (YES, ""),
            Key.LIGHTING: (YES, "Lamps in both rooms"),
        },
        spaces=[
            SpacePlan(
                "Counselling room",
                Kind.COUNSELLING,
                Drawing.COUNSELLING_LAMP,
                (2, 0, 0, 0),
                "Two soft chairs and a lamp, for talking one to one. Also used by clinics.",
            ),
            SpacePlan(
                "Group room",
                Kind.GROUP,
                Drawing.GROUP_PLANTS,
                (18, 18, 12, 20),
                "A calm room with plants and soft light, for support groups. Also used by clinics.",
            ),
        ],
        cancel_notice=10,
    ),
    SitePlan(
        name="Cedar Steps Health Campus",
        borough="Southwark",
        street="1 Cedar Steps",
        postcode="SE1 9OV",
        summary="A large health campus that lets its rooms through a booking service of its own.",
        getting_there="Beside the station. Follow the signs to the conference floor.",
        arrival=Arrival(
            who_opens="reception",
            who_opens_words="The booking service sends you more.",
            door="The main door.",
            call_name="The booking service",
            call_phone="020 7946 0609",
        ),
        phone="020 7946 0209",
        hours={},
        charges=(),
        external_url="https://example.org/cedar-steps",
        facts={
            Key.STEP_FREE: (YES, "Automatic doors"),
            Key.LIFT: (YES, "To the conference floor"),
            Key.ACCESSIBLE_TOILET: (YES, "On the same floor"),
            Key.HEARING_LOOP: (NOT_CHECKED, ""),
            Key.TRANSPORT: (YES, "Step-free station, 100 metres"),
        },
        spaces=[
            SpacePlan(
                "Conference room",
                Kind.MEETING,
                Drawing.MEETING_WINDOW,
                (30, 50, 24, 60),
                "A wide room on the fourth floor, with a screen.",
                price_text="From £25 an hour. Ask about free hours for charities.",
                equipment={Thing.SCREEN: (1, "")},
            ),
        ],
    ),
]

GOOD_FOR = {
    "Hall, Ash Row Health Centre": "exercise classes, celebrations, meetings and blood pressure days",
    "Room 1, Ash Row Health Centre": "committees, training and small classes",
    "Counselling room, Ash Row Health Centre": "advice sessions and counselling, one to one",
    "Group room, Cobbler’s Yard Clinic": "support groups, coffee mornings and shared meals",
    "Kitchen, Cobbler’s Yard Clinic": "cooking classes and community meals",
    "Hall, Old Signal House": "choirs, dance, performances and large meetings",
    "Studio, Old Signal House": "yoga, dance, tai chi and exercise classes",
    "Meeting room, Old Signal House": "committees and interviews",
    "Meeting room, Lime Walk Surgery": "committees and language classes",
    "Group room, Pear Tree Centre": "parents and babies, carers and play groups",
    "Garden, Pear Tree Centre": "gardening, outdoor play and summer parties",
    "Room A, Quarry Lane Hub": "training and committees",
    "Room B, Quarry Lane Hub": "quiet work, reading groups and homework clubs",
    "Rooms A and B, Quarry Lane Hub": "workshops, film evenings and open days",
    "Lecture theatre, Tanner’s Green Hospital Education Block": "talks and public meetings",
    "Seminar room, Tanner’s Green Hospital Education Block": "language classes and training",
    "Counselling room, Wharf Street Wellbeing Rooms": "advice sessions and counselling, one to one",
    "Group room, Wharf Street Wellbeing Rooms": "support groups, mindfulness and talking circles",
}

TWO_STEPS = ("Old Signal House", "Pear Tree Centre")
"""Where programme staff say yes or no too."""

TRUSTING = ("Old Signal House",)

RUN_BY = {
    "site_manager": ("Old Signal House", "Ash Row Health Centre"),
    "other_site_manager": ("Cobbler’s Yard Clinic",),
}
COLLEAGUE = ("femi.cole@example.org", "Femi Cole (demo)")
RUN_BY_THE_COLLEAGUE = (
    "Lime Walk Surgery",
    "Pear Tree Centre",
    "Quarry Lane Hub",
    "Tanner’s Green Hospital Education Block",
    "Wharf Street Wellbeing Rooms",
)
"""Nobody can be tried as this third person; with them every site has somebody who decides."""


LATE = "Old Signal House"
"""Has not yet closed on all bank holidays that come."""


def load(world: World) -> None:
    """Sites and spaces are then in `world.things` as “site:Old Signal House” and
    “space:Hall, Old Signal House”.
    """
    host = Organisation.objects.create(
        name=HOST,
        slug="riverside-estates-partnership-demo",
        kind=Organisation.Kind.PARTNER,
        sector=Organisation.Sector.OTHER,
        summary="Looks after the buildings whose rooms are shared here.",
        **MADE_UP,
    )
    host.boroughs.set(
        world.things[f"borough:{name}"] for name in sorted({plan.borough for plan in SITES})
    )
    world.things[f"organisation:{HOST}"] = host
    for plan in SITES:
        site = _site(world, host, plan)
        world.things[f"site:{plan.name}"] = site
        for space_plan in plan.spaces:
            space = _space(world, site, space_plan)
            world.things[f"space:{space.name}, {plan.name}"] = space
    _bank_holidays(world)
    _other_closures(world)
    email, name = COLLEAGUE
    runs = {world.people[role]: names for role, names in RUN_BY.items()}
    runs[User.objects.create_user(email, name=name)] = RUN_BY_THE_COLLEAGUE
    for user, names in runs.items():
        for name in names:
            SiteManager.objects.create(
                user=user,
                site=world.things[f"site:{name}"],
                starts_on=world.today - timedelta(days=800),
            )


def _site(world: World, host: Organisation, plan: SitePlan) -> Site:
    borough = world.things[f"borough:{plan.borough}"]
    assert isinstance(borough, Borough)
    site = Site.objects.create(
        slug=_slug(plan.name),
        name=f"{plan.name} (demo)",
        owner=host,
        borough=borough,
        street=plan.street,
        postcode=plan.postcode,
        district=plan.postcode.split()[0],
        summary=plan.summary,
        getting_there=plan.getting_there,
        booking_authority=Site.BookingAuthority.ELSEWHERE
        if plan.external_url
        else Site.BookingAuthority.OURS,
        external_url=plan.external_url,
        house_rules="\n".join((*HOUSE_RULES, *plan.house_rules)),
        contact_name="The site office",
        contact_email=f"{_slug(plan.name)}@example.org",
        contact_phone=plan.phone,
        cancel_notice_working_days=plan.cancel_notice,
        programme_decides=plan.name in TWO_STEPS,
        trusts_groups=plan.name in TRUSTING,
        is_published=True,
    )
    OpeningRule.objects.bulk_create(
        OpeningRule(site=site, weekday=day, opens_minute=opens * 60, closes_minute=closes * 60)
        for day, (opens, closes) in plan.hours.items()
    )
    _charges(site, None, plan.charges)
    keep_arrival(site, None, plan.arrival)
    _facts(world, site, None, plan.facts)
    return site


def _space(world: World, site: Site, plan: SpacePlan) -> Space:
    space = Space.objects.create(
        site=site,
        slug=f"{site.slug}-{_slug(plan.name)}",
        name=plan.name,
        kind=plan.kind,
        summary=plan.summary,
        good_for=GOOD_FOR.get(f"{plan.name}, {site.name.removesuffix(' (demo)')}", ""),
        status=Space.Status.PUBLISHED,
        turnaround_minutes=plan.turnaround,
        min_minutes=plan.min_minutes,
        is_clinical=plan.is_clinical,
        price_text=plan.price_text,
        drawing=plan.drawing,
    )
    space.rooms.set(
        Room.objects.get_or_create(site=site, name=name)[0] for name in plan.rooms or (plan.name,)
    )
    kinds = (Layout.Kind.CIRCLE, Layout.Kind.ROWS, Layout.Kind.BOARDROOM, Layout.Kind.STANDING)
    Layout.objects.bulk_create(
        Layout(
            space=space,
            kind=kind,
            capacity=capacity,
            # Nobody has checked how many go around one table.
            wheelchair_spaces=None if kind == Layout.Kind.BOARDROOM else max(1, capacity // 12),
        )
        for kind, capacity in zip(kinds, plan.holds, strict=True)
        if capacity
    )
    _charges(site, space, plan.charges)
    keep_arrival(site, space, plan.arrival)
    _facts(world, site, space, plan.facts)
    Equipment.objects.bulk_create(
        Equipment(space=space, kind=kind, count=count, note=note)
        for kind, (count, note) in plan.equipment.items()
    )
    if plan.seasonal:
        _summer_hours(world, site, space)
    return space


def _charges(site: Site, space: Space | None, charges: tuple[ChargePlan, ...]) -> None:
    Charge.objects.bulk_create(
        Charge(site=site, space=space, what=what, per=per, when=when, pence=pence)
        for what, per, when, pence in charges
    )


def _facts(
    world: World, site: Site, space: Space | None, facts: dict[str, tuple[str, str]]
) -> None:
    AccessFact.objects.bulk_create(
        AccessFact(
            site=site,
            space=space,
            key=key,
            value=value or AccessFact.Value.NOT_CHECKED,
            note=note,
            surveyed_on=world.day(SURVEYED_ON) if value else None,
        )
        for key, (value, note) in facts.items()
    )


def _summer_hours(world: World, site: Site, space: Space) -> None:
    """Monday to Saturday from April to September, this year and the next."""
    OpeningRule.objects.bulk_create(
        OpeningRule(
            site=site,
            space=space,
            weekday=weekday,
            opens_minute=9 * 60,
            closes_minute=17 * 60,
            valid_from=date(year, 4, 1),
            valid_until=date(year, 9, 30),
        )
        for year in (world.today.year, world.today.year + 1)
        for weekday in range(6)
    )


def _bank_holidays(world: World) -> None:
    """Sites are shut on England's bank holidays of the next 14 months: real dates stay real.

    One has not yet thought of those after the next seven, so that its page offers to close on them.
    """
    last = world.today + timedelta(days=430)
    holidays = country_holidays(
        "GB", subdiv="ENG", years=range(world.today.year, last.year + 1), language="en_GB"
    )
    Closure.objects.bulk_create(
        Closure(
            site=world.things[f"site:{plan.name}"],
            starts_at=at_minute(day, 0),
            ends_at=at_minute(day, 24 * 60),
            reason=Closure.Reason.BANK_HOLIDAY,
            public_note=name.replace("(observed)", "(substitute day)").replace("'", "’"),
        )
        for plan in SITES
        for day, name in sorted(holidays.items())
        if world.today <= day <= (last - timedelta(days=230) if plan.name == LATE else last)
    )


def _other_closures(world: World) -> None:
    roof = Closure.objects.create(
        site=world.things["site:Pear Tree Centre"],
        starts_at=world.at(date(2027, 1, 11), 0),
        ends_at=world.at(date(2027, 1, 23), 0),
        reason=Closure.Reason.WORKS,
        public_note="The roof is being mended",
    )
    roof.rooms.set(world.things["space:Group room, Pear Tree Centre"].rooms.all())
    Closure.objects.create(
        site=world.things["site:Wharf Street Wellbeing Rooms"],
        starts_at=world.at(date(2026, 11, 30), 0),
        ends_at=world.at(date(2026, 12, 1), 0),
        reason=Closure.Reason.CLINICAL,
        public_note="Both rooms are needed for a flu clinic",
    )


def _slug(name: str) -> str:
    return "-".join(name.lower().replace("’", "").split())
