"""Writing down what happened."""

from django.db.models import Model

from accounts.models import User
from audit.models import AuditRecord


def record(verb: str, subject: Model, *, by: User | None, **detail: object) -> AuditRecord:
    """Write down that `by` did `verb` to `subject`; None means the system or a person unknown.

    `detail` carries identifiers and states only: never a resident's words, an access need, an
    address or anything about health.
    """
    return AuditRecord.objects.create(
        verb=verb,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        actor=by,
        detail=detail,
    )


def record_once_a_day(verb: str, subject: Model, *, by: User, **detail: object) -> None:
    """Write down that `by` looked at `subject`, unless that is written down for today already.

    `verb` ends in “_viewed”: for those Postgres keeps one record for each person, subject and day in
    London, so that it is one statement and two at once are no fault. `detail` as for `record`.
    """
    look = AuditRecord(
        verb=verb,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        actor=by,
        detail=detail,
    )
    AuditRecord.objects.bulk_create([look], ignore_conflicts=True)
