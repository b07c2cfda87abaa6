"""What waits for one person. Reads only."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core.templatetags.dates import short_date
from home.permissions import Role, duties_of
from listening.models import Response
from notifications.models import Message
from pledges.models import Pledge
from spaces.models import (
    Booking,
    Decision,
    FactReport,
    Hirer,
    HirerAppeal,
    HirerDocument,
    Site,
    SpaceOffer,
)
from spaces.models.bookings import BookingQuerySet
from spaces.permissions import ABOUT_SAFEGUARDING
from spaces.services import appeal_due, hand_overs_to, left_outside, missing_of, papers

SHOWN = 5
LOOKED_AT = 100
"""Bookings of which it is asked what they miss, where only some of them are shown."""


@dataclass
class Line:
    """One thing that waits: where it is, and a word or two on why."""

    title: str
    url: str
    text: str = ""
    when: datetime | None = None
    until: datetime | None = None
    due: date | None = None
    is_late: bool = False


@dataclass
class Section:
    """What waits for one part a person plays."""

    title: str
    lines: list[Line] = field(default_factory=list)
    nothing: str = ""
    more_url: str = ""
    more_label: str = ""


def waiting_for(user: User, *, now: datetime, today: date) -> list[Section]:
    """What needs this person, most urgent first. Somebody with no part is shown how to begin."""
    duties = duties_of(user)
    sections = []
    if duties.runs_a_site or user.holds(
        Role.PROGRAMME_STAFF, Role.PROGRAMME_LEAD, Role.SAFEGUARDING_LEAD
    ):
        sections.append(_bookings_to_decide(user, now=now, today=today))
        sections += _bookings_left_outside(user, now=now, today=today)
    if duties.runs_a_site or user.holds(Role.PROGRAMME_STAFF):
        sections += _facts_to_mend(user)
        sections += _prices_to_set(user)
    if user.holds(Role.PROGRAMME_STAFF):
        sections += [
            _groups_to_decide(user),
            _papers_to_check(user, today=today),
            _offers_to_decide(user),
        ]
        sections += _groups_in_need(user, today=today)
        sections.append(_letters_that_failed(user))
    if duties.writes_for_an_institution or user.holds(Role.PROGRAMME_STAFF, Role.PROGRAMME_LEAD):
        sections.append(_quiet_pledges(user, today=today))
    if user.holds(Role.LISTENING_EDITOR, Role.SAFEGUARDING_LEAD):
        sections.append(_new_answers(user, today=today))
    if duties.acts_for_a_group:
        sections += _my_bookings_that_miss_something(user, now=now)
        sections += _my_group_asks(user, now=now, today=today)
        sections += _papers_to_renew(user, today=today)
        sections.append(_my_next_bookings(user, now=now))
    if user.holds(Role.SAFEGUARDING_LEAD):
        sections += _bookings_without_safeguarding(user, now=now)
    if user.holds(Role.ADMINISTRATOR):
        sections.append(_roles_and_accounts())
    sections += _my_offers(user)
    if not sections or (not duties.is_staff and not duties.acts_for_a_group):
        sections.append(_where_to_begin(duties.is_staff))
    return sections


def _bookings_to_decide(user: User, *, now: datetime, today: date) -> Section:
    """What is to be decided soonest first. A request whose time has passed cannot be granted."""
    mine = Decision.objects.waiting_for(user, today).filter(booking__starts_at__gt=now)
    waiting = list(mine.select_related("booking__space__site", "booking__hirer__organisation"))
    return Section(
        title=_("Requests for a room"),
        lines=[
            Line(
                str(step.booking.space),
                step.booking.get_absolute_url(),
                step.booking.hirer.name_for_others,
                step.booking.starts_at,
                step.booking.ends_at,
                due=step.due_on,
                is_late=step.due_on < today,
            )
            for step in waiting[:SHOWN]
        ],
        nothing=_("No request waits for a decision."),
        more_url=reverse("spaces:bookings"),
        more_label=_("See all %(number)d requests") % {"number": len(waiting)}
        if len(waiting) > SHOWN
        else _("See all bookings"),
    )


def _bookings_left_outside(user: User, *, now: datetime, today: date) -> list[Section]:
    """Bookings that stand although they no longer fit, until somebody decides; nothing while none.

    What waits for this person's yes or no stands above already, and nobody decides for their own group.
    """
    left = left_outside(Site.objects.answered_for_by(user), now=now)
    if not left:
        return []
    to_decide = set(Decision.objects.waiting_for(user, today).values_list("booking", flat=True))
    own = set(Hirer.objects.of_member(user).values_list("pk", flat=True))
    lines = [
        Line(
            str(one.booking.space),
            one.booking.get_absolute_url(),
            f"{one.booking.hirer.name_for_others}. {one.why.words}",
            one.booking.starts_at,
            one.booking.ends_at,
        )
        for one in left
        if one.booking.pk not in to_decide and one.booking.hirer_id not in own
    ]
    more = len(lines) - SHOWN
    section = Section(title=_("Bookings that no longer fit"), lines=lines[:SHOWN])
    if more > 0:
        section.more_url = reverse("spaces:sites")
        section.more_label = ngettext(
            "%(number)d more is on the page of your site",
            "%(number)d more are on the pages of your sites",
            more,
        ) % {"number": more}
    return [section] if lines else []


def _facts_to_mend(user: User) -> list[Section]:
    """Seldom any: the part is there only while somebody waits for an answer."""
    told = FactReport.objects.visible_to(user).open().with_space()
    section = Section(
        title=_("Reports of wrong facts"),
        lines=[
            Line(str(report.get_fact_display()), report.get_absolute_url(), str(report.space))
            for report in told.order_by("created_at", "pk")[:SHOWN]
        ],
        more_url=reverse("spaces:fact_reports"),
        more_label=_("See all reports"),
    )
    return [section] if section.lines else []


def _prices_to_set(user: User) -> list[Section]:
    """Sites that came by an offer with a price in words; nothing while all have prices."""
    unpriced = Site.objects.visible_to(user).without_prices().select_related("offer")
    lines = [
        Line(str(site), f"{site.get_absolute_url()}#prices", site.offer.price_text)
        for site in unpriced.order_by("offer__decided_at", "pk")[:SHOWN]
    ]
    return [Section(title=_("Prices to set"), lines=lines)] if lines else []


def _groups_to_decide(user: User) -> Section:
    waiting = Hirer.objects.visible_to(user).awaiting_decision().select_related("organisation")
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


def _groups_in_need(user: User, *, today: date) -> list[Section]:
    """Appeals that this person may decide, and groups that nobody manages; nothing while none."""
    appeals = HirerAppeal.objects.visible_to(user).open().exclude(declined_by=user)
    appeals = appeals.exclude(hirer__in=Hirer.objects.of_member(user)).with_people()
    alone = Hirer.objects.visible_to(user).without_a_manager(today).select_related("organisation")
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


def _my_group_asks(user: User, *, now: datetime, today: date) -> list[Section]:
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


def _my_bookings_that_miss_something(user: User, *, now: datetime) -> list[Section]:
    """Rooms that are promised to the reader's groups, with something to do before they come in."""
    mine = Booking.objects.filter(hirer__in=Hirer.objects.of_member(user))
    lines = _lines_of_missing(mine, now=now)
    return [Section(title=_("Before your group can come in"), lines=lines)] if lines else []


