"""How a commitment stands, and how it may go on. Pledges and housing actions share all of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Generic, Protocol, TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.templatetags.dates import short_date
from pledges.models import ENDS, DeliveryStatus, StatusChange, Update

S = DeliveryStatus

MAY_BECOME: Mapping[DeliveryStatus, frozenset[DeliveryStatus]] = {
    S.NOT_KNOWN: frozenset({S.NOT_STARTED, S.IN_PROGRESS, *ENDS}),
    S.NOT_STARTED: frozenset({S.NOT_KNOWN, S.IN_PROGRESS, *ENDS}),
    S.IN_PROGRESS: frozenset({S.NOT_KNOWN, S.NOT_STARTED, *ENDS}),
    # What has ended can only be taken up again.
    **{end: frozenset({S.IN_PROGRESS}) for end in ENDS},
}


CHANGED_MEANWHILE = "changed_meanwhile"
NOTHING_CHANGED = "nothing_changed"


class Commitment(Protocol):
    """A pledge or an action from a queryset `with_standing`."""

    status: str
    counts_from: date
    review_every_days: int
    due_on: date | None
    last_update_on: date | None
    last_update_text: str | None


@dataclass(frozen=True)
class Standing:
    """How a commitment stands on a day. Worked out, never kept."""

    status: DeliveryStatus
    has_ended: bool
    next_update_on: date | None
    days_quiet: int
    is_stale: bool
    days_late: int
    # True where a source gives no day, so that days must not be counted out to people.
    quiet_is_rough: bool = False
    late_is_rough: bool = False

    @property
    def is_late(self) -> bool:
        return self.days_late > 0

    @property
    def is_unknown(self) -> bool:
        return self.status == S.NOT_KNOWN


def next_update_due(commitment: Commitment) -> date | None:
    """The day by which the public should hear again; none once it has ended."""
    if commitment.status in ENDS:
        return None
    return commitment.counts_from + timedelta(days=commitment.review_every_days)


def is_stale(commitment: Commitment, *, today: date) -> bool:
    """Say whether the next update is overdue. Time alone makes it so; only an update undoes it."""
    due = next_update_due(commitment)
    return due is not None and due < today


def standing(commitment: Commitment, *, today: date) -> Standing:
    has_ended = commitment.status in ENDS
    due = commitment.due_on
    return Standing(
        status=DeliveryStatus(commitment.status),
        has_ended=has_ended,
        next_update_on=next_update_due(commitment),
        days_quiet=(today - commitment.counts_from).days,
        is_stale=is_stale(commitment, today=today),
        days_late=0 if has_ended or due is None else max(0, (today - due).days),
        quiet_is_rough=counts_from_a_rough_date(commitment),
        late_is_rough=bool(getattr(commitment, "due_text", "")),
    )


def counts_from_a_rough_date(commitment: Commitment) -> bool:
    """Say whether the last news, or while there is none the promise, has no day of its own."""
    if commitment.last_update_on is not None:
        return bool(commitment.last_update_text)
    return bool(getattr(commitment, "made_text", ""))  # an action is not made on a day


def may_become(status: str) -> list[DeliveryStatus]:
    """The statuses one person may choose next, in the order people read them."""
    allowed = MAY_BECOME[DeliveryStatus(status)]
    return [one for one in DeliveryStatus if one in allowed and one not in ENDS]


def check_still_stands(now: str, seen: str, wanted: DeliveryStatus) -> None:
    """Raise ValidationError if the status is another than the one that somebody wants to change."""
    if now != seen:
        raise ValidationError(
            _(
                "The status was changed to “%(now)s” in the meantime. You chose “%(wanted)s”. "
                "Read why it was changed. If yours still holds, publish it again."
            ),
            code=CHANGED_MEANWHILE,
            params={"now": DeliveryStatus(now).label, "wanted": wanted.label},
        )


def check_may_become(now: str, wanted: DeliveryStatus) -> None:
    if wanted == now:
        raise ValidationError(
            _("It is “%(now)s” already. Choose another status."),
            code="no_change",
            params={"now": DeliveryStatus(now).label},
        )
    if wanted not in MAY_BECOME[DeliveryStatus(now)]:
        raise ValidationError(
            _("It is “%(now)s”, so it cannot become “%(wanted)s”."),
            code="not_from_here",
            params={"now": DeliveryStatus(now).label, "wanted": wanted.label},
        )


def check_corrects_something(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Raise ValidationError if a correction says what is public already, word for word."""

    def words_of(said: Mapping[str, str]) -> dict[str, list[str]]:
        return {name: words.split() for name, words in said.items() if words.split()}

    if words_of(before) == words_of(after):
        raise ValidationError(
            {
                "what_changed": ValidationError(
                    _("Change something first. These words are public already."),
                    code=NOTHING_CHANGED,
                )
            }
        )


