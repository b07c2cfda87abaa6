"""What happened, as a sentence: each record with what it was about, by name, and where to look.

A page of records costs one query for each kind of thing on it, and one for the people it names.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import ProgrammeRole, User
from anchors.models import Borough, Mandate, Network, Organisation
from audit.models import AuditRecord
from core.templatetags.dates import when
from events.models import Event, SignUp
from housing.models import Action, ActionStatusChange, ActionUpdate
from listening.models import Response
from notifications.models import Message
from pledges.models import DeliveryStatus, Pledge, PledgeStatusChange, PledgeUpdate
from spaces.models import (
    AgreementVersion,
    Booking,
    Hirer,
    HirerInvitation,
    Site,
    Space,
    SpaceOffer,
)


@dataclass(frozen=True)
class Kind:
    """A kind of thing: its word, which of them a reader may see, their name and their page."""

    word: str | Promise
    rows: Callable[[User], QuerySet[Any]]
    name: Callable[[Any], str] = str
    page: Callable[[Any], str] = lambda row: ""


@dataclass(frozen=True)
class Line:
    """One record, ready to be read."""

    record: AuditRecord
    kind: str
    name: str
    url: str
    details: list[str] = field(default_factory=list)


def _page(row: Any) -> str:
    return str(row.get_absolute_url())


def _label(model: type[Model]) -> str:
    return model._meta.label_lower


def _mandates(reader: User) -> QuerySet[Mandate]:
    """Who belongs to a private group is for programme staff, not for everybody who reads records."""
    found = Mandate.objects.select_related("user", "organisation")
    if reader.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.PROGRAMME_LEAD):
        return found
    return found.exclude(organisation__is_private=True)


KINDS: Mapping[str, Kind] = {
    _label(User): Kind(gettext_lazy("Person"), lambda reader: User.objects.all()),
    _label(ProgrammeRole): Kind(
        gettext_lazy("Role"),
        lambda reader: ProgrammeRole.objects.select_related("user"),
        lambda held: f"{held.get_role_display()}: {held.user}",
    ),
    _label(Mandate): Kind(
        gettext_lazy("Membership"),
        _mandates,
        lambda held: f"{held.organisation}: {held.user}",
    ),
    _label(Organisation): Kind(
        gettext_lazy("Organisation"), lambda reader: Organisation.objects.public(), page=_page
    ),
    _label(Network): Kind(
        gettext_lazy("Network"), lambda reader: Network.objects.all(), page=_page
    ),
    _label(Borough): Kind(gettext_lazy("Borough"), lambda reader: Borough.objects.all()),
    _label(Event): Kind(gettext_lazy("Event"), Event.objects.visible_to, page=_page),
    _label(SignUp): Kind(
        gettext_lazy("Sign-up"),
        lambda reader: SignUp.objects.visible_to(reader).select_related("event"),
        lambda person: str(person.event),
        lambda person: reverse("events:sign_ups", args=[person.event.slug]),
    ),
    _label(Message): Kind(
        gettext_lazy("Message"),
        Message.objects.visible_to,
        lambda letter: str(letter.subject),
        _page,
    ),
    _label(Response): Kind(
        gettext_lazy("Answer"), Response.objects.visible_to, lambda response: "", _page
    ),
    _label(Pledge): Kind(gettext_lazy("Promise"), Pledge.objects.visible_to, page=_page),
    _label(PledgeUpdate): Kind(
        gettext_lazy("Update"),
        lambda reader: PledgeUpdate.objects.visible_to(reader).select_related("pledge"),
        lambda update: str(update.pledge),
        lambda update: _page(update.pledge),
    ),
    _label(PledgeStatusChange): Kind(
        gettext_lazy("Status of a promise"),
        lambda reader: PledgeStatusChange.objects.filter(
            pledge__in=Pledge.objects.visible_to(reader)
        ).select_related("pledge"),
        lambda change: str(change.pledge),
        lambda change: _page(change.pledge),
    ),
    _label(Action): Kind(gettext_lazy("Action"), Action.objects.visible_to, page=_page),
    _label(ActionUpdate): Kind(
        gettext_lazy("Update"),
        lambda reader: ActionUpdate.objects.visible_to(reader).select_related("action"),
        lambda update: str(update.action),
        lambda update: _page(update.action),
    ),
    _label(ActionStatusChange): Kind(
        gettext_lazy("Status of an action"),
        lambda reader: ActionStatusChange.objects.filter(
            action__in=Action.objects.visible_to(reader)
        ).select_related("action"),
        lambda change: str(change.action),
        lambda change: _page(change.action),
    ),
    _label(Booking): Kind(
        gettext_lazy("Booking"),
        lambda reader: Booking.objects.visible_to(reader).with_people(),
        lambda booking: f"{booking.space.name}, {when(booking.starts_at, booking.ends_at)}",
        _page,
    ),
    _label(Hirer): Kind(
        gettext_lazy("Group"),
        lambda reader: Hirer.objects.visible_to(reader).select_related("organisation"),
        page=_page,
    ),
    _label(HirerInvitation): Kind(
        gettext_lazy("Invitation"),
        lambda reader: HirerInvitation.objects.visible_to(reader).with_people(),
        lambda invitation: str(invitation.name_for_others),
        lambda invitation: reverse("spaces:invitations"),
    ),
    _label(AgreementVersion): Kind(
        gettext_lazy("Conditions of hire"),
        lambda reader: AgreementVersion.objects.visible_to(reader).public().select_related("site"),
        lambda version: f"{version.title}, {version.whose}",
        _page,
    ),
    _label(SpaceOffer): Kind(
        gettext_lazy("Offer of rooms"),
        lambda reader: SpaceOffer.objects.visible_to(reader).with_people(),
        lambda offer: str(offer.title),
        _page,
    ),
    _label(Site): Kind(gettext_lazy("Site"), Site.objects.visible_to),
    _label(Space): Kind(
        gettext_lazy("Space"),
        lambda reader: Space.objects.visible_to(reader).select_related("site"),
        page=lambda space: _page(space) if space.status == Space.Status.PUBLISHED else "",
    ),
}

LEFT_OUT = {"event", "space", "hirer", "part", "corrects", "pledge", "action", "version"}
"""Numbers and references of other things: the thing itself, or its page, names them."""
LABELS: Mapping[str, Mapping[str, Any]] = {
    "reason": dict(Booking.Reason.choices),
    "state": dict(SignUp.State.choices),
    "status": dict(DeliveryStatus.choices),
    "role": dict(ProgrammeRole.Role.choices),
    "kind": dict(Mandate.Kind.choices),
}


def lines_of(records: Iterable[AuditRecord], *, reader: User) -> list[Line]:
    """These records in words. What the reader may not see, or is gone, has its kind alone."""
    records = list(records)
    rows = _rows(records, reader)
    people = User.objects.in_bulk({pk for record in records if (pk := record.detail.get("user"))})
    return [_line(record, rows.get(record.subject), people) for record in records]


def _rows(records: list[AuditRecord], reader: User) -> dict[str, Any]:
    wanted = defaultdict(set)
    for record in records:
        if record.subject_type in KINDS:
            wanted[record.subject_type].add(record.subject_id)
    return {
        f"{label}:{row.pk}": row
        for label, numbers in wanted.items()
        for row in KINDS[label].rows(reader).filter(pk__in=numbers)
    }


def _line(record: AuditRecord, row: Any, people: Mapping[int, User]) -> Line:
    kind = KINDS.get(record.subject_type)
    return Line(
        record=record,
        kind=str(kind.word) if kind else capfirst(record.subject_type.rpartition(".")[2]),
        name=kind.name(row) if kind and row is not None else "",
        url=kind.page(row) if kind and row is not None else "",
        details=[
            words
            for name, value in record.detail.items()
            if (words := _detail(name, value, people))
        ],
    )


def _detail(name: str, value: Any, people: Mapping[int, User]) -> str:
    """One fact of a record in words; nothing where the thing itself says it, or it says “no”."""
    if name in LEFT_OUT or value is None or value is False or value == "":
        return ""
    if name == "user":
        return str(people.get(value, ""))
    if name == "fields":
        return _("What: %(fields)s") % {"fields": str(value).replace("_", " ")}
    if value is True:
        return capfirst(name.replace("_", " "))
    if name in LABELS:
        return capfirst(str(LABELS[name].get(value, str(value).replace("_", " "))))
    return f"{capfirst(name.replace('_', ' '))}: {value}"
