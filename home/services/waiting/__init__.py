"""What waits for one person. Reads only."""

from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from home.permissions import Role, duties_of
from home.services.waiting import groups, rooms
from home.services.waiting.lines import SHOWN, Line, Section
from listening.models import Response
from notifications.models import Message
from pledges.models import Pledge


def waiting_for(user: User, *, now: datetime, today: date) -> list[Section]:
    """What needs this person, most urgent first. Somebody with no part is shown how to begin."""
    duties = duties_of(user)
    sections = []
    if duties.runs_a_site or user.holds(
        Role.PROGRAMME_STAFF, Role.PROGRAMME_LEAD, Role.SAFEGUARDING_LEAD
    ):
        sections.append(rooms.bookings_to_decide(user, now=now, today=today))
        sections += rooms.bookings_left_outside(user, now=now, today=today)
    if duties.runs_a_site or user.holds(Role.PROGRAMME_STAFF):
        sections += rooms.facts_to_mend(user)
        sections += rooms.prices_to_set(user)
    if user.holds(Role.PROGRAMME_STAFF):
        sections += [
            groups.groups_to_decide(user),
            groups.papers_to_check(user, today=today),
            rooms.offers_to_decide(user),
        ]
        sections += groups.groups_in_need(user, today=today)
        sections.append(_letters_that_failed(user))
    if duties.writes_for_an_institution or user.holds(Role.PROGRAMME_STAFF, Role.PROGRAMME_LEAD):
        sections.append(_quiet_pledges(user, today=today))
    if user.holds(Role.LISTENING_EDITOR, Role.SAFEGUARDING_LEAD):
        sections.append(_new_answers(user, today=today))
    if duties.acts_for_a_group:
        sections += groups.my_groups_still_asked(user, today=today)
        sections += groups.my_bookings_that_miss_something(user, now=now)
        sections += groups.my_group_asks(user, now=now, today=today)
        sections += groups.papers_to_renew(user, today=today)
        sections.append(groups.my_next_bookings(user, now=now))
    if user.holds(Role.SAFEGUARDING_LEAD):
        sections += groups.bookings_without_safeguarding(user, now=now)
    if user.holds(Role.ADMINISTRATOR):
        sections.append(_roles_and_accounts())
    sections += rooms.my_offers(user)
    if not sections or (not duties.is_staff and not duties.acts_for_a_group):
        sections.append(_where_to_begin(duties.is_staff))
    return sections


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
