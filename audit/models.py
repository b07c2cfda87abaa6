"""What happened. Written once, never changed: Postgres refuses, whatever door is used."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Cast

from accounts.models import ProgrammeRole, User


class AuditRecordQuerySet(models.QuerySet["AuditRecord"]):
    def visible_to(self, user: User) -> Self:
        """Programme staff, leads and administrators read what happened; nobody else."""
        if user.holds(
            ProgrammeRole.Role.PROGRAMME_STAFF,
            ProgrammeRole.Role.PROGRAMME_LEAD,
            ProgrammeRole.Role.ADMINISTRATOR,
        ):
            return self
        return self.none()

    def about(self, subject: models.Model) -> Self:
        """The history of one thing. Whoever may see the thing may see this."""
        return self.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk))

    def acts(self) -> Self:
        """What somebody did. That they looked is shown apart: it would bury the rest."""
        return self.exclude(verb__endswith="_viewed")

    def matching(self, *, verb: str = "", person: User | None = None, subject: str = "") -> Self:
        """Those with this verb, by this person, about this kind of thing or (“kind:number”) one."""
        found = self
        if verb:
            found = found.filter(verb=verb)
        if person:
            found = found.filter(actor=person)
        kind, _, number = subject.partition(":")
        if kind:
            found = found.filter(subject_type=kind)
        if number:
            found = found.filter(subject_id=number)
        return found

    def newest_first(self) -> Self:
        return self.select_related("actor").order_by("-at", "-pk")


class AuditRecord(models.Model):
    """One act: who did what to which record. `detail` holds identifiers, never anybody's words."""

    verb = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=80)
    subject_id = models.CharField(max_length=40)
    actor = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)
    detail = models.JSONField(default=dict, blank=True)

    objects = AuditRecordQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "-at"], name="audit_subject")]
        constraints = [
            models.UniqueConstraint(
                "verb",
                "subject_type",
                "subject_id",
                "actor",
                Cast(
                    Func(
                        Value("Europe/London"),
                        "at",
                        function="timezone",
                        output_field=models.DateTimeField(),
                    ),
                    models.DateField(),
                ),
                condition=Q(verb__endswith="_viewed"),
                name="a_look_is_written_down_once_a_day",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="what_happened_is_never_rewritten",
                operation=pgtrigger.Update | pgtrigger.Delete,
            ),
            pgtrigger.Trigger(
                name="what_happened_is_never_emptied",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION 'Cannot truncate %', TG_TABLE_NAME;",
            ),
        ]

    @property
    def subject(self) -> str:
        """What it was done to, as the filter of the records page takes it."""
        return f"{self.subject_type}:{self.subject_id}"

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_type} {self.subject_id} at {self.at:%Y-%m-%d %H:%M:%S}"
