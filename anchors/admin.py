"""Reference data that administrators keep: boroughs, organisations and networks."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

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


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_slug(self) -> str:
        """The address of an organisation that this table does not show is taken too."""
        slug: str = self.cleaned_data["slug"]
        if Organisation.objects.exclude(pk=self.instance.pk).filter(slug=slug).exists():
            raise ValidationError(_("This address is taken. Choose another."))
        return slug


@admin.register(Organisation)
class OrganisationAdmin(RecordedAdmin):
    """Those with a name for everybody; a group that asks for privacy is not in any table."""

    form = OrganisationForm
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
