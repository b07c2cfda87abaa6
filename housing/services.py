"""What happens to an action's public record. Nothing here is ever rewritten; it is only added to."""

from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from anchors.models import Organisation
from audit.services import record
from housing.models import Action, ActionOwner, ActionStatusChange, ActionUpdate
from notifications.services import notify
from pledges import rules
from pledges.models import DeliveryStatus, Owner
from pledges.services import already_corrected, people_of


@transaction.atomic
def write_update(
    action: Action,
    *,
    by: User,
    today: date,
    what_changed: str,
    whats_next: str = "",
    link_title: str = "",
    link_url: str = "",
) -> ActionUpdate:
    """Publish an update and tell the lead organisation when somebody else wrote it."""
    update = ActionUpdate(
        action=action,
        what_changed=what_changed,
        whats_next=whats_next,
        link_title=link_title,
        link_url=link_url,
        published_on=today,
        by=by,
    )
    update.validate_constraints()
    update.save()
    record("housing.update_written", update, by=by, action=action.reference)
    _tell_the_lead(update, by=by, today=today)
    return update


@transaction.atomic
def correct_update(
    update: ActionUpdate,
    *,
    by: User,
    today: date,
    what_changed: str,
    whats_next: str = "",
    link_title: str = "",
    link_url: str = "",
) -> ActionUpdate:
    """Publish better words for an update. The earlier words stay, in public, under the new ones.

    Raises ValidationError with the code `already_corrected` if somebody was faster.
    """
    # Two corrections of one update must not pass each other, so they queue here.
    ActionUpdate.objects.select_for_update(no_key=True).get(pk=update.pk)
    if update.corrections.exists():
        raise ValidationError(already_corrected(), code="already_corrected")
    correction = ActionUpdate(
        action=update.action,
        corrects=update,
        what_changed=what_changed,
        whats_next=whats_next,
        link_title=link_title,
        link_url=link_url,
        published_on=today,
        by=by,
    )
    correction.validate_constraints()
    correction.save()
    record("housing.update_corrected", correction, by=by, corrects=str(update.uuid))
    _tell_the_lead(correction, by=by, today=today)
    return correction


@transaction.atomic
def change_status(
    action: Action,
    *,
    by: User,
    today: date,
    status: DeliveryStatus,
    reason: str,
    effective_on: date,
    source_title: str = "",
    source_url: str = "",
    approved_by: User | None = None,
) -> ActionStatusChange:
    """Add a line to the status log. An end needs evidence, and somebody else who approves it."""
    # Two changes must not both start from the same status, so they queue here.
    Action.objects.select_for_update(no_key=True).get(pk=action.pk)
    now = Action.objects.with_standing().get(pk=action.pk).status
    rules.check_may_become(now, status)
    rules.check_has_a_second_person(status, by=by, approved_by=approved_by)
    rules.check_not_ahead(effective_on, today=today)
    change = ActionStatusChange(
        action=action,
        status=status,
        reason=reason,
        effective_on=effective_on,
        source_title=source_title,
        source_url=source_url,
        by=by,
        approved_by=approved_by,
    )
    change.validate_constraints()
    change.save()
    record("housing.status_changed", change, by=by, action=action.reference, status=str(status))
    return change


def _tell_the_lead(update: ActionUpdate, *, by: User, today: date) -> None:
    leads = ActionOwner.objects.filter(action=update.action, part=Owner.Part.LEAD)
    notify(
        people_of(Organisation.objects.filter(pk__in=leads.values("organisation")), by, today),
        "housing/email/update_published.txt",
        {
            "action": update.action,
            "is_correction": update.corrects_id is not None,
            "address": settings.SITE_ADDRESS + update.action.get_absolute_url(),
        },
        once=f"housing.update_published:{update.uuid}",
        about=f"{update._meta.label_lower}:{update.pk}",
    )
