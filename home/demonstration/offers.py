"""Two buildings that a made-up trust offers: one sent to programme staff, one half written."""

from datetime import timedelta

from home.demonstration.anchors import MARLOW
from home.demonstration.past import days_ago, done
from home.demonstration.world import World
from spaces import services
from spaces.models import AccessFact, Arrival, SpaceOffer

NINE, FIVE, NINE_IN_THE_EVENING = 9 * 60, 17 * 60, 21 * 60


def load(world: World) -> None:
    sent = days_ago(world, 2)
    done(world, sent, lambda: _sent(world))
    done(world, days_ago(world, 1), lambda: _half_written(world))


def _begun(
    world: World, name: str, borough: str, street: str, postcode: str, phone: str
) -> SpaceOffer:
    by = world.people["institution_editor"]
    offer = services.start_offer(by=by, organisation=world.things[f"organisation:{MARLOW}"])
    return services.save_building(
        offer,
        by=by,
        name=f"{name} (demo)",
        borough=world.things[f"borough:{borough}"],
        street=street,
        postcode=postcode,
        getting_there="Two bus lines stop outside. The nearest station is ten minutes away on foot.",
        contact_name="Estates office (demo)",
        contact_email="estates@example.org",
        contact_phone=phone,
    )


def _sent(world: World) -> None:
    by = world.people["institution_editor"]
    offer = _begun(
        world,
        "Mill Pond Health Centre",
        "Southwark",
        "5 Mill Pond Row",
        "SE16 1VK",
        "020 7946 0410",
    )
    services.save_offered_room(
        offer,
        by=by,
        name="Training room",
        kind="teaching",
        summary="A light room with tables on wheels and a large screen, for classes and meetings.",
        holds={"circle": 18, "rows": 30, "boardroom": 16},
        equipment={"screen": 1, "flipchart": 2, "tables": 10},
    )
    services.save_offered_room(
        offer,
        by=by,
        name="Quiet room",
        kind="counselling",
        summary="Three soft chairs and a lamp, for talking in private.",
        holds={"circle": 3},
        equipment={},
    )
    services.save_hours(offer, by=by, hours=dict.fromkeys(range(4), (FIVE, NINE_IN_THE_EVENING)))
    known = {
        AccessFact.Key.STEP_FREE: ("yes", "Level way in from the car park"),
        AccessFact.Key.ACCESSIBLE_TOILET: ("yes", "Beside the training room"),
        AccessFact.Key.HEARING_LOOP: ("no", ""),
        AccessFact.Key.WIFI: ("yes", ""),
    }
    services.save_access(
        offer,
        by=by,
        facts={
            key: known.get(AccessFact.Key(key), ("not_checked", ""))
            for key in AccessFact.Key.values
        },
        surveyed_on=world.today - timedelta(days=20),
    )
    services.save_terms(
        offer,
        by=by,
        is_free=True,
        price_text="",
        notice_days=3,
        cancel_notice_working_days=5,
        house_rules="No candles.\nLeave the tables as you found them.",
        arrival=Arrival(
            who_opens="somebody",
            who_opens_words="The caretaker comes at 5pm.",
            door="The door beside the pharmacy.",
            call_name="The caretaker",
            call_phone="020 7946 0610",
        ),
    )
    services.send_offer(offer, by=by, now=days_ago(world, 2))


def _half_written(world: World) -> None:
    by = world.people["institution_editor"]
    offer = _begun(
        world, "Heron Street Clinic", "Lewisham", "22 Heron Street", "SE6 2MC", "020 7946 0411"
    )
    for name, capacity in (("Waiting room", 24), ("Garden room", 10)):
        services.save_offered_room(
            offer,
            by=by,
            name=name,
            kind="group",
            summary="Free in the evening, when the clinic is closed.",
            holds={"circle": capacity},
            equipment={"tea": 1},
        )
