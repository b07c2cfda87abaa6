"""What the pages that need several apps show. Reads only."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from events.models import Event
from home.demonstration.people import CAST, CastMember
from home.permissions import Role, duties_of
from housing.models import ActionUpdate
from listening.models import Campaign, Response
from notifications.models import Beat, Message
from pledges.models import DeliveryStatus, Pledge, PledgeUpdate
from spaces.models import Booking, Hirer, Space

BEAT_IS_LATE_AFTER = timedelta(minutes=2)
SHOWN = 5


# --- The front page -----------------------------------------------------------------------------


def front_page(*, now: datetime) -> dict[str, Any]:
    """Context of the front page: three doors, one worked story, next events, what is new."""
    return {
        "doors": [_door_tell_us(), _door_rooms(), _door_pledges()],
        "story": _story(),
        "events": list(Event.objects.public().going_ahead().upcoming(now)[:3]),
        "updates": _newest_updates(),
    }


def _door(title: str, text: str, url: str, label: str, drawing: str, figure: Any) -> dict[str, Any]:
    return {
        "title": title,
        "text": text,
        "url": reverse(url),
        "label": label,
        "drawing": drawing,
        "figure": figure,
    }


def _door_tell_us() -> dict[str, Any]:
    heard = (
        Campaign.objects.public()
        .exclude(people_heard_text="")
        .filter(themes__isnull=False)
        .order_by("opens_on", "pk")
        .first()
    )
    figure = heard and {
        "number": heard.people_heard_text,
        "sentence": _("people told us what puts pressure on them"),
        "source_title": heard.source_title,
        "source_url": heard.source_url,
        "as_of": heard.dates_text,
    }
    return _door(
        _("Tell us what matters"),
        _("Say what makes life hard where you live. No account, no name."),
        "listening:home",
        _("Tell us"),
        "people",
        figure,
    )


def _door_rooms() -> dict[str, Any]:
    how_many = Space.objects.public().bookable_here().count()
    figure = how_many and {
        "number": how_many,
        "sentence": ngettext("room to ask for", "rooms to ask for", how_many),
        "source_title": "",
        "source_url": "",
        "as_of": "",
    }
    return _door(
        _("Find a room"),
        _("NHS rooms for community groups, free or at low cost."),
        "spaces:spaces",
        _("Find a room"),
        "room",
        figure,
    )


def _door_pledges() -> dict[str, Any]:
    statuses = list(Pledge.objects.public().with_standing().values_list("status", flat=True))
    moving = statuses.count(DeliveryStatus.IN_PROGRESS)
    figure = statuses and {
        "number": moving,
        "sentence": _("of %(all)s promises are in progress") % {"all": len(statuses)},
        "source_title": "",
        "source_url": "",
        "as_of": "",
    }
    return _door(
        _("See our promises"),
        _("What was promised, by whom, and how it stands. Late ones first."),
        "pledges:pledges",
        _("See our promises"),
        "pledge",
        figure,
    )


def _story() -> dict[str, Any] | None:
    """The newest sourced update to a pledge that answers a theme, told from the theme onwards."""
    newest = (
        PledgeUpdate.objects.filter(
            pledge__in=Pledge.objects.public(),
            pledge__themes__is_published=True,
            corrections__isnull=True,
        )
        .exclude(pledge__confidence="demonstration")
        .order_by("-published_on", "-pk")
        .select_related("pledge__made_at")
        .first()
    )
    if newest is None:
        return None
    pledge = newest.pledge
    theme = pledge.themes.filter(is_published=True).order_by("pk").first()
    lead = pledge.owners.filter(part="lead").select_related("organisation").first()
    updates = pledge.updates.filter(corrections__isnull=True).order_by("published_on", "pk")
    assert theme is not None  # The query above asked for one.
    return {
        "said": theme.definition or theme.label,
        "theme_title": theme.label,
        "theme_url": reverse("pledges:theme", args=[theme.slug]),
        "pledged": {
            "title": pledge.title,
            "url": pledge.get_absolute_url(),
            "owner": str(lead.organisation) if lead else "",
            "made": pledge.made_on or pledge.made_text,
        },
        "did": [
            {
                "date_text": f"{update.published_on:%B %Y}",
                "text": update.what_changed,
                "source_title": update.link_title,
                "source_url": update.link_url,
            }
            for update in updates
        ],
    }


def _newest_updates() -> list[dict[str, Any]]:
    of_pledges = (
        PledgeUpdate.objects.filter(pledge__in=Pledge.objects.public(), corrections__isnull=True)
        .select_related("pledge")
        .order_by("-published_on", "-pk")[:3]
    )
    of_actions = (
        ActionUpdate.objects.filter(corrections__isnull=True)
        .exclude(action__priority__plan__state="draft")
        .select_related("action")
        .order_by("-published_on", "-pk")[:3]
    )
    both = [(update.published_on, update.pledge, update.what_changed) for update in of_pledges]
    both += [(update.published_on, update.action, update.what_changed) for update in of_actions]
    both.sort(key=lambda update: update[0], reverse=True)
    return [
        {"title": thing.title, "url": thing.get_absolute_url(), "date": day, "text": text}
        for day, thing, text in both[:3]
    ]


# --- Waiting for you ----------------------------------------------------------------------------


@dataclass
class Line:
    """One thing that waits: where it is, and a word or two on why."""

    title: str
    url: str
    text: str = ""
    when: datetime | None = None


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
    if duties.runs_a_site or user.holds(Role.PROGRAMME_STAFF):
        sections.append(_bookings_to_decide(user))
    if user.holds(Role.PROGRAMME_STAFF):
        sections += [_groups_to_decide(user), _letters_that_failed(user)]
    if duties.acts_for_an_institution or user.holds(Role.PROGRAMME_STAFF):
        sections.append(_quiet_pledges(user, today=today))
    if user.holds(Role.LISTENING_EDITOR, Role.SAFEGUARDING_LEAD):
        sections.append(_new_answers(user, today=today))
    if duties.acts_for_a_group:
        sections.append(_my_next_bookings(user, now=now))
    if not sections or (not duties.is_staff and not duties.acts_for_a_group):
        sections.append(_where_to_begin(duties.is_staff))
    return sections


def _bookings_to_decide(user: User) -> Section:
    waiting = Booking.objects.visible_to(user).awaiting_decision().with_people()
    groups = Hirer.objects.of_member(user).values("pk")
    waiting = waiting.exclude(hirer__in=groups).order_by("starts_at", "pk")
    return Section(
        title=_("Requests for a room"),
        lines=[
            Line(str(booking.space), booking.get_absolute_url(), str(booking.hirer), booking.starts_at)
            for booking in waiting[:SHOWN]
        ],
        nothing=_("No request waits for a decision."),
        more_url=reverse("spaces:bookings"),
        more_label=_("See all bookings"),
    )


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

    mine = Pledge.objects.visible_to(user).with_standing().in_order()
    quiet = [pledge for pledge in mine if rules.is_stale(pledge, today=today)]
    return Section(
        title=_("Pledges that need an update"),
        lines=[Line(pledge.title, pledge.get_absolute_url()) for pledge in quiet[:SHOWN]],
        nothing=_("Every pledge has been updated in time."),
        more_url=reverse("pledges:pledges"),
        more_label=_("See all pledges"),
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
        lines=[Line(_("Read the newest answers"), reverse("listening:responses"), text)] if count else [],
        nothing=_("No new answers in the last two weeks."),
        more_url=reverse("listening:responses"),
        more_label=_("See all answers"),
    )


def _my_next_bookings(user: User, *, now: datetime) -> Section:
    mine: QuerySet[Booking] = (
        Booking.objects.filter(hirer__in=Hirer.objects.of_member(user), ends_at__gt=now)
        .filter(state__in=[Booking.State.REQUESTED, Booking.State.APPROVED])
        .with_people()
        .order_by("starts_at", "pk")
    )
    return Section(
        title=_("Your group’s next bookings"),
        lines=[
            Line(
                str(booking.space),
                booking.get_absolute_url(),
                str(booking.get_state_display()),
                booking.starts_at,
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


# --- Health -------------------------------------------------------------------------------------


def health(*, now: datetime) -> dict[str, str]:
    """`ok` or what is wrong, for the database, Redis and the timetable."""
    parts = {"database": "ok", "redis": "ok", "timetable": "ok"}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        beat = Beat.objects.first()
    except DatabaseError:
        return parts | {"database": "does not answer", "timetable": "not known"}
    if beat is None:
        parts["timetable"] = "has not ticked yet"
    elif now - beat.ticked_at > BEAT_IS_LATE_AFTER:
        parts["timetable"] = "is late"
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=2).ping()
    except redis.RedisError:
        parts["redis"] = "does not answer"
    return parts


# --- The demonstration ---------------------------------------------------------------------------


def demonstration_people() -> QuerySet[User]:
    """The people anybody may try. Empty outside demonstration mode."""
    if not settings.DEMONSTRATION:
        return User.objects.none()
    return User.objects.filter(email__in=[member.email for member in CAST], is_active=True)


def demonstration_cast() -> list[CastMember]:
    return list(CAST)


