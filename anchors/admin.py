"""Reference data that administrators keep: boroughs, organisations and networks."""

from django.contrib import admin

from anchors.models import (
    Borough,
    Network,
    NetworkMembership,
    Organisation,
    OrganisationFact,
)
from audit.recorded import RecordedAdmin


class FactInline(admin.StackedInline):  # type: ignore[type-arg]
    model = OrganisationFact
    extra = 0


class MembershipInline(admin.StackedInline):  # type: ignore[type-arg]
    model = NetworkMembership
    extra = 0


@admin.register(Borough)
class BoroughAdmin(RecordedAdmin):
    list_display = ("name", "ons_code", "population", "population_year")
    ordering = ("name", "pk")


@admin.register(Organisation)
class OrganisationAdmin(RecordedAdmin):
    list_display = ("name", "kind", "sector", "is_listed")
    list_filter = ("kind", "sector", "is_listed")
    search_fields = ("name", "aliases")
    prepopulated_fields = {"slug": ("name",)}
    ordering = ("name", "pk")
    inlines = (FactInline, MembershipInline)


@admin.register(Network)
class NetworkAdmin(RecordedAdmin):
    list_display = ("name", "scope", "starts_on", "ends_on")
    prepopulated_fields = {"slug": ("name",)}
    ordering = ("name", "pk")
