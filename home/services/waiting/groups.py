"""What waits for groups, and for those who decide about groups and their papers."""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from core.templatetags.dates import short_date
from home.services.waiting.lines import SHOWN, Line, Section
from spaces.models import (
    Booking,
    Hirer,
    HirerAppeal,
    HirerDocument,
)
from spaces.models.ages import people_at_risk
from spaces.models.bookings import BookingQuerySet, is_own
from spaces.permissions import ABOUT_SAFEGUARDING
from spaces.services import appeal_due, hand_overs_to, missing_of, papers, still_asked_of

LOOKED_AT = 100
"""Bookings of which it is asked what they miss, where only some of them are shown."""


def groups_to_decide(user: User) -> Section:
    visible = Hirer.objects.visible_to(user).exclude(
        pk__in=Hirer.objects.ever_of(user).values("pk")
    )
    waiting = visible.awaiting_decision().select_related("organisation")
    return Section(
        title=_("Groups that want to book"),
        lines=[
            Line(str(hirer), hirer.get_absolute_url(), hirer.purpose)
            for hirer in waiting.order_by("created_at", "pk")[:SHOWN]
        ],
        nothing=_("No group waits for a decision."),
        more_url=reverse("spaces:hirers"),
        more_label=_("See all groups"),
    )


def groups_in_need(user: User, *, today: date) -> list[Section]:
    """Appeals that this person may decide, and groups that nobody manages; nothing while none."""
    appeals = HirerAppeal.objects.visible_to(user).to_decide_by(user).with_people()
    alone = Hirer.objects.visible_to(user).without_a_manager(today).select_related("organisation")
    alone = alone.exclude(pk__in=Hirer.objects.ever_of(user).values("pk"))
    lines = [
        Line(
            str(one.hirer),
            reverse("spaces:decide_appeal", args=[one.hirer.organisation.slug]),
            _("Appeals against a decision."),
            due=appeal_due(one),
            is_late=appeal_due(one) < today,
        )
        for one in appeals.order_by("appealed_at", "pk")[:SHOWN]
    ]
    lines += [
        Line(str(hirer), hirer.get_absolute_url(), _("Nobody manages this group any more."))
        for hirer in alone.order_by("organisation__name", "pk")[:SHOWN]
    ]
    return [Section(title=_("Groups that need help"), lines=lines)] if lines else []


def my_group_asks(user: User, *, now: datetime, today: date) -> list[Section]:
    """What the reader's groups need of them; nothing at all while they need nothing."""
    lines = [
        Line(
            _("Take over %(group)s?") % {"group": asked.hirer},
            reverse("spaces:take_over", args=[asked.hirer.organisation.slug]),
            _("%(who)s asks you to.") % {"who": asked.invited_by},
        )
        for asked in hand_overs_to(user, now=now)[:SHOWN]
    ]
    to_confirm = Hirer.objects.managed_by(user).to_confirm(today).select_related("organisation")
    lines += [
        Line(
            _("Is what we know about %(group)s still right?") % {"group": hirer},
            reverse("spaces:hirer_facts", args=[hirer.organisation.slug]),
            _("We ask once a year. It takes two minutes."),
        )
        for hirer in to_confirm.order_by("confirmed_on", "pk")[:SHOWN]
    ]
    asked = Booking.objects.filter(
        hirer__in=Hirer.objects.of_member(user),
        state=Booking.State.INFORMATION_NEEDED,
        starts_at__gt=now,
    )
    lines += [
        Line(
            _("Answer a question about %(space)s") % {"space": booking.space},
            reverse("spaces:answer_question", args=[booking.uuid]),
            _("Nobody decides about your request before you do."),
            booking.starts_at,
            booking.ends_at,
        )
        for booking in asked.select_related("space__site").order_by("starts_at", "pk")[:SHOWN]
    ]
    return [Section(title=_("Your group asks you"), lines=lines)] if lines else []


def my_groups_still_asked(user: User, *, today: date) -> list[Section]:
    """What the reader's groups must do before they are approved, or a paper counts; or nothing."""
    mine = Hirer.objects.of_member(user).select_related("organisation").order_by("pk")
    managed = set(Hirer.objects.managed_by(user).values_list("pk", flat=True))
    lines = [
        Line(one.title, one.url, one.words)
        for one in still_asked_of(mine, today=today)
        if one.hirer.pk in managed or not one.takes_a_manager
    ]
    return [Section(title=_("What your group must do"), lines=lines)] if lines else []