def _bookings_without_safeguarding(user: User, *, now: datetime) -> list[Section]:
    """Promised rooms to which people at risk come, where nothing but safeguarding is missing."""
    others = Booking.objects.visible_to(user).exclude(hirer__in=Hirer.objects.of_member(user))
    at_risk = others.filter(Q(has_children=True) | Q(has_adults_at_risk=True))
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


def _offers_to_decide(user: User) -> Section:
    waiting = SpaceOffer.objects.visible_to(user).awaiting_decision().exclude(by=user)
    return Section(
        title=_("Rooms offered to us"),
        lines=[
            Line(offer.title, offer.get_absolute_url(), str(offer.organisation))
            for offer in waiting.with_people().order_by("sent_at", "pk")[:SHOWN]
        ],
        nothing=_("No offer waits for an answer."),
        more_url=reverse("spaces:offers"),
        more_label=_("See all offers"),
    )


def _my_offers(user: User) -> list[Section]:
    """What this person has not sent yet, or was asked about; nothing for those who offer nothing."""
    mine = SpaceOffer.objects.visible_to(user).filter(by=user).open().with_people()
    lines = [
        Line(offer.title, offer.get_absolute_url(), str(offer.get_state_display()).capitalize())
        for offer in mine.order_by("-updated_at", "pk")[:SHOWN]
    ]
    if not lines:
        return []
    return [
        Section(
            title=_("Rooms you offer"),
            lines=lines,
            more_url=reverse("spaces:offers"),
            more_label=_("See all your offers"),
        )
    ]


