"""Papers of a group: sent, checked, replaced, handed on, and forgotten."""

from datetime import date, datetime, time, timedelta
from hashlib import sha256
from uuid import UUID, uuid4, uuid5

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from core.clock import at, london
from notifications.services import notify
from spaces import permissions
from spaces.models import Hirer, HirerDocument, PeopleCheck
from spaces.models.documents import FILE_KEPT_FOR
from spaces.rules import files as file_rules
from spaces.rules import papers as rules
from spaces.services import audience, confirming, telling
from spaces.services.files import taken_in
from spaces.services.route import ask_once_complete

State = HirerDocument.State

SAME_NOTE_FOR = timedelta(minutes=10)
"""Certificates noted again with the very same facts by the same person were pressed twice."""


@transaction.atomic
def add_document(
    hirer: Hirer,
    *,
    by: User,
    now: datetime,
    kind: str,
    file: bytes,
    file_name: str,
    title: str = "",
    insurer: str = "",
    cover_pounds: int | None = None,
    valid_from: date | None = None,
    valid_until: date | None = None,
    replaces: HirerDocument | None = None,
    form_id: UUID | None = None,
) -> HirerDocument:
    """Send a paper of one's own group to be checked; `file_name` is read once and not kept.

    The same form sent again with the same paper gives the paper that it made.
    Raises ValidationError if the file or the dates will not do, if the paper it `replaces` has been
    replaced since, or if too many wait.
    """
    permissions.check_manages(by, hirer)
    rules.check_dates(kind, valid_from, valid_until, today=london(now).date())
    file_rules.check_not_about_people(file_name, title)
    content, file_type = taken_in(file)
    # Papers of one group queue here, so that one is sent and replaced once and the limit is kept.
    Hirer.objects.in_turn().get(pk=hirer.pk)
    facts = (hirer.pk, kind, title, insurer, cover_pounds, valid_from, valid_until)
    uuid = _made_by(form_id, *facts, replaces and replaces.pk, sha256(file).hexdigest())
    earlier = HirerDocument.objects.filter(uuid=uuid).first()
    if earlier is not None:
        return earlier
    rules.check_not_too_many(hirer.documents.to_check().count())
    if replaces is not None:
        _check_replaceable(replaces)

    document = HirerDocument.objects.create(
        uuid=uuid,
        hirer=hirer,
        kind=kind,
        title=title,
        insurer=insurer,
        cover_pounds=cover_pounds,
        valid_from=valid_from,
        valid_until=valid_until,
        content=content,
        file_type=file_type,
        file_size=len(content),
        added_by=by,
        added_at=now,
        replaces=replaces,
    )
    record("spaces.document_added", document, by=by, hirer=hirer.pk)
    return document


@transaction.atomic
def note_document_seen(
    hirer: Hirer,
    *,
    by: User,
    now: datetime,
    kind: str,
    title: str = "",
    insurer: str = "",
    cover_pounds: int | None = None,
    valid_from: date | None = None,
    valid_until: date | None = None,
    form_id: UUID | None = None,
) -> HirerDocument:
    """Write down that programme staff saw a paper; it is accepted, and no file is kept.

    The same form sent again with the same facts gives the paper that it made.
    """
    permissions.check_may_check_papers(by, hirer)
    rules.check_dates(kind, valid_from, valid_until, today=london(now).date())
    file_rules.check_not_about_people(title)
    Hirer.objects.in_turn().get(pk=hirer.pk)
    facts = (hirer.pk, kind, title, insurer, cover_pounds, valid_from, valid_until)
    uuid = _made_by(form_id, *facts)
    earlier = HirerDocument.objects.filter(uuid=uuid).first()
    if earlier is not None:
        return earlier
    document = HirerDocument.objects.create(
        uuid=uuid,
        hirer=hirer,
        kind=kind,
        title=title,
        insurer=insurer,
        cover_pounds=cover_pounds,
        valid_from=valid_from,
        valid_until=valid_until,
        is_seen_only=True,
        state=State.ACCEPTED,
        added_by=by,
        added_at=now,
        checked_by=by,
        checked_at=now,
    )
    record("spaces.document_seen", document, by=by, hirer=hirer.pk)
    tell_managers(document, "document_accepted", now=now)
    ask_once_complete(hirer, now=now)
    confirming.confirm_at_once(hirer, now=now)
    return document


@transaction.atomic
def accept_document(document: HirerDocument, *, by: User, now: datetime) -> HirerDocument:
    """Say that a paper will do; the one it replaces is then an earlier one.

    Raises ValidationError "not_from_here" if it was checked or taken back since it was read.
    """
    document = _checked(document, State.ACCEPTED, by=by, now=now)
    if document.replaces is not None:
        document.replaces.replaced_on = london(now).date()
        document.replaces.save(update_fields=["replaced_on", "updated_at"])
    record("spaces.document_accepted", document, by=by, hirer=document.hirer_id)
    tell_managers(document, "document_accepted", now=now)
    ask_once_complete(document.hirer, now=now)
    confirming.confirm_at_once(document.hirer, now=now)
    return document


@transaction.atomic
def refuse_document(
    document: HirerDocument, *, by: User, now: datetime, reason: str
) -> HirerDocument:
    """Say why a paper will not do.

    Raises ValidationError "not_from_here" if it was checked or taken back since it was read.
    """
    document = _checked(document, State.NOT_ACCEPTED, by=by, now=now, reason=reason)
    record("spaces.document_refused", document, by=by, hirer=document.hirer_id)
    tell_managers(document, "document_refused", now=now)
    return document


