"""A group that was not approved appeals, and somebody else looks again."""

from datetime import date, datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from core.clock import london
from notifications.models import Recipient
from notifications.services import notify, withdraw
from spaces import permissions, rules
from spaces.models import Hirer, HirerAppeal
from spaces.services import audience, confirming, telling
from spaces.services.prevent import Checked, check_was_checked, keep_check
from spaces.services.route import route_of

Outcome = HirerAppeal.Outcome


def open_appeal(hirer: Hirer) -> HirerAppeal | None:
    """The appeal of this group that nobody has decided yet."""
    return hirer.appeals.open().with_people().first()


def last_appeal(hirer: Hirer) -> HirerAppeal | None:
    """The newest appeal of this group, decided or not."""
    return hirer.appeals.with_people().order_by("-appealed_at", "-pk").first()


def appeal_due(appeal: HirerAppeal) -> date:
    """By when the group is promised an answer."""
    return rules.working_days.working_day_after(
        london(appeal.appealed_at).date(), settings.DECIDE_APPEALS_WITHIN_WORKING_DAYS
    )


@transaction.atomic
def appeal(hirer: Hirer, *, by: User, now: datetime, words: str) -> HirerAppeal:
    """Ask somebody else to look again at a group that was not approved.

    Whoever sends the same words twice has appealed once. Raises ValidationError "not_from_here" if it is
    not declined, or another appeal is open already; "final" if this decision answered an appeal;
    "too_many" if the group has appealed often.
    """
    permissions.check_may_appeal(by, hirer)
    hirer = _locked(hirer)
    last = last_appeal(hirer)
    if (
        last is not None
        and not last.outcome
        and (last.appealed_by_id, last.words) == (by.pk, words)
    ):
        return last
    rules.hirers.check_may_appeal(hirer, last=last, made=hirer.appeals.count())
    decliner = hirer.decided_by
    assert decliner is not None  # Postgres keeps it so: a_hirer_decision_has_a_person_and_a_time
    made = HirerAppeal.objects.create(
        hirer=hirer, declined_by=decliner, words=words, appealed_by=by, appealed_at=now
    )
    record("spaces.hirer_appealed", hirer, by=by, appeal=made.pk)
    _tell(made, _people_of_group(made, now), "appeal_received", now=now)
    others = [
        one
        for one in audience.programme_staff(london(now).date())
        if one.user and permissions.may_decide_appeal(one.user, made)
    ]
    _tell(made, others, "appeal_to_decide", now=now)
    return made


@transaction.atomic
def decide_appeal(
    appeal: HirerAppeal,
    *,
    by: User,
    now: datetime,
    outcome: str,
    reason: str,
    checked: Checked | None = None,
) -> HirerAppeal:
    """Change the decision that the group appealed against, or say why it stands; the group is told.

    Raises PermissionDenied for whoever ever decided about the group or belonged to it, and
    ValidationError "not_from_here" if the appeal has been decided, "not_checked" as `approve_hirer` does.
    """
    permissions.check_may_decide_about_hirer(by, appeal.hirer)
    hirer = _locked(appeal.hirer)
    found = hirer.appeals.open().filter(pk=appeal.pk).first()
    if found is None:
        raise ValidationError(_("This appeal is decided already."), code="not_from_here")
    permissions.check_is_somebody_else(by, found)
    found.outcome, found.reason = Outcome(outcome), reason
    found.decided_by, found.decided_at = by, now
    found.save(update_fields=["outcome", "reason", "decided_by", "decided_at"])
    withdraw(telling.about(found))
    keep_check(hirer, checked, by=by, now=now)
    if found.outcome == Outcome.OVERTURNED:
        check_was_checked(hirer)
    if found.outcome == Outcome.OVERTURNED:
        hirer.state, hirer.decision_reason = Hirer.State.APPROVED, ""
        hirer.stopped_because = ""
        # What a small group still has to show is let go for this reason, and for no other.
        hirer.approved_despite = "" if route_of(hirer).is_complete else reason
    else:
        hirer.decision_reason = reason
    hirer.decided_by, hirer.decided_at = by, now
    decided = ["state", "decision_reason", "stopped_because", "decided_by", "decided_at"]
    hirer.save(update_fields=[*decided, "approved_despite", "updated_at"])

    record(f"spaces.appeal_{found.outcome}", hirer, by=by, appeal=found.pk)
    _tell(found, _people_of_group(found, now), f"appeal_{found.outcome}", now=now)
    if found.outcome == Outcome.OVERTURNED:
        confirming.confirm_at_once(hirer, now=now)
    return found


def _locked(hirer: Hirer) -> Hirer:
    """Whoever appeals or decides about a group queues at its row."""
    locked = Hirer.objects.in_turn()
    return locked.select_related("organisation", "decided_by").get(pk=hirer.pk)


def _people_of_group(appeal: HirerAppeal, now: datetime) -> list[Recipient]:
    """The managers, and whoever appealed while they belong to the group."""
    told = audience.managers_of_group(appeal.hirer, london(now).date())
    if appeal.appealed_by.is_active and permissions.belongs_to(appeal.appealed_by, appeal.hirer):
        told += [one for one in [Recipient.of(appeal.appealed_by)] if one not in told]
    return told


def _tell(
    appeal: HirerAppeal, recipients: list[Recipient], template: str, *, now: datetime
) -> None:
    notify(
        recipients,
        f"spaces/email/{template}.txt",
        {
            "appeal": appeal,
            "hirer": appeal.hirer,
            "due": appeal_due(appeal),
            "address": telling.full_address(appeal.hirer),
            "spaces_address": telling.spaces_address(),
        },
        once=f"spaces.{template}:{appeal.pk}",
        about=telling.about(appeal),
        now=now,
    )
