"""Administrators write events. Cancelling has a page of its own, because it asks for a reason."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils import timezone

from audit.recorded import RecordedAdmin
from events import services
from events.models import Event


class EventForm(forms.ModelForm):  # type: ignore[type-arg]
    """Says in words, before anything is written, why an event cannot be changed so."""

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        for name, value in typed.items():
            if isinstance(value, str):
                # A browser ends lines in its own way; that alone changes nothing.
                typed[name] = value.replace("\r\n", "\n")
        if self.instance.pk is not None:
            services.held_for_change(self.instance, typed, now=timezone.now())
        return typed


@admin.register(Event)
class EventAdmin(RecordedAdmin):
    form = EventForm
    list_display = ("title", "kind", "sorts_on", "is_published", "cancelled_at")
    list_filter = ("kind", "is_published")
    search_fields = ("title",)
    prepopulated_fields = {"slug": ("title",)}
    ordering = ("-sorts_on", "-pk")
    exclude = ("sequence", "changed_at", "cancelled_at", "cancelled_because")

    def save_model(self, request: Any, obj: Event, form: Any, change: bool) -> None:
        if change:
            services.change_event(obj, form.cleaned_data, by=request.user, now=timezone.now())
        else:
            super().save_model(request, obj, form, change)
