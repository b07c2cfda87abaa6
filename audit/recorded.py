"""What administrators change under "Tables" is written down as well, by names and numbers alone."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models, transaction
from django.db.models import Model, QuerySet
from django.utils.text import camel_case_to_spaces

from audit.services import record

READ_ALOUD: dict[type[Any], dict[str, Any]] = {
    models.DateTimeField: {
        "form_class": forms.DateTimeField,
        "widget": forms.DateTimeInput(
            {"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"
        ),
    },
    models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple},
}
"""The library's own boxes for these have no name that is read aloud, or need a script."""


class RecordedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A table whose rows, and the rows shown on their pages, leave a record when they change.

    The verb names the table and what was done; the record stands in the history of the row whose
    page it was. An admin whose `save_model` calls a service leaves that record to the service.
    """

    formfield_overrides = READ_ALOUD

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            record(verb(obj, "added"), obj, by=request.user)
        elif form.changed_data:
            record(verb(obj, "changed"), obj, by=request.user, fields=", ".join(form.changed_data))

    def save_formset(self, request: Any, form: Any, formset: Any, change: bool) -> None:
        gone = [(part.instance, part.instance.pk) for part in formset.deleted_forms]
        super().save_formset(request, form, formset, change)
        page = form.instance
        for part in formset.new_objects:
            record(verb(part, "added"), page, by=request.user, part=part.pk)
        for part, fields in formset.changed_objects:
            record(
                verb(part, "changed"),
                page,
                by=request.user,
                part=part.pk,
                fields=", ".join(fields),
            )
        for part, number in gone:
            if number is not None:
                record(verb(part, "deleted"), page, by=request.user, part=number)

    def delete_model(self, request: Any, obj: Any) -> None:
        record(verb(obj, "deleted"), obj, by=request.user)
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: Any, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            record(verb(row, "deleted"), row, by=request.user)
        super().delete_queryset(request, queryset)


def verb(row: Model, done: str) -> str:
    """anchors.network_membership_changed"""
    name = camel_case_to_spaces(row._meta.object_name or "").replace(" ", "_")
    return f"{row._meta.app_label}.{name}_{done}"
