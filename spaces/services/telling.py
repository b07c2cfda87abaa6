"""Letters about bookings and groups, and how a booking stands in diaries."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, Literal

from django.conf import settings
from django.db.models import Model
from django.urls import reverse

from accounts.models import ProgrammeRole, User
from core.clock import london
from notifications.calendar import CalendarFile, calendar_file
from notifications.models import Message, Recipient
from notifications.services import notify, withdraw
from spaces import permissions
from spaces.models import Booking, BookingQuestion, Decision, Hirer, Site, Space
from spaces.services.audience import (
    people_of_group,
    people_of_site,
    people_of_step,
    people_who_decide_about,
    people_with,
    programme_staff,
    recipients_of,
    without_call_taker,
    without_own,
)

Invitation = Literal["REQUEST", "CANCEL"]


def about(thing: Model) -> str:
    """The key by which letters about a thing are found and taken back."""
    return f"{thing._meta.label_lower}:{thing.pk}"


def take_back(booking: Booking) -> None:
    """Letters that say how a booking stood before go no more; what frees a diary does all the same."""
    withdraw(about(booking), but_cancellations=True)


def full_address(thing: Any) -> str:
    return f"{settings.SITE_ADDRESS}{thing.get_absolute_url()}"


def facts_address(hirer: Hirer) -> str:
    """Where a group keeps what is known about it."""
    return f"{settings.SITE_ADDRESS}{reverse('spaces:hirer_facts', args=[hirer.organisation.slug])}"


def papers_address(hirer: Hirer) -> str:
    """Where a group sees its papers."""
    return f"{settings.SITE_ADDRESS}{reverse('spaces:documents', args=[hirer.organisation.slug])}"


def insurance_address(site: Site) -> str:
    """Where a group finds out which insurance it needs at a site."""
    return f"{settings.SITE_ADDRESS}{reverse('spaces:insurance')}?site={site.slug}"


def spaces_address() -> str:
    """Where rooms are found."""
    return f"{settings.SITE_ADDRESS}{reverse('spaces:spaces')}"


def people_invited(booking: Booking) -> list[Recipient]:
    """Whoever was sent the diary entry of a booking, of the group today or not."""
    invitations = Message.objects.filter(
        about=about(booking), calendar_method="REQUEST", state=Message.State.SENT
    )
    return recipients_of(User.objects.filter(messages_to__in=invitations, is_active=True))


def ask_about_hirer(hirer: Hirer, *, now: datetime) -> None:
    """Ask programme staff to decide about a group."""
    notify(
        people_who_decide_about(hirer, london(now).date()),
        "spaces/email/hirer_to_decide.txt",
        {"hirer": hirer, "address": full_address(hirer)},
        once=f"spaces.hirer_to_decide:{hirer.pk}:{hirer.decided_at or ''}",
        about=about(hirer),
        now=now,
    )


def tell_group(
    booking: Booking,
    template: str,
    *,
    now: datetime,
    invitation: Invitation | None = None,
    valid_until: datetime | None = None,
    again: str = "",
    **context: object,
) -> None:
    """Write to the group. Each letter with an invitation carries it in the reader's own name."""
    for recipient in people_of_group(booking, london(now).date()):
        calendar = None
        if invitation:
            calendar = diary_entry(
                booking, method=invitation, stamp=now, attendee=recipient.address
            )
        _tell(
            booking,
            [recipient],
            template,
            context,
            now=now,
            calendar=calendar,
            valid_until=valid_until,
            again=again,
        )


def tell_those_who_left(booking: Booking, *, now: datetime) -> None:
    """Take a booking out of the diaries of people who left the group since, and say no more."""
    still_there = people_of_group(booking, london(now).date())
    for recipient in people_invited(booking):
        if recipient not in still_there:
            calendar = diary_entry(booking, method="CANCEL", stamp=now, attendee=recipient.address)
            _tell(booking, [recipient], "booking_cancelled_left", {}, now=now, calendar=calendar)


def ask_for_decision(
    booking: Booking, steps: Iterable[str], due_on: date, *, now: datetime, why: str = "new"
) -> None:
    """Write to those who decide, once to each; nobody need decide once the time has come."""
    context: dict[str, object] = {"decide_by": due_on, "why": why}
    _tell_people_of_steps(booking, steps, "booking_to_decide", context, now=now)


def tell_of_answer(
    booking: Booking,
    steps: Iterable[str],
    due_on: date,
    question: BookingQuestion,
    *,
    now: datetime,
    apart_from: User,
) -> None:
    """Write to those who still decide, and to whoever asked if they do, that the group answered.

    The answer is on the page alone.
    """
    asked_by = question.asked_by
    decides = permissions.decides(asked_by, booking, booking.decisions.current())
    _tell_people_of_steps(
        booking,
        steps,
        "booking_answered",
        {"decide_by": due_on},
        now=now,
        apart_from=apart_from,
        again=f":{question.pk}",
        also=asked_by if decides else None,
    )


