"""What happens when somebody tells us that something is wrong about a space."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from core.clock import london
from notifications.models import Recipient
from notifications.services import forget_addresses, notify, withdraw
from spaces import permissions
from spaces.models import AccessFact, FactReport, Space
from spaces.models.reports import KEEP_ADDRESSES_FOR
from spaces.rules.fit import Facts
from spaces.services import audience, telling, turns
from spaces.services.writing_down import refused_if_taken

ANSWERED = "answered"
State = FactReport.State


@transaction.atomic
def report_fact(
    space: Space, *, fact: str, words: str, email: str, form_id: UUID, now: datetime
) -> FactReport:
    """Keep what somebody told us, and tell the people of the site and programme staff.

    The letter has neither their words nor their address: both are read on the page behind the
    sign-in. The same form sent again changes nothing.
    """
    report, is_new = FactReport.objects.get_or_create(
        form_id=form_id, defaults={"space": space, "fact": fact, "words": words, "email": email}
    )
    if is_new:
        record("spaces.fact_reported", report, by=None, fact=fact)
        day = london(now).date()
        notify(
            [*audience.people_of_site(space.site, day), *audience.programme_staff(day)],
            "spaces/email/fact_reported.txt",
            {"report": report, "space": space, "address": telling.full_address(report)},
            once=f"spaces.fact_reported:{report.uuid}",
            about=telling.about(report),
            now=now,
        )
    return report


@transaction.atomic
def mend_fact(
    report: FactReport,
    *,
    by: User,
    now: datetime,
    answer: str = "",
    value: str = "",
    note: str = "",
) -> None:
    """Say that it is mended; for an access fact, what is true now, checked today.

    The fact is changed where it was told: for the space, or for its whole site. Raises
    ValidationError if somebody answered before, "changed_meanwhile" if somebody tells the same fact
    in this moment, and if a measure says nothing.
    """
    report = _locked(report, by=by)
    if report.is_about_access:
        fact = told_now(report) or AccessFact(
            site=report.space.site, space=report.space, key=report.fact
        )
        fact.value, fact.note = value, note
        fact.surveyed_on = None if value == AccessFact.Value.NOT_CHECKED else london(now).date()
        # Whether it is told already is left to Postgres, which knows what is told in this moment.
        fact.full_clean(exclude={"site"})
        with refused_if_taken(
            _(
                "Somebody else told this just now, so nothing was saved. Look at what the page says"
                " now, and send your answer again if it is still right."
            ),
            constraint="an_access_fact_is_told_once",
            code=turns.CHANGED_MEANWHILE,
        ):
            fact.save()
        record("spaces.access_fact_mended", report.space, by=by, fact=report.fact)
    _answer(report, State.MENDED, by=by, now=now, answer=answer)


@transaction.atomic
def leave_fact(report: FactReport, *, by: User, now: datetime, answer: str) -> None:
    """Say why nothing is changed. Raises ValidationError if somebody answered before."""
    _answer(_locked(report, by=by), State.NOT_CHANGED, by=by, now=now, answer=answer)


def told_now(report: FactReport) -> AccessFact | None:
    """The access fact as the page of the space tells it now: of the space, or of its whole site."""
    told = report.space.site.access_facts.filter(key=report.fact)
    return told.filter(space=report.space).first() or told.filter(space=None).first()


def _locked(report: FactReport, *, by: User) -> FactReport:
    """The report as it stands now, held until the transaction ends, so that it is answered once."""
    if not permissions.looks_after(by, report.space.site):
        raise PermissionDenied
    found = FactReport.objects.select_for_update(of=("self",)).select_related("space__site")
    held = found.get(pk=report.pk)
    if held.state != State.OPEN:
        raise ValidationError(_("Somebody answered this already."), code=ANSWERED)
    return held


def _answer(
    report: FactReport, state: FactReport.State, *, by: User, now: datetime, answer: str
) -> None:
    report.state, report.answer = state, answer
    report.decided_by, report.decided_at = by, now
    report.validate_constraints()
    report.save(update_fields=["state", "answer", "decided_by", "decided_at", "updated_at"])
    record(f"spaces.fact_report_{state}", report, by=by)
    withdraw(telling.about(report))
    if report.email:
        notify(
            [Recipient(address=report.email)],
            "spaces/email/fact_report_answered.txt",
            {
                "report": report,
                "space": report.space,
                "address": telling.full_address(report.space),
            },
            once=f"spaces.fact_report_answered:{report.uuid}",
            about=_about_answer(report),
            now=now,
        )


@transaction.atomic
def forget_reporters(*, now: datetime) -> int:
    """Take away addresses 90 days after the answer; return how many reports that was.

    From the letter with the answer too.
    """
    answered = FactReport.objects.answered_before(now - KEEP_ADDRESSES_FOR).exclude(email="")
    gone = list(answered.select_for_update(of=("self",)))
    forget_addresses(*(_about_answer(report) for report in gone))
    return FactReport.objects.filter(pk__in=[report.pk for report in gone]).update(email="")


def _about_answer(report: FactReport) -> str:
    """The letter to whoever told us, apart from those to the people of the site."""
    return f"{telling.about(report)}:answer"


def doubted(space: Space, facts: Facts) -> set[str]:
    """The facts of a space that somebody told us may be wrong, until that is answered.

    What was told of another space of the site counts where that is the very fact shown here.
    """
    told = FactReport.objects.open().filter(space__site=space.site_id)
    return {
        fact
        for where, fact in told.values_list("space", "fact")
        if where == space.pk or (fact in facts and facts[fact].space_id is None)
    }
