"""Administrators write events. Cancelling has a page of its own, because it tells people."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from events.models import Event

PROMISED = ("starts_at", "ends_at", "mode", "place", "borough")
"""What people who signed up rely on: it stays as it was told to them."""


@admin.register(Event)
class EventAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("title", "kind", "sorts_on", "is_published", "cancelled_at")
    list_filter = ("kind", "is_published")
    search_fields = ("title",)
    prepopulated_fields = {"slug": ("title",)}
    ordering = ("-sorts_on", "-pk")
    exclude = ("sequence", "cancelled_at", "cancelled_because")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is not None and obj.sign_ups.active().exists():
            return PROMISED
        return ()