def tell_of_late_decision(booking: Booking, decision: Decision, *, now: datetime) -> None:
    """Write to whoever stands in for those who should have decided by now."""
    day = london(now).date()
    lead = ProgrammeRole.Role.PROGRAMME_LEAD
    is_of_site = decision.step == Decision.Step.SITE
    said = set(booking.decisions.current().values_list("decided_by", flat=True))

    def who_may(people: list[Recipient]) -> list[Recipient]:
        """Nobody whose own it is, and nobody who has said yes to this booking already; whoever took the
        call of a group that telephoned only where there is nobody else.
        """
        may = without_own(people, booking)
        may = [one for one in may if one.user is None or one.user.pk not in said]
        return without_call_taker(may, booking) or may

    stand_ins = who_may(programme_staff(day)) if is_of_site else []
    _tell(
        booking,
        stand_ins or who_may(people_with(lead, day)),
        "booking_late",
        {"decision": decision},
        now=now,
        valid_until=booking.starts_at,
        again=f":{decision.pk}:{decision.due_on}",
    )


def _tell_people_of_steps(
    booking: Booking,
    steps: Iterable[str],
    template: str,
    context: dict[str, object],
    *,
    now: datetime,
    apart_from: User | None = None,
    again: str = "",
    also: User | None = None,
) -> None:
    day = london(now).date()
    people = [one for step in steps for one in people_of_step(booking, step, day)]
    if also is not None and also.is_active:
        people.append(Recipient.of(also))
    told: dict[str, Recipient] = {}
    for one in people:
        if apart_from is None or one.user != apart_from:
            told.setdefault(one.address, one)
    _tell(
        booking,
        list(told.values()),
        template,
        context,
        now=now,
        valid_until=booking.starts_at,
        again=again,
    )


def tell_of_closed(
    recipients: list[Recipient],
    bookings: Sequence[Booking],
    *,
    once: str,
    about: str,
    now: datetime,
    valid_until: datetime | None = None,
) -> None:
    """Write to those who run a site that these bookings there cannot be as they are."""
    notify(
        recipients,
        "spaces/email/bookings_closed.txt",
        {
            "site": bookings[0].space.site,
            "bookings": [(booking, full_address(booking)) for booking in bookings],
        },
        once=once,
        about=about,
        valid_until=valid_until,
        now=now,
    )


def tell_site(
    booking: Booking,
    template: str,
    *,
    now: datetime,
    apart_from: User | None = None,
    **context: object,
) -> None:
    """Write to those who run the site, apart from the one who has just done what is told."""
    told = people_of_site(booking.space.site, london(now).date())
    if apart_from is not None:
        told = [one for one in told if one.user != apart_from]
    _tell(booking, told, template, context, now=now)


def _tell(
    booking: Booking,
    recipients: list[Recipient],
    template: str,
    context: dict[str, object],
    *,
    now: datetime,
    calendar: CalendarFile | None = None,
    valid_until: datetime | None = None,
    again: str = "",
) -> None:
    notify(
        recipients,
        f"spaces/email/{template}.txt",
        facts_for_letters(booking) | context,
        once=once_of(booking, template, again),
        about=about(booking),
        calendar=calendar,
        valid_until=valid_until,
        now=now,
    )


def once_of(booking: Booking, template: str, again: str = "") -> str:
    """What nobody is told twice. `again` tells apart letters of one kind about one state of a booking."""
    return f"spaces.{template}:{booking.uuid}:{booking.sequence}{again}"


def facts_for_letters(booking: Booking) -> dict[str, object]:
    return {
        "booking": booking,
        "space": booking.space,
        "site": booking.space.site,
        "address": full_address(booking),
        # Few letters say these: they are worked out by the one that does.
        "space_address": partial(full_address, booking.space),
        "spaces_address": spaces_address,
    }


def diary_entry(
    booking: Booking,
    *,
    method: Literal["REQUEST", "CANCEL", "PUBLISH"],
    stamp: datetime,
    attendee: str = "",
) -> CalendarFile:
    """The booking as a calendar file. The group's name is not in it: diaries are shared."""
    space = booking.space
    return calendar_file(
        uid=diary_uid(booking),
        title=str(space),
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        place=place_of(space),
        stamp=stamp,
        sequence=booking.sequence,
        method=method,
        attendee=attendee,
        url=full_address(booking),
    )


def diary_uid(booking: Booking) -> str:
    """By which every diary knows the booking, invited to it or subscribed to its group."""
    return f"booking-{booking.uuid}@{our_host()}"


def our_host() -> str:
    return settings.SITE_ADDRESS.partition("://")[2].partition(":")[0] or "localhost"


def place_of(space: Space) -> str:
    return ", ".join(space.site.address)