@transaction.atomic
def remove_document(document: HirerDocument, *, by: User) -> None:
    """Take back a paper that nobody has checked; its file goes at once.

    Raises ValidationError "not_from_here" once it is checked.
    """
    permissions.check_manages(by, document.hirer)
    document = locked(document)
    rules.check_to_check(document)
    record("spaces.document_taken_back", document.hirer, by=by, document=str(document.uuid))
    document.delete()


@transaction.atomic
def file_of(document: HirerDocument, *, by: User) -> bytes:
    """The file of a paper that this person may see; each time leaves a record."""
    record("spaces.document_downloaded", document, by=by, hirer=document.hirer_id)
    return bytes(document.content or b"")


@transaction.atomic
def note_people_check(
    hirer: Hirer, *, by: User, now: datetime, level: str, people: int, seen_on: date
) -> PeopleCheck:
    """Write down that programme staff saw DBS certificates of so many people of a group.

    Whoever presses the button twice has noted them once.
    """
    permissions.check_may_check_papers(by, hirer)
    if seen_on > london(now).date():
        raise ValidationError(
            {"seen_on": ValidationError(_("Enter a day that is not in the future"), code="future")}
        )
    Hirer.objects.in_turn().get(pk=hirer.pk)
    facts = {"hirer": hirer, "level": level, "people": people, "seen_on": seen_on, "seen_by": by}
    same = PeopleCheck.objects.counting().filter(**facts)
    earlier = same.filter(created_at__gt=now - SAME_NOTE_FOR).first()
    if earlier is not None:
        return earlier
    check = PeopleCheck.objects.create(**facts)
    record("spaces.people_check_noted", hirer, by=by, check=check.pk, level=level, people=people)
    confirming.confirm_at_once(hirer, now=now)
    return check


def warn_of_expiry(*, now: datetime) -> int:
    """Write once to the managers of every group a paper of which runs out within 30 days.

    Returns for how many papers. Run it late and nobody is missed; run it twice and nobody is told
    twice; a paper that has run out already is not warned of any more.
    """
    today = london(now).date()
    ending = HirerDocument.objects.running_out(today, today + rules.WARN_AHEAD).with_people()
    for document in ending.order_by("valid_until", "pk"):
        assert document.valid_until is not None
        tell_managers(
            document,
            "document_expiring",
            now=now,
            valid_until=at(document.valid_until + timedelta(days=1), time.min),
        )
    return len(ending)


@transaction.atomic
def forget_old_files(*, now: datetime) -> int:
    """Delete the files of papers that ended 12 months ago; the rows stay. Returns how many."""
    last = london(now).date() - FILE_KEPT_FOR
    old = HirerDocument.objects.filter(is_seen_only=False, file_deleted_on=None).filter(
        Q(replaced_on__lte=last)
        | Q(replaced_on=None, state=State.NOT_ACCEPTED, checked_at__lt=at(last, time.max))
        | Q(replaced_on=None, valid_until__lte=last)
    )
    gone = list(old.select_for_update(of=("self",)).order_by("pk"))
    for document in gone:
        document.content, document.file_deleted_on = None, london(now).date()
        document.save(update_fields=["content", "file_deleted_on", "updated_at"])
        record("spaces.document_file_deleted", document, by=None, hirer=document.hirer_id)
    return len(gone)


def _made_by(form_id: UUID | None, *facts: object) -> UUID:
    """The number of what a form makes: the same for the same facts alone, and nobody else's."""
    return uuid5(form_id or uuid4(), repr(facts))


def locked(document: HirerDocument) -> HirerDocument:
    held = HirerDocument.objects.select_for_update(no_key=True, of=("self",))
    found = held.select_related("hirer__organisation").filter(pk=document.pk).first()
    if found is None:
        raise rules.already_checked()
    return found


def _checked(
    document: HirerDocument,
    state: HirerDocument.State,
    *,
    by: User,
    now: datetime,
    reason: str = "",
) -> HirerDocument:
    permissions.check_may_check_papers(by, document.hirer)
    document = locked(document)
    rules.check_to_check(document)
    permissions.check_did_not_add(by, document)
    document.state, document.reason = state, reason
    document.checked_by, document.checked_at = by, now
    document.save(update_fields=["state", "reason", "checked_by", "checked_at", "updated_at"])
    return document


def _check_replaceable(paper: HirerDocument) -> None:
    paper.refresh_from_db(fields=["state", "replaced_on"])
    rules.check_replaceable(paper)
    if paper.replacements.exclude(state=State.NOT_ACCEPTED).exists():
        raise ValidationError(
            _("A newer one of this paper waits to be checked. Take it back first."),
            code="not_from_here",
        )


def tell_managers(
    document: HirerDocument, template: str, *, now: datetime, valid_until: datetime | None = None
) -> None:
    notify(
        audience.managers_of_group(document.hirer, london(now).date()),
        f"spaces/email/{template}.txt",
        {
            "document": document,
            "hirer": document.hirer,
            "address": telling.full_address(document),
        },
        once=f"spaces.{template}:{document.uuid}",
        about=telling.about(document),
        valid_until=valid_until,
        now=now,
    )
