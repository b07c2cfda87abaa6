"""What happens to a pledge's public record. Nothing here is ever rewritten; it is only added to.

The verbs are those of `pledges.services.delivery`, with the tables of pledges.
"""

from datetime import date
from uuid import UUID

from django.db import transaction

from accounts.models import User
from pledges.models import (
    DeliveryStatus,
    Pledge,
    PledgeOwner,
    PledgeStatusChange,
    PledgeUpdate,
)
from pledges.permissions import can_write_update
from pledges.services import delivery

KEPT = delivery.Record(
    app="pledges",
    noun="pledge",
    commitments=Pledge,
    owners=PledgeOwner,
    updates=PledgeUpdate,
    status_changes=PledgeStatusChange,
    may_write=can_write_update,
)


@transaction.atomic
def write_update(
    pledge: Pledge, *, by: User, today: date, form_id: UUID, **words: str
) -> PledgeUpdate:
    """Publish an update; `words` are the text fields of a `PledgeUpdate`, `what_changed` at least.

    The same form sent twice publishes one update. Raises ValidationError with the code `form_used`
    when this form published something else before.
    """
    update: PledgeUpdate = delivery.write_update(
        KEPT, pledge, by=by, today=today, form_id=form_id, **words
    )
    return update


@transaction.atomic
def correct_update(
    update: PledgeUpdate, *, by: User, today: date, form_id: UUID, **words: str
) -> PledgeUpdate:
    """Publish better words for an update; the earlier ones stay, in public, under the new.

    The same form sent twice publishes one correction. Raises ValidationError with the code
    `already_corrected` if somebody was faster, `form_used` as `write_update` does; or for the
    field `what_changed` if nothing is corrected.
    """
    correction: PledgeUpdate = delivery.correct_update(
        KEPT, update, by=by, today=today, form_id=form_id, **words
    )
    return correction


@transaction.atomic
def change_status(
    pledge: Pledge,
    *,
    by: User,
    today: date,
    status_seen: str,
    status: DeliveryStatus,
    effective_on: date,
    approved_by: User | None = None,
    **grounds: str,
) -> PledgeStatusChange:
    """Add a line to the status log; `grounds` are `reason`, and `source_title` and `source_url`.

    Raises ValidationError with the code `changed_meanwhile` if it no longer stands as `status_seen`.
    """
    change: PledgeStatusChange = delivery.change_status(
        KEPT,
        pledge,
        by=by,
        today=today,
        status_seen=status_seen,
        status=status,
        effective_on=effective_on,
        approved_by=approved_by,
        **grounds,
    )
    return change
