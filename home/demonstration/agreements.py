"""Conditions of hire of every site, and of one site with its own. All of it is made up."""

from accounts.models import User
from home.demonstration.past import days_ago, done
from home.demonstration.world import World
from spaces.models import Site
from spaces.services import agreements

FOR_ALL = """\
1. Use the room only for what you asked for, and only at the time you booked.
2. Setting up and clearing away belong to your time. Leave the room as you found it.
3. Somebody who is 18 or over is there all the time and answers for the group.
4. No more people come than the room is for.
5. You keep children and adults at risk safe. If you are worried about somebody, tell us at once.
6. Doors, stairs and fire exits stay free. When the alarm sounds, everybody leaves.
7. No smoking, no candles and no alcohol.
8. You pay for what your group breaks. Your insurance, or that of the site, must hold on the day.
9. Tell us as soon as you know that you do not need the room.
10. If the room is needed for patients, we may take it back. We tell you as early as we can."""

FOR_ONE_SITE = """\
1. Use the room only for what you asked for, and only at the time you booked.
2. Setting up and clearing away belong to your time. Stack the chairs and close the windows.
3. Somebody who is 18 or over is there all the time and answers for the group.
4. No more people come than the room is for, and nobody sits in front of the doors.
5. You keep children and adults at risk safe. If you are worried about somebody, tell us at once.
6. The house is old: no candles, no smoke, and nothing hung on the beams.
7. Music ends at 9:30pm, because people live next door.
8. You pay for what your group breaks. Your insurance, or ours, must hold on the day.
9. Tell us as soon as you know that you do not need the room.
10. The last person out calls the number at the door, so that we can lock it."""


def load(world: World) -> None:
    site = Site.objects.get(name="Old Signal House (demo)")
    keeper = site.managers.order_by("pk")[0].user
    _publish(
        world, None, "Conditions of hire (demo)", FOR_ALL, world.people["programme_staff"], 400
    )
    _publish(world, site, "Conditions of Old Signal House (demo)", FOR_ONE_SITE, keeper, 300)
    # The site writes its next version.
    agreements.write_version(
        site,
        by=keeper,
        title="Conditions of Old Signal House (demo)",
        text=FOR_ONE_SITE.replace("9:30pm", "9pm"),
        seen="",
    )


def _publish(world: World, site: Site | None, title: str, text: str, by: User, days: int) -> None:
    moment = days_ago(world, days)
    done(
        world,
        moment,
        lambda: agreements.publish_version(
            draft := agreements.write_version(site, by=by, title=title, text=text, seen=""),
            by=by,
            now=moment,
            seen=draft.fingerprint,
        ),
    )