def my_bookings_that_miss_something(user: User, *, now: datetime) -> list[Section]:
    """Rooms that are promised to the reader's groups, with something to do before they come in."""
    mine = Booking.objects.filter(hirer__in=Hirer.objects.of_member(user))
    lines = _lines_of_missing(mine, now=now)
    return [Section(title=_("Before your group can come in"), lines=lines)] if lines else []


def bookings_without_safeguarding(user: User, *, now: datetime) -> list[Section]:
    """Promised rooms to which people at risk come, where nothing but safeguarding is missing."""
    others = Booking.objects.visible_to(user).exclude(is_own("", user))
    at_risk = others.filter(people_at_risk())
    lines = _lines_of_missing(at_risk, now=now, of=ABOUT_SAFEGUARDING)
    return [Section(title=_("Bookings without safeguarding papers"), lines=lines)] if lines else []


def _lines_of_missing(
    bookings: BookingQuerySet, *, now: datetime, of: Collection[str] = ()
) -> list[Line]:
    """The soonest bookings that are approved and miss something, in a constant number of queries.

    `of` leaves only those that miss nothing but these kinds.
    """
    waiting = bookings.not_yet_confirmed().filter(ends_at__gt=now).with_people()
    soonest = list(waiting.order_by("starts_at", "pk")[: SHOWN if not of else LOOKED_AT])
    missing = missing_of(soonest)
    return [
        Line(
            str(booking.space),
            booking.get_absolute_url(),
            " ".join(one.words for one in missing[booking.pk]),
            booking.starts_at,
            booking.ends_at,
        )
        for booking in soonest
        if missing[booking.pk]
        and (not of or set(of).issuperset(one.kind for one in missing[booking.pk]))
    ][:SHOWN]


def papers_to_check(user: User, *, today: date) -> Section:
    """What is to be checked, oldest first; then what runs out next, so that staff can ring."""
    visible = HirerDocument.objects.visible_to(user)
    waiting = visible.to_check_by(user).with_people().order_by("added_at", "pk")[:SHOWN]
    lines = [
        Line(paper.name, reverse("spaces:check_document", args=[paper.uuid]), str(paper.hirer))
        for paper in waiting
    ]
    lines += [
        _paper_running_out(paper, today=today, of=f"{paper.hirer}: ")
        for paper in papers.running_out(visible, today=today)[:SHOWN]
    ]
    return Section(
        title=_("Papers of groups"),
        lines=lines,
        nothing=_("Every paper is checked, and none runs out soon."),
        more_url=reverse("spaces:papers_to_check"),
        more_label=_("See all papers"),
    )


def papers_to_renew(user: User, *, today: date) -> list[Section]:
    """What a manager has to send again; no section when there is nothing to do."""
    mine = HirerDocument.objects.filter(hirer__in=Hirer.objects.managed_by(user))
    ending = papers.running_out(mine, today=today)[:SHOWN]
    if not ending:
        return []
    return [
        Section(
            title=_("Papers to renew"),
            lines=[_paper_running_out(paper, today=today) for paper in ending],
        )
    ]


def _paper_running_out(paper: HirerDocument, *, today: date, of: str = "") -> Line:
    """Warned of 30 days ahead, more urgently 14 and 3 days ahead, and after."""
    assert paper.valid_until is not None
    words = {
        "over": _("Ran out on %(day)s"),
        "last_call": _("Last days: runs out on %(day)s"),
        "urgent": _("Soon: runs out on %(day)s"),
        "soon": _("Runs out on %(day)s"),
    }[papers.standing(paper, today=today)]
    text = of + words % {"day": short_date(paper.valid_until)}
    return Line(paper.name, paper.get_absolute_url(), text)


def my_next_bookings(user: User, *, now: datetime) -> Section:
    mine: QuerySet[Booking] = (
        Booking.objects.filter(hirer__in=Hirer.objects.of_member(user), ends_at__gt=now)
        .alive()
        .with_people()
        .order_by("starts_at", "pk")
    )
    return Section(
        title=_("Your group’s next bookings"),
        lines=[
            Line(
                str(booking.space),
                booking.get_absolute_url(),
                str(booking.get_state_display()).capitalize(),
                booking.starts_at,
                booking.ends_at,
            )
            for booking in mine[:SHOWN]
        ],
        nothing=_("Nothing is booked. Find a room and ask for it.")
        if Hirer.objects.of_member(user).approved().exists()
        else _("You can ask for a room as soon as your group is approved."),
        more_url=reverse("spaces:spaces"),
        more_label=_("Find a room"),
    )
