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
