"""The plan's frame is kept by administrators; the logs can only be read here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from audit.recorded import RecordedAdmin
from housing.models import (
    Action,
    ActionOwner,
    ActionPlan,
    ActionStatusChange,
    ActionUpdate,
    HousingFact,
    PriorityArea,
)


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A log: Postgres refuses a change, so no button offers one."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PriorityInline(admin.StackedInline):  # type: ignore[type-arg]
    model = PriorityArea
    extra = 0
    prepopulated_fields = {"slug": ("title",)}


class OwnerInline(admin.StackedInline):  # type: ignore[type-arg]
    model = ActionOwner
    extra = 0


@admin.register(ActionPlan)
class ActionPlanAdmin(RecordedAdmin):
    list_display = ("title", "version", "state")
    ordering = ("-version", "pk")
    inlines = (PriorityInline,)


@admin.register(Action)
class ActionAdmin(RecordedAdmin):
    """An action is never deleted: it ends with a status that says how."""

    list_display = ("reference", "title", "priority", "due_on")
    list_select_related = ("priority",)
    search_fields = ("reference", "title")
    ordering = ("reference", "pk")
    inlines = (OwnerInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(HousingFact)
class HousingFactAdmin(RecordedAdmin):
    list_display = ("figure", "sentence", "source_title")
    ordering = ("position", "pk")


@admin.register(ActionStatusChange)
class ActionStatusChangeAdmin(ReadOnlyAdmin):
    list_display = ("action", "status", "effective_on", "by", "approved_by")
    list_select_related = ("action", "by", "approved_by")
    ordering = ("-pk",)


@admin.register(ActionUpdate)
class ActionUpdateAdmin(ReadOnlyAdmin):
    list_display = ("action", "published_on", "by", "corrects")
    list_select_related = ("action", "by", "corrects__action")
    ordering = ("-pk",)