def check_has_a_second_person(wanted: DeliveryStatus, *, by: object, approved_by: object) -> None:
    if wanted in ENDS and (approved_by is None or approved_by == by):
        raise ValidationError(
            _("“%(wanted)s” is an end. Somebody else must approve it before it is published."),
            code="needs_a_second_person",
            params={"wanted": wanted.label},
        )


def check_not_ahead(day: date, *, today: date) -> None:
    if day > today:
        raise ValidationError(
            {"effective_on": _("This date is in the future. Enter today or an earlier day.")},
            code="ahead",
        )


def check_not_before(day: date, *, since: date | None) -> None:
    """`since` is the day of the last change, or on which it was promised; the log runs forwards."""
    if since is not None and day < since:
        raise ValidationError(
            {
                "effective_on": ValidationError(
                    _("This is before it was promised or last changed. Enter %(day)s or later."),
                    params={"day": short_date(since)},
                    code="before",
                )
            }
        )


REASON_AT_LEAST = 8
"""Letters. Nobody learns why from fewer."""


def check_says_why(reason: str) -> None:
    if len(reason.strip()) < REASON_AT_LEAST:
        raise ValidationError(
            {"reason": _("Say why the status changes, in a few words that everybody understands.")},
            code="no_reason",
        )


@dataclass(frozen=True)
class Summary:
    """How many commitments stand in which way on a day."""

    everything: int
    by_status: Mapping[DeliveryStatus, int]
    late: int
    stale: int

    @property
    def in_progress(self) -> int:
        return self.by_status.get(S.IN_PROGRESS, 0)

    @property
    def not_known(self) -> int:
        return self.by_status.get(S.NOT_KNOWN, 0)

    @property
    def ended(self) -> int:
        return sum(self.by_status.get(end, 0) for end in ENDS)


def summary(commitments: Iterable[Commitment], *, today: date) -> Summary:
    standings = [standing(one, today=today) for one in commitments]
    return Summary(
        everything=len(standings),
        by_status=Counter(one.status for one in standings),
        late=sum(one.is_late for one in standings),
        stale=sum(one.is_stale for one in standings),
    )


# --- The thread of what was said and done --------------------------------------------------------

U = TypeVar("U", bound=Update)
C = TypeVar("C", bound=StatusChange)


@dataclass(frozen=True)
class Entry(Generic[U, C]):
    """One thing in the thread: an update in its newest words, or a change of status."""

    on: date
    date_text: str
    update: U | None = None
    corrected_on: date | None = None
    earlier: list[U] = field(default_factory=list)
    change: C | None = None


def thread(updates: Iterable[U], changes: Iterable[C]) -> list[Entry[U, C]]:
    """Updates and status changes, newest first. A corrected update keeps its place and its past."""
    rows = sorted(updates, key=lambda update: update.pk)
    corrected_by = {
        update.corrects_id: update  # type: ignore[attr-defined]
        for update in rows
        if update.corrects_id  # type: ignore[attr-defined]
    }
    placed: list[tuple[tuple[date, object], Entry[U, C]]] = []
    for first in rows:
        if first.corrects_id:  # type: ignore[attr-defined]
            continue
        versions = [first]
        while versions[-1].pk in corrected_by:
            versions.append(corrected_by[versions[-1].pk])
        newest, earlier = versions[-1], versions[-2::-1]
        entry: Entry[U, C] = Entry(
            on=first.published_on,
            date_text=first.date_text,
            update=newest,
            corrected_on=newest.published_on if earlier else None,
            earlier=earlier,
        )
        placed.append(((first.published_on, first.recorded_at), entry))
    for change in changes:
        entry = Entry(on=change.effective_on, date_text=change.date_text, change=change)
        placed.append(((change.effective_on, change.recorded_at), entry))
    placed.sort(key=lambda one: one[0], reverse=True)
    return [entry for _place, entry in placed]
