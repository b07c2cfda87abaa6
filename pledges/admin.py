"""Pledges and their owners are kept by administrators; the logs can only be read here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from audit.recorded import RecordedAdmin
from pledges.models import Pledge, PledgeOwner, PledgeStatusChange, PledgeUpdate


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A log: Postgres refuses a change, so no button offers one."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OwnerInline(admin.StackedInline):  # type: ignore[type-arg]
    model = PledgeOwner
    extra = 0


@admin.register(Pledge)
class PledgeAdmin(RecordedAdmin):
    """A pledge is never deleted: it ends with a status that says how."""

    list_display = ("reference", "title", "due_on", "is_published")
    list_filter = ("is_published", "themes")
    search_fields = ("reference", "title", "words")
    ordering = ("reference", "pk")
    inlines = (OwnerInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(PledgeStatusChange)
class PledgeStatusChangeAdmin(ReadOnlyAdmin):
    list_display = ("pledge", "status", "effective_on", "by", "approved_by")
    list_select_related = ("pledge", "by", "approved_by")
    ordering = ("-pk",)


@admin.register(PledgeUpdate)
class PledgeUpdateAdmin(ReadOnlyAdmin):
    list_display = ("pledge", "published_on", "by", "corrects")
    list_select_related = ("pledge", "by", "corrects__pledge")
    ordering = ("-pk",)
