"""Groups that were invited to register: one that may still answer, one too late, one by a site."""

from datetime import datetime

from home.demonstration.past import days_ago, done
from home.demonstration.world import World
from spaces import services
from spaces.models import HirerInvitation, Space


def load(world: World) -> None:
    staff, manager = world.people["programme_staff"], world.people["site_manager"]
    hall: Space = world.things["space:Hall, Old Signal House"]

    def invite(name: str, address: str, moment: datetime, **more: object) -> HirerInvitation:
        def act() -> HirerInvitation:
            return services.invite_hirer(
                now=moment,
                group_name=f"{name} (demo)",
                email=f"{address}@example.org",
                **more,  # type: ignore[arg-type]
            )

        return done(world, moment, act)

    invite("Thursday Sewing Circle", "sewing.circle", days_ago(world, 45), by=staff)
    services.look_after_invitations(now=world.now)
    invite(
        "Men’s Shed on Wheels",
        "mens.shed",
        days_ago(world, 3),
        by=staff,
        message="You told us that your rent went up. These rooms cost nothing.",
    )
    invite("Steelband Seniors", "steelband", days_ago(world, 1), by=manager, space=hall)
