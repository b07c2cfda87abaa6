"""Sites and what is in them, kept by administrators. Bookings are only looked at here: they are
made, decided and cancelled by the services, so that rooms, records and letters stay together.
"""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from audit.services import record
from spaces.models import (
    AccessFact,
    Booking,
    Closure,
    Hirer,
    Layout,
    OpeningRule,
    Room,
    Site,
    SiteManager,
    Space,
)


class OnlyLookedAt:
    """No adding, changing or deleting by this door."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class NeverDeleted:
    """Ended by a date or a state, never taken away: who ran what on a day can always be told."""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class RoomInline(NeverDeleted, admin.TabularInline):  # type: ignore[type-arg]
    model = Room
    extra = 0


class SiteManagerInline(NeverDeleted, admin.TabularInline):  # type: ignore[type-arg]
    model = SiteManager
    extra = 0
    autocomplete_fields = ("user",)


class OpeningRuleInline(admin.TabularInline):  # type: ignore[type-arg]
    model = OpeningRule
    extra = 0


class AccessFactInline(admin.TabularInline):  # type: ignore[type-arg]
    model = AccessFact
    extra = 0


class LayoutInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Layout
    extra = 0


@admin.register(Site)
class SiteAdmin(NeverDeleted, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "borough", "booking_authority", "is_published")
    list_filter = ("borough", "booking_authority", "is_published")
    list_select_related = ("borough",)
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}
    ordering = ("name", "pk")
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    inlines = (RoomInline, SiteManagerInline, OpeningRuleInline, AccessFactInline)

    def save_formset(self, request: Any, form: Any, formset: Any, change: Any) -> None:
        """Who runs a site, from when and until when, is written down with who said so."""
        super().save_formset(request, form, formset, change)
        if formset.model is SiteManager:
            for held in formset.new_objects:
                record("spaces.site_given", held.site, by=request.user, user=held.user_id)
            for held, _fields in formset.changed_objects:
                record("spaces.site_changed", held.site, by=request.user, user=held.user_id)


@admin.register(Space)
class SpaceAdmin(NeverDeleted, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "site", "kind", "status")
    list_filter = ("status", "kind")
    list_select_related = ("site",)
    search_fields = ("name", "site__name")
    prepopulated_fields = {"slug": ("name",)}
    filter_horizontal = ("rooms",)
    ordering = ("site__name", "name", "pk")
    inlines = (LayoutInline,)


@admin.register(Closure)
class ClosureAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("site", "starts_at", "ends_at", "reason")
    list_filter = ("reason", "site")
    list_select_related = ("site",)
    filter_horizontal = ("rooms",)
    ordering = ("-starts_at", "-pk")


@admin.register(Hirer)
class HirerAdmin(OnlyLookedAt, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("organisation", "group_kind", "state", "decided_at")
    list_filter = ("state", "group_kind")
    list_select_related = ("organisation",)
    search_fields = ("organisation__name",)
    ordering = ("organisation__name", "pk")


@admin.register(Booking)
class BookingAdmin(OnlyLookedAt, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("reference", "space", "starts_at", "ends_at", "state")
    list_filter = ("state", "space__site")
    list_select_related = ("space__site",)
    ordering = ("-starts_at", "-pk")
