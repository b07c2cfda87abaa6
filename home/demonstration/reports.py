"""What people told about the rooms: one waits, one was mended, one stays as it is. All made up."""

from uuid import uuid4

from home.demonstration.past import days_ago, done
from home.demonstration.world import World
from spaces import services
from spaces.models import AccessKey, FactReport, Space


def load(world: World) -> None:
    _told(
        world,
        "Hall, Old Signal House",
        AccessKey.LOOP_STAFF,
        "We came twice and nobody at the front desk knew how to switch the loop on.",
        days=2,
        email="reader@example.org",
    )
    mended = _told(
        world,
        "Group room, Cobbler’s Yard Clinic",
        AccessKey.TOILET_CORD,
        "The red cord is tied up, so somebody on the floor cannot reach it.",
        days=12,
    )
    moment = days_ago(world, 10)
    done(
        world,
        moment,
        lambda: services.mend_fact(
            mended,
            by=world.people["other_site_manager"],
            now=moment,
            value="yes",
            note="It hangs free again",
            answer="Thank you. We untied it the same day.",
        ),
    )
    left = _told(
        world,
        "Hall, Ash Row Health Centre",
        FactReport.About.PEOPLE,
        "It felt full with 50 people. Can it really hold 60?",
        days=30,
    )
    later = days_ago(world, 27)
    done(
        world,
        later,
        lambda: services.leave_fact(
            left,
            by=world.people["site_manager"],
            now=later,
            answer="60 is for chairs in rows, and the fire plan allows it. A circle holds 40.",
        ),
    )


def _told(
    world: World, where: str, fact: str, words: str, *, days: int, email: str = ""
) -> FactReport:
    space = world.things[f"space:{where}"]
    assert isinstance(space, Space)
    moment = days_ago(world, days)
    report = done(
        world,
        moment,
        lambda: services.report_fact(
            space, fact=str(fact), words=words, email=email, form_id=uuid4(), now=moment
        ),
    )
    FactReport.objects.filter(pk=report.pk).update(created_at=moment)
    return report
