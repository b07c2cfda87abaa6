"""The rules of using a space, on one page. Pure: what the portal holds people to, and the site's own."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from spaces.models import Layout, Space
from spaces.rules.fit import how_many
from spaces.rules.times import length_in_words


@dataclass(frozen=True)
class Chapter:
    title: str
    sentences: list[str]


def chapters(
    space: Space, layouts: Sequence[Layout], price: str, *, decide_within: int
) -> list[Chapter]:
    """Every rule as a sentence. A space that is booked elsewhere has the rules of its site alone.

    `price` is what it costs, in words; `decide_within` is in working days.
    """
    found = [Chapter(_("How many people"), [how_many(layout) + "." for layout in layouts])]
    if space.is_booked_here:
        found = [
            Chapter(_("Asking for it"), _asking(space, decide_within)),
            Chapter(_("How long"), _how_long(space)),
            *found,
            Chapter(_("What it costs"), [price]),
            Chapter(_("If your plans change"), _cancelling(space)),
        ]
    own = [line.strip() for line in space.site.house_rules.splitlines() if line.strip()]
    found.append(Chapter(_("At %(site)s") % {"site": space.site.name}, own))
    return [chapter for chapter in found if chapter.sentences]


def _asking(space: Space, decide_within: int) -> list[str]:
    site = space.site
    weeks = site.horizon_weeks
    return [
        _("Only groups that are registered and approved here can ask. Registering is free."),
        _("Ask at least %(notice)s ahead.")
        % {"notice": length_in_words(site.min_notice_hours * 60)},
        ngettext(
            "You can ask for days up to %(number)d week ahead.",
            "You can ask for days up to %(number)d weeks ahead.",
            weeks,
        )
        % {"number": weeks},
        *who_decides(space, decide_within),
    ]


def who_decides(space: Space, decide_within: int) -> list[str]:
    """Who must agree to a request, within how many working days, and who may ask meanwhile."""
    said = {"site": space.site.name, "number": decide_within}
    if space.site.programme_decides:
        decides = ngettext(
            "The people who run %(site)s and programme staff both say yes or no within %(number)d"
            " working day.",
            "The people who run %(site)s and programme staff both say yes or no within %(number)d"
            " working days.",
            decide_within,
        )
    else:
        decides = ngettext(
            "The people who run %(site)s say yes or no within %(number)d working day.",
            "The people who run %(site)s say yes or no within %(number)d working days.",
            decide_within,
        )
    at_once = _(
        "A group that has used rooms often and well gets its yes at once. Somebody looks all the"
        " same where people under 18, adults at risk or 200 people come, or where it asks to pay"
        " nothing."
    )
    return [
        decides % said,
        *([at_once] if space.site.trusts_groups and not space.lets_compete else []),
        _("The safeguarding lead decides too where people under 18 or adults at risk come."),
        _("Until then other groups may ask for the same time.")
        if space.lets_compete
        else _("Until then nobody else can take it."),
    ]


def _how_long(space: Space) -> list[str]:
    said = [
        _("From %(least)s to %(most)s at a time.")
        % {
            "least": length_in_words(space.min_minutes),
            "most": length_in_words(space.max_minutes),
        },
        _("Start and end in steps of %(step)s.")
        % {"step": length_in_words(space.start_step_minutes)},
        _("Ask for the time that you need to set up and clear away as well: it costs nothing."),
    ]
    if space.turnaround_minutes:
        said.append(
            _("%(minutes)s after you are kept free for the site to make it ready again.")
            % {"minutes": length_in_words(space.turnaround_minutes)}
        )
    return said


def _cancelling(space: Space) -> list[str]:
    days = space.site.cancel_notice_working_days
    return [
        ngettext(
            "Cancel at least %(number)d working day before, so that another group can have it.",
            "Cancel at least %(number)d working days before, so that another group can have it.",
            days,
        )
        % {"number": days},
        _("Later than that counts as late, and the booking says so."),
    ]
