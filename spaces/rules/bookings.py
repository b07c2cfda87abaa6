"""When a space may be asked for, and how a booking may go on. Facts in, answer out."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.clock import LONDON, london
from core.templatetags.dates import short_date, time_of_day
from spaces.models import Booking, Hirer, Layout, Site, Space
from spaces.models.taken import LONGEST
from spaces.rules.times import WhyNot, last_day, length_in_words
from spaces.rules.working_days import working_day_after, working_days_between

REASONS_TO_REFUSE = [
    Booking.Reason.CAPACITY,
    Booking.Reason.CLINICAL,
    Booking.Reason.CLOSED,
    Booking.Reason.SAFETY,
    Booking.Reason.UNSUITABLE,
    Booking.Reason.DOCUMENTS,
    Booking.Reason.SAFEGUARDING,
    Booking.Reason.OTHER,
]
"""For those who decline a request, or take a promise back."""

TOO_MANY = "too_many"

LATE_TOLD_FOR = timedelta(days=183)
"""For six months a late cancellation is told to whoever decides about its group."""

REASONS_AGAINST_A_SPACE = frozenset(
    {Booking.Reason.CAPACITY, Booking.Reason.SAFETY, Booking.Reason.UNSUITABLE}
)
"""At another time the same would be true of it, so only other spaces are offered instead."""

TELL_OF_SILENCE_FOR = timedelta(days=7)
"""So long after the time of a request the group is still told that nobody decided in time."""

REASONS_TO_CANCEL = [
    Booking.Reason.NO_LONGER_NEEDED,
    Booking.Reason.FEW_PEOPLE,
    Booking.Reason.ILLNESS,
    Booking.Reason.ANOTHER_TIME,
    Booking.Reason.ANOTHER_ROOM,
    Booking.Reason.ACCESS,
    Booking.Reason.COST,
    Booking.Reason.OTHER,
]
"""For the group, which hears from nobody why it should not."""


def check_not_begun(booking: Booking, *, now: datetime) -> None:
    if booking.starts_at <= now:
        raise ValidationError(
            _("The time of this booking has come, so it can no longer be changed."), code="begun"
        )


def check_hirer_may_book(hirer: Hirer, *, is_theirs: bool) -> None:
    """`is_theirs`: whoever asks belongs to the group; all others are told about it."""
    if hirer.state != Hirer.State.APPROVED and not is_theirs:
        raise ValidationError(
            _("This group may not book rooms at the moment, so it cannot have this one."),
            code="hirer",
        )
    if hirer.state == Hirer.State.REGISTERED:
        raise ValidationError(
            _(
                "Your group is waiting for a decision. You can ask for a room as soon as it is"
                " approved."
            ),
            code="hirer",
        )
    if hirer.state == Hirer.State.STOPPED:
        raise ValidationError(
            _(
                "We have stopped your group from booking rooms for now. Its page says why, and what you"
                " can do."
            ),
            code="hirer",
        )
    if hirer.state != Hirer.State.APPROVED:
        raise ValidationError(
            _("Your group may not book rooms at the moment. Contact us if you think it should."),
            code="hirer",
        )


def check_may_ask_for_more(undecided: int, *, most: int, is_theirs: bool) -> None:
    """A request holds its room until it is decided, so one group may not have requests without end."""
    if undecided >= most:
        raise ValidationError(
            ngettext(
                "Your group has %(number)d request that waits for a decision, and that is the most"
                " at one time. Wait until it is decided, or cancel it.",
                "Your group has %(number)d requests that wait for a decision, and that is the most"
                " at one time. Wait until some are decided, or cancel some.",
                undecided,
            )
            if is_theirs
            else ngettext(
                "This group has %(number)d request that waits for a decision, and that is the most"
                " at one time. It must be decided or cancelled first.",
                "This group has %(number)d requests that wait for a decision, and that is the most"
                " at one time. Some must be decided or cancelled first.",
                undecided,
            ),
            code="too_many",
            params={"number": undecided},
        )


def check_not_kept_too_often(ended: Sequence[datetime], *, most: int, within: timedelta) -> None:
    """A room is kept to be asked for. `ended`: when what was kept of this time ran out, or will."""
    if len(ended) >= most:
        again = sorted(ended)[-most] + within
        raise ValidationError(
            _(
                "Your group has kept this room for this time %(most)d times within an hour and has"
                " not asked for it. Send the request that you began: you get the room if it is still"
                " free. Or choose another time, or try again after %(time)s."
            ),
            code="too_often",
            params={"most": most, "time": time_of_day(again)},
        )


def check_space_is_offered(space: Space, rooms: Collection[object]) -> None:
    found = why_not_offered(space, rooms)
    if found is not None:
        raise found.refusal


def why_not_offered(space: Space, rooms: Collection[object]) -> WhyNot | None:
    """Say why nobody can have a space here. One without rooms would be free for everybody at once."""
    is_offered = space.status == Space.Status.PUBLISHED and not space.is_clinical
    if not is_offered or not space.site.is_published or not rooms:
        words = _("This room is not on offer at the moment.")
        return WhyNot("not_offered", words, _("Choose another one."))
    if space.site.booking_authority != Site.BookingAuthority.OURS:
        words = _("This room is not booked here.")
        return WhyNot("booked_elsewhere", words, _("Its page says where to ask for it."))
    return None


def check_asked_for_once(*, is_asked_for: bool, is_theirs: bool) -> None:
    if is_asked_for:
        raise ValidationError(
            _("Your group has asked for this room at that time already. Look under your bookings.")
            if is_theirs
            else _("This group has asked for this room at that time already."),
            code="asked_before",
        )


def check_when(
    space: Space,
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
    needs_notice: bool = True,
    setup_minutes: int = 0,
) -> None:
    """Start and end make sense, early enough and not too far ahead, on London's clock.

    Notice counts until a group comes to set up, because somebody must let it in then.
    """
    start, first = london(starts_at), starts_at - timedelta(minutes=setup_minutes)
    if ends_at <= starts_at:
        raise ValidationError(_("The end must be after the start."), code="reversed")
    if starts_at <= now:
        raise WhyNot("past", _("This time has passed."), _("Choose a later one.")).refusal
    check_steps(space, starts_at, ends_at)
    # Notice counts hours of the wall clock: two days before 10am is 10am, whatever the clocks do.
    notice = timedelta(hours=space.site.min_notice_hours)
    if needs_notice and first <= now:
        words = _("There is no time left to set up before that.")
        raise WhyNot("past", words, _("Choose a later time.")).refusal
    shown = london(first).replace(tzinfo=None)
    if needs_notice and shown < london(now).replace(tzinfo=None) + notice:
        raise too_soon(space.site, sets_up=bool(setup_minutes)).refusal
    if start.date() > last_day(now, space.site.horizon_weeks):
        raise too_far(space.site, now=now).refusal


def too_soon(site: Site, *, sets_up: bool = False) -> WhyNot:
    notice = length_in_words(site.min_notice_hours * 60)
    words = _("This site needs to know %(notice)s ahead.")
    if sets_up:
        words = _("This site needs to know %(notice)s before you come to set up.")
    return WhyNot("notice", words % {"notice": notice}, _("Choose a later time."))


def too_far(site: Site, *, now: datetime) -> WhyNot:
    last = short_date(last_day(now, site.horizon_weeks))
    words = _("You can ask for times up to %(last)s.") % {"last": last}
    return WhyNot("horizon", words, _("Choose an earlier day."))


def check_steps(space: Space, starts_at: datetime, ends_at: datetime) -> None:
    """The end is after the start, and both are times at which this space changes hands."""
    if ends_at <= starts_at:
        raise ValidationError(_("The end must be after the start."), code="reversed")
    step = space.start_step_minutes
    for moment in (london(starts_at), london(ends_at)):
        if (moment.hour * 60 + moment.minute) % step or moment.second or moment.microsecond:
            raise ValidationError(
                _("Start and end in steps of %(step)d minutes, such as %(example)s."),
                code="step",
                params={"step": step, "example": _("6pm or 6:30pm") if step == 30 else _("6pm")},
            )


def check_length(
    space: Space, starts_at: datetime, ends_at: datetime, taken: tuple[datetime, datetime]
) -> None:
    """The time between start and end as it really passes, so the night of a clock change is right."""
    minutes = (ends_at - starts_at) // timedelta(minutes=1)
    if minutes < space.min_minutes:
        raise ValidationError(
            _("The shortest booking here is %(length)s."),
            code="short",
            params={"length": length_in_words(space.min_minutes)},
        )
    if minutes > space.max_minutes:
        raise ValidationError(
            _("The longest booking here is %(length)s."),
            code="long",
            params={"length": length_in_words(space.max_minutes)},
        )
    if taken[1] - taken[0] > LONGEST:
        raise ValidationError(
            _("With setting up and clearing away this is more than a day. Ask for less time."),
            code="long",
        )


def check_attendance(attendance: int, layout: Layout | None, layouts: Sequence[Layout]) -> None:
    """Everybody fits: in the layout asked for, or else in the roomiest one."""
    if layout is not None and layout not in layouts:
        raise ValidationError(_("Choose a layout that this room has."), code="layout")
    candidates = [one for one in layouts if layout in (None, one)]
    most = max((one.capacity for one in candidates), default=None)
    if most is not None and attendance > most:
        raise ValidationError(
            {
                "attendance": ValidationError(
                    ngettext(
                        "This room holds %(most)d person laid out like that.",
                        "This room holds %(most)d people laid out like that.",
                        most,
                    )
                    if layout is not None
                    else ngettext(
                        "This room holds %(most)d person.",
                        "This room holds %(most)d people.",
                        most,
                    ),
                    code="capacity",
                    params={"most": most},
                )
            }
        )


def check_wheelchairs(
    users: int, attendance: int, layout: Layout | None, layouts: Sequence[Layout]
) -> None:
    """Everybody who uses a wheelchair fits, as far as that is known: what nobody has checked is left to
    those who decide.
    """
    if users > attendance:
        words = _("Enter at least as many people as use a wheelchair.")
        raise ValidationError({"attendance": ValidationError(words, code="wheelchairs")})
    known = [
        one.wheelchair_spaces
        for one in layouts
        if layout in (None, one) and attendance <= one.capacity
    ]
    if not known or None in known:
        return
    most = max(number or 0 for number in known)
    if users > most:
        raise ValidationError(
            {
                "wheelchair_users": ValidationError(
                    ngettext(
                        "Laid out for so many people, this room has a place for %(most)d person using a"
                        " wheelchair.",
                        "Laid out for so many people, this room has places for %(most)d people using a"
                        " wheelchair.",
                        most,
                    ),
                    code="wheelchairs",
                    params={"most": most},
                )
            }
        )


def why_too_many(
    attendance: int, layout: Layout | None, layouts: Sequence[Layout]
) -> WhyNot | None:
    """Say that not everybody fits any more; nothing where they do."""
    try:
        check_attendance(attendance, layout, layouts)
    except ValidationError as refusal:
        return WhyNot(TOO_MANY, " ".join(refusal.messages), _("Bring fewer people."))
    return None


def check_may_still_be_changed(booking: Booking, *, on: date) -> None:
    """A promise may be changed as long as it could be given back in time."""
    if is_late_to_cancel(booking, on=on):
        raise ValidationError(
            ngettext(
                "This site asks for %(days)d working day of notice, so you can only make the booking"
                " smaller or cancel it now. For more, ask the site by telephone.",
                "This site asks for %(days)d working days of notice, so you can only make the booking"
                " smaller or cancel it now. For more, ask the site by telephone.",
                booking.space.site.cancel_notice_working_days,
            ),
            code="late",
            params={"days": booking.space.site.cancel_notice_working_days},
        )


def is_late_to_cancel(booking: Booking, *, on: date) -> bool:
    """Say whether cancelling a promise on a day gives the site less notice than it asks for.

    Taking back a request is never late: nothing was promised.
    """
    notice = working_days_between(on, london(booking.starts_at).date())
    return booking.is_promised and notice < booking.space.site.cancel_notice_working_days


def counts_as_late(booking: Booking, *, on: date) -> bool:
    """The same, and what was given back late before stays late until it is promised again.

    Otherwise bringing it back and taking back the request would wipe it out.
    """
    return booking.cancelled_late or is_late_to_cancel(booking, on=on)


def reminder_due(
    booking: Booking, leads: Iterable[timedelta], *, now: datetime
) -> timedelta | None:
    """How far ahead the reminder that is due now looks, or None.

    "Within", never "exactly": a run that was missed is made good by the next. Only the nearest
    lead counts, so a long silence ends in one letter. A booking approved inside a lead had its
    confirmation then, and needs no reminder for it.
    """
    due = [lead for lead in leads if now < booking.starts_at <= now + lead]
    if not due:
        return None
    nearest = min(due)
    if booking.decided_at is None or booking.decided_at > booking.starts_at - nearest:
        return None
    return nearest


def ask_again_at(asked_at: datetime, starts_at: datetime) -> datetime:
    """When a group is asked once more what it has not answered: two working days later, at the same
    time of day, or half way to the booking where that is sooner.
    """
    asked = london(asked_at)
    two_days_later = datetime.combine(
        working_day_after(asked.date(), 2), asked.time(), tzinfo=LONDON
    )
    return min(two_days_later, asked_at + (starts_at - asked_at) / 2)
