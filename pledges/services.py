"""What happens to a pledge's public record. Nothing here is ever rewritten; it is only added to."""

from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from anchors.models import Mandate, Organisation, OrganisationQuerySet
from audit.services import record
from notifications.models import Recipient
from notifications.services import notify
from pledges import rules
from pledges.models import (
    DeliveryStatus,
    Owner,
    Pledge,
    PledgeOwner,
    PledgeStatusChange,
    PledgeUpdate,
)


@transaction.atomic
def write_update(
    pledge: Pledge,
    *,
    by: User,
    today: date,
    what_changed: str,
    whats_next: str = "",
    link_title: str = "",
    link_url: str = "",
) -> PledgeUpdate:
    """Publish an update and tell the lead organisation when somebody else wrote it."""
    update = PledgeUpdate(
        pledge=pledge,
        what_changed=what_changed,
        whats_next=whats_next,
        link_title=link_title,
        link_url=link_url,
        published_on=today,
        by=by,
    )
    update.validate_constraints()
    update.save()
    record("pledges.update_written", update, by=by, pledge=pledge.reference)
    _tell_the_lead(update, by=by, today=today)
    return update


@transaction.atomic
def correct_update(
    update: PledgeUpdate,
    *,
    by: User,
    today: date,
    what_changed: str,
    whats_next: str = "",
    link_title: str = "",
    link_url: str = "",
) -> PledgeUpdate:
    """Publish better words for an update. The earlier words stay, in public, under the new ones.

    Raises ValidationError with the code `already_corrected` if somebody was faster.
    """
    # Two corrections of one update must not pass each other, so they queue here.
    PledgeUpdate.objects.select_for_update(no_key=True).get(pk=update.pk)
    if update.corrections.exists():
        raise ValidationError(already_corrected(), code="already_corrected")
    correction = PledgeUpdate(
        pledge=update.pledge,
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
    record("pledges.update_corrected", correction, by=by, corrects=str(update.uuid))
    _tell_the_lead(correction, by=by, today=today)
    return correction


@transaction.atomic
def change_status(
    pledge: Pledge,
    *,
    by: User,
    today: date,
    status: DeliveryStatus,
    reason: str,
    effective_on: date,
    source_title: str = "",
    source_url: str = "",
    approved_by: User | None = None,
) -> PledgeStatusChange:
    """Add a line to the status log. An end needs evidence, and somebody else who approves it."""
    # Two changes must not both start from the same status, so they queue here.
    Pledge.objects.select_for_update(no_key=True).get(pk=pledge.pk)
    now = Pledge.objects.with_standing().get(pk=pledge.pk).status
    rules.check_may_become(now, status)
    rules.check_has_a_second_person(status, by=by, approved_by=approved_by)
    rules.check_not_ahead(effective_on, today=today)
    change = PledgeStatusChange(
        pledge=pledge,
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
    record("pledges.status_changed", change, by=by, pledge=pledge.reference, status=str(status))
    return change


def already_corrected() -> str:
    """The words for whoever comes second; actions use them too."""
    return _(
        "Somebody else has corrected this update in the meantime. "
        "Read their words first; then correct those, if they still need it."
    )


def _tell_the_lead(update: PledgeUpdate, *, by: User, today: date) -> None:
    leads = PledgeOwner.objects.filter(pledge=update.pledge, part=Owner.Part.LEAD)
    notify(
        people_of(Organisation.objects.filter(pk__in=leads.values("organisation")), by, today),
        "pledges/email/update_published.txt",
        {
            "pledge": update.pledge,
            "is_correction": update.corrects_id is not None,
            "address": settings.SITE_ADDRESS + update.pledge.get_absolute_url(),
        },
        once=f"pledges.update_published:{update.uuid}",
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
