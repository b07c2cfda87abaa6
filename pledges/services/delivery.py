"""What happens to the public record of any commitment: a pledge, or an action of the housing plan.

Nothing here is ever rewritten; it is only added to. Each app names its tables once, as a `Record`, and
offers these verbs under its own types.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

from accounts.models import User
from anchors.models import Mandate, Organisation, OrganisationQuerySet
from audit.services import record
from notifications.models import Recipient
from notifications.services import notify
from pledges import rules
from pledges.models import DeliveryStatus, Owner

FORM_USED = "form_used"


@dataclass(frozen=True)
class Record:
    """The tables in which one kind of commitment is kept; `noun` is the key they point at it by.

    `may_write` says whether a person may add to the record of one of them.
    """

    app: str
    noun: str
    commitments: Any
    owners: Any
    updates: Any
    status_changes: Any
    may_write: Callable[[User, Any], bool]


def write_update(
    kept: Record, commitment: Any, *, by: User, today: date, form_id: UUID, **words: str
) -> Any:
    """Publish an update and tell the lead organisation when somebody else wrote it.

    The same form sent twice publishes one update. Raises ValidationError with the code `form_used`
    when this form published something else before.
    """
    # Two sendings of one form must not pass each other, so they queue here.
    kept.commitments.objects.select_for_update(no_key=True).get(pk=commitment.pk)
    said = {kept.noun: commitment, "by": by, "corrects": None, **words}
    earlier = _sent_before(kept, form_id, said)
    if earlier is not None:
        return earlier
    update = _saved(kept.updates(uuid=form_id, published_on=today, **said))
    record(f"{kept.app}.update_written", commitment, by=by, update=str(form_id))
    _tell_the_lead(kept, update, by=by, today=today)
    return update


def correct_update(
    kept: Record, update: Any, *, by: User, today: date, form_id: UUID, **words: str
) -> Any:
    """Publish better words for an update. The earlier words stay, in public, under the new ones.

    The same form sent twice publishes one correction. Raises ValidationError with the code
    `already_corrected` if somebody was faster, `form_used` as `write_update` does; or for the field
    `what_changed` if nothing is corrected.
    """
    # Two corrections of one update must not pass each other, so they queue here.
    kept.updates.objects.select_for_update(no_key=True).get(pk=update.pk)
    commitment = getattr(update, kept.noun)
    said = {kept.noun: commitment, "by": by, "corrects": update, **words}
    earlier = _sent_before(kept, form_id, said)
    if earlier is not None:
        return earlier
    if update.corrections.exists():
        raise ValidationError(
            _(
                "This update has been corrected in the meantime. "
                "Read those words first; then correct those, if they still need it."
            ),
            code="already_corrected",
        )
    rules.check_corrects_something(update.words(), words)
    correction = _saved(kept.updates(uuid=form_id, published_on=today, **said))
    record(
        f"{kept.app}.update_corrected",
        commitment,
        by=by,
        update=str(form_id),
        corrects=str(update.uuid),
    )
    _tell_the_lead(kept, correction, by=by, today=today)
    return correction


def _sent_before(kept: Record, form_id: UUID, said: dict[str, Any]) -> Any:
    """What this form published already; None if nothing."""
    earlier = kept.updates.objects.filter(uuid=form_id).first()
    if earlier and any(getattr(earlier, name) != value for name, value in said.items()):
        raise ValidationError(
            _(
                "You sent this page before and wrote something else then. That is published. "
                "If you want to publish this as well, send it again."
            ),
            code=FORM_USED,
        )
    return earlier


def change_status(
    kept: Record,
    commitment: Any,
    *,
    by: User,
    today: date,
    status_seen: str,
    status: DeliveryStatus,
    effective_on: date,
    approved_by: User | None,
    **grounds: str,
) -> Any:
    """Add a line to the status log. An end needs evidence, and somebody else who approves it.

    Raises ValidationError with the code `changed_meanwhile` if it no longer stands as `status_seen`.
    """
    # Two changes must not both start from the same status, so they queue here.
    kept.commitments.objects.select_for_update(no_key=True).get(pk=commitment.pk)
    standing = kept.commitments.objects.with_standing().get(pk=commitment.pk)
    now = standing.status
    rules.check_still_stands(now, status_seen, status)
    rules.check_may_become(now, status)
    rules.check_has_a_second_person(status, by=by, approved_by=approved_by)
    rules.check_not_ahead(effective_on, today=today)
    promised_on = getattr(commitment, "made_on", None)
    rules.check_not_before(effective_on, since=standing.status_since or promised_on)
    rules.check_says_why(grounds.get("reason", ""))
    change = kept.status_changes(
        **{kept.noun: commitment},
        status=status,
        effective_on=effective_on,
        by=by,
        approved_by=approved_by,
        **grounds,
    )
    _saved(change)
    record(f"{kept.app}.status_changed", commitment, by=by, status=str(status))
    return change


def _saved(row: Model) -> Model:
    row.validate_constraints()
    row.save()
    return row


def _tell_the_lead(kept: Record, update: Any, *, by: User, today: date) -> None:
    commitment = getattr(update, kept.noun)
    leads = kept.owners.objects.filter(**{kept.noun: commitment}, part=Owner.Part.LEAD)
    people = people_of(Organisation.objects.filter(pk__in=leads.values("organisation")), by, today)
    may = {one for one in people if one.user and kept.may_write(one.user, commitment)}
    for may_correct in (True, False):
        notify(
            [one for one in people if (one in may) is may_correct],
            f"{kept.app}/email/update_published.txt",
            {
                kept.noun: commitment,
                "may_correct": may_correct,
                "is_correction": update.corrects_id is not None,
                "address": settings.SITE_ADDRESS + commitment.get_absolute_url(),
            },
            once=f"{kept.app}.update_published:{update.uuid}",
            about=f"{update._meta.label_lower}:{update.pk}",
        )


def people_of(organisations: OrganisationQuerySet, by: User, today: date) -> list[Recipient]:
    """Editors and approvers of these organisations, apart from whoever acted."""
    mandates = (
        Mandate.objects.current(today)
        .filter(
            organisation__in=organisations,
            kind__in=[Mandate.Kind.EDITOR, Mandate.Kind.APPROVER],
            user__is_active=True,
        )
        .exclude(user=by)
        .values("user")
    )
    return [Recipient.of(user) for user in User.objects.filter(pk__in=mandates).order_by("pk")]