def _letters_that_failed(user: User) -> Section:
    dead = Message.objects.visible_to(user).dead().newest_first()
    return Section(
        title=_("Messages that could not be sent"),
        lines=[
            Line(letter.subject, reverse("notifications:message", args=[letter.uuid]))
            for letter in dead[:SHOWN]
        ],
        nothing=_("Every message has left."),
        more_url=reverse("notifications:messages"),
        more_label=_("See all messages"),
    )


def _quiet_pledges(user: User, *, today: date) -> Section:
    from pledges import rules

    mine = Pledge.objects.visible_to(user).public().with_standing().in_order()
    quiet = [pledge for pledge in mine if rules.is_stale(pledge, today=today)]
    return Section(
        title=_("Promises that need an update"),
        lines=[Line(pledge.title, pledge.get_absolute_url()) for pledge in quiet[:SHOWN]],
        nothing=_("Every promise has been updated in time."),
        more_url=reverse("pledges:pledges"),
        more_label=_("See all promises"),
    )


def _new_answers(user: User, *, today: date) -> Section:
    since = today - timedelta(days=14)
    count = Response.objects.visible_to(user).filter(received_week__gte=since).count()
    text = ngettext(
        "%(count)s answer came in during the last two weeks.",
        "%(count)s answers came in during the last two weeks.",
        count,
    ) % {"count": count}
    return Section(
        title=_("What residents said"),
        lines=[Line(_("Read the newest answers"), reverse("listening:responses"), text)]
        if count
        else [],
        nothing=_("No new answers in the last two weeks."),
        more_url=reverse("listening:responses"),
        more_label=_("See all answers"),
    )


def _roles_and_accounts() -> Section:
    return Section(
        title=_("Roles and accounts"),
        lines=[
            Line(
                _("Give or end a role in the programme"),
                reverse("admin:accounts_programmerole_changelist"),
            ),
            Line(
                _("Say who acts for an organisation"), reverse("admin:anchors_mandate_changelist")
            ),
            Line(_("Close or open an account"), reverse("admin:accounts_user_changelist")),
        ],
    )


def _my_next_bookings(user: User, *, now: datetime) -> Section:
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
        nothing=_("Nothing is booked. Find a room and ask for it."),
        more_url=reverse("spaces:spaces"),
        more_label=_("Find a room"),
    )


def _where_to_begin(is_staff: bool) -> Section:
    if is_staff:
        return Section(
            title=_("Nothing needs you now"),
            lines=[
                Line(_("See how the promises stand"), reverse("pledges:pledges")),
                Line(_("See the housing plan"), reverse("housing:plan")),
                Line(_("See what is on"), reverse("events:events")),
            ],
        )
    return Section(
        title=_("Begin here"),
        lines=[
            Line(
                _("Register your group"),
                reverse("spaces:register_hirer"),
                _("Then you can ask for NHS rooms, free or at low cost."),
            ),
            Line(_("Look at the rooms"), reverse("spaces:spaces")),
        ],
    )


def _papers_to_check(user: User, *, today: date) -> Section:
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


def _papers_to_renew(user: User, *, today: date) -> list[Section]:
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
