"""Sites and what is in them, kept by administrators. Bookings are only looked at here: they are
made, decided and cancelled by the services, so that rooms, records and letters stay together.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.recorded import READ_ALOUD, RecordedAdmin
from core.clock import today
from spaces import permissions, rules, services
from spaces.forms.addresses import PostcodeField
from spaces.models import (
    AccessFact,
    Booking,
    Charge,
    Closure,
    Equipment,
    FactReport,
    Hirer,
    HirerDocument,
    HirerInvitation,
    HirersCover,
    InsuranceRoute,
    Layout,
    OpeningRule,
    PeopleCheck,
    Photograph,
    Reference,
    Room,
    Site,
    SiteManager,
    SiteRequirement,
    Space,
    SpaceOffer,
    UnmetDemand,
)


class OnlyLookedAt:
    """No adding, changing or deleting by this door."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class WithoutPrivateGroups:
    """A group that asks for privacy is known to its own people and to programme staff alone."""

    private = "is_sensitive"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).exclude(**{self.private: True})  # type: ignore[misc]


class OfKnownGroups(WithoutPrivateGroups):
    """The same for a table of what belongs to groups."""

    private = "hirer__is_sensitive"


class LooksAreKept:
    """Opening one shows people of a group: that is written down, as on the portal's own pages."""

    def render_change_form(self, request: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
        shown = kwargs.get("obj")
        if shown is not None:
            hirer = shown if isinstance(shown, Hirer) else shown.hirer
            belongs = permissions.belongs_to(request.user, hirer)
            services.note_look(hirer, by=request.user, belongs=belongs)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]


class NeverDeleted:
    """Ended by a date or a state, never taken away: who ran what on a day can always be told."""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class RoomsOfTheSite(forms.ModelForm):  # type: ignore[type-arg]
    """Something at a site, with rooms of that site and no other."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        site, rooms = cleaned.get("site"), cleaned.get("rooms")
        if site is not None and rooms and any(room.site_id != site.pk for room in rooms):
            self.add_error("rooms", _("Choose rooms of this site only."))
        return cleaned


class ClosureForm(RoomsOfTheSite):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("ends_at"):
            rules.times.check_closed_so_far_ahead(cleaned["ends_at"], now=timezone.now())
        return cleaned


class RoomsHeld:
    """What is said here of rooms decides whether they can be promised. So they are held: a yes at this
    moment waits, and then sees that they are not on offer any more.
    """

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        if change:
            services.hold_rooms(obj)
        super().save_model(request, obj, form, change)  # type: ignore[misc]

    def changeform_view(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Whoever would wait too long for them is told so, and finds the page as it was."""
        try:
            return super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
            return redirect(request.path)


class RoomInline(NeverDeleted, admin.StackedInline):  # type: ignore[type-arg]
    model = Room
    extra = 0


class SiteManagerInline(NeverDeleted, admin.StackedInline):  # type: ignore[type-arg]
    model = SiteManager
    extra = 0
    raw_id_fields = ("user",)


class SpacesOfTheSite:
    """Part of a site's page: where it names a space, only those of this site are offered."""

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "space":
            site = request.resolver_match.kwargs.get("object_id")
            kwargs["queryset"] = Space.objects.filter(site=site).order_by("name", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


class OpeningRuleInline(SpacesOfTheSite, admin.StackedInline):  # type: ignore[type-arg]
    model = OpeningRule
    extra = 0


class AccessFactInline(SpacesOfTheSite, admin.StackedInline):  # type: ignore[type-arg]
    model = AccessFact
    extra = 0


class ChargeInline(SpacesOfTheSite, admin.StackedInline):  # type: ignore[type-arg]
    model = Charge
    extra = 0


class LayoutInline(admin.StackedInline):  # type: ignore[type-arg]
    model = Layout
    extra = 0


class EquipmentInline(admin.StackedInline):  # type: ignore[type-arg]
    model = Equipment
    extra = 0


class SiteForm(forms.ModelForm):  # type: ignore[type-arg]
    postcode = PostcodeField(required=False)


@admin.register(Site)
class SiteAdmin(RoomsHeld, NeverDeleted, RecordedAdmin):
    form = SiteForm
    list_display = ("name", "borough", "booking_authority", "is_published")
    list_filter = ("borough", "booking_authority", "is_published")
    list_select_related = ("borough",)
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}
    ordering = ("name", "pk")
    formfield_overrides = READ_ALOUD | {models.URLField: {"assume_scheme": "https"}}
    inlines = (RoomInline, SiteManagerInline, OpeningRuleInline, ChargeInline, AccessFactInline)

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        """A new one is closed on bank holidays, as one that is published from an offer."""
        super().save_related(request, form, formsets, change)
        if change:
            return
        shut = services.close_new_site(form.instance, asked_until=None, today=today())
        words = ngettext(
            "It is closed on %(number)d bank holiday. On its page of opening hours you can open it.",
            "It is closed on %(number)d bank holidays. On its page of opening hours you can open it.",
            len(shut),
        )
        messages.info(request, words % {"number": len(shut)})


@admin.register(Space)
class SpaceAdmin(RoomsHeld, NeverDeleted, RecordedAdmin):
    form = RoomsOfTheSite
    list_display = ("name", "site", "kind", "status", "is_clinical")
    list_filter = ("status", "kind", "is_clinical")
    list_select_related = ("site",)
    search_fields = ("name", "site__name")
    prepopulated_fields = {"slug": ("name",)}
    ordering = ("site__name", "name", "pk")
    inlines = (LayoutInline, EquipmentInline)


@admin.register(Closure)
class ClosureAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = ClosureForm
    formfield_overrides = READ_ALOUD
    list_display = ("site", "starts_at", "ends_at", "reason")
    list_filter = ("reason", "site")
    list_select_related = ("site",)
    ordering = ("-starts_at", "-pk")

    def changeform_view(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """What the service refuses stands on the page, over all that was typed."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ValidationError as refusal:
            request.refusal = refusal
            return super().changeform_view(request, *args, **kwargs)

    def get_form(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)
        refusal: ValidationError | None = getattr(request, "refusal", None)
        if refusal is None:
            return form
        why = refusal

        class RefusedForm(form):  # type: ignore[misc, valid-type]
            def clean(self) -> Any:
                super().clean()
                raise why

        return RefusedForm

    def delete_view(self, request: Any, object_id: str, extra_context: Any = None) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
            return redirect("admin:spaces_closure_changelist")

    def save_model(self, request: Any, obj: Closure, form: Any, change: bool) -> None:
        rooms, now = form.cleaned_data["rooms"], timezone.now()
        found = services.close_rooms(obj, rooms=rooms, by=request.user, now=now)
        if found:
            words = ngettext(
                "%(number)d booking lies in this time. Those who run the site have been told.",
                "%(number)d bookings lie in this time. Those who run the site have been told.",
                len(found),
            )
            messages.warning(request, words % {"number": len(found)})

    def delete_model(self, request: Any, obj: Closure) -> None:
        services.open_rooms(obj, by=request.user)

    def delete_queryset(self, request: Any, queryset: Any) -> None:
        for closure in queryset:
            try:
                services.open_rooms(closure, by=request.user)
            except ValidationError as refusal:
                messages.error(request, f"{closure}: {' '.join(refusal.messages)}")


@admin.register(Hirer)
class HirerAdmin(WithoutPrivateGroups, LooksAreKept, OnlyLookedAt, admin.ModelAdmin):  # type: ignore[type-arg]
    # Only the group, programme staff and the sites it asks read what it needs.
    exclude = ("access_needs", "communication_needs")
    list_display = ("organisation", "group_kind", "state", "decided_at")
    list_filter = ("state", "group_kind")
    list_select_related = ("organisation",)
    search_fields = ("organisation__name",)
    ordering = ("organisation__name", "pk")


@admin.register(Photograph)
class PhotographAdmin(OnlyLookedAt, admin.ModelAdmin):  # type: ignore[type-arg]
    """Added, described and removed on the pages of the space."""

    list_display = ("alternative_text", "space", "added_at")
    list_select_related = ("space__site",)
    search_fields = ("space__name", "space__site__name")
    ordering = ("space__site__name", "space__name", "position", "pk")


@admin.register(FactReport)
class FactReportAdmin(OnlyLookedAt, admin.ModelAdmin):  # type: ignore[type-arg]
    exclude = ("email",)
    list_display = ("fact", "space", "state", "created_at", "decided_at")
    list_filter = ("state", "space__site")
    list_select_related = ("space__site",)


@admin.register(HirerInvitation)
class HirerInvitationAdmin(OfKnownGroups, OnlyLookedAt, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("group_name", "state", "sent_on", "invited_by")
    list_filter = ("state",)
    list_select_related = ("invited_by",)
    ordering = ("-created_at", "-pk")


@admin.register(SpaceOffer)
class SpaceOfferAdmin(OnlyLookedAt, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("title", "organisation", "by", "state", "sent_at")
    list_filter = ("state",)
    list_select_related = ("organisation", "site", "by")
    ordering = ("-created_at", "-pk")


@admin.register(Booking)
class BookingAdmin(OfKnownGroups, LooksAreKept, OnlyLookedAt, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("reference", "space", "starts_at", "ends_at", "state")
    list_filter = ("state", "space__site")
    list_select_related = ("space__site",)
    ordering = ("-starts_at", "-pk")


@admin.register(HirerDocument)
class HirerDocumentAdmin(OfKnownGroups, LooksAreKept, OnlyLookedAt, admin.ModelAdmin):  # type: ignore[type-arg]
    """Without the file: that is handed on by the portal's own page, which writes it down."""

    list_display = ("hirer", "kind", "state", "valid_until", "added_at")
    list_filter = ("state", "kind")
    list_select_related = ("hirer__organisation",)
    search_fields = ("hirer__organisation__name",)
    ordering = ("-added_at", "-pk")
    exclude = ("content",)


@admin.register(PeopleCheck)
class PeopleCheckAdmin(OfKnownGroups, OnlyLookedAt, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("hirer", "level", "people", "seen_on", "seen_by")
    list_filter = ("level",)
    list_select_related = ("hirer__organisation", "seen_by")
    ordering = ("-seen_on", "-pk")


@admin.register(UnmetDemand)
class UnmetDemandAdmin(OnlyLookedAt, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = (
        *("asked_in_week", "borough", "size", "wheelchairs"),
        *("weekday", "part_of_day", "found"),
    )
    list_filter = ("borough", "size", "wheelchairs", "part_of_day")
    list_select_related = ("borough",)
    ordering = ("-asked_in_week", "-pk")


@admin.register(Reference)
class ReferenceAdmin(OfKnownGroups, LooksAreKept, OnlyLookedAt, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("hirer", "answer", "asked_at", "answered_at")
    list_filter = ("answer",)
    list_select_related = ("hirer__organisation",)
    ordering = ("-asked_at", "-pk")
    exclude = ("link_hash",)


@admin.register(SiteRequirement)
class SiteRequirementAdmin(RecordedAdmin):
    list_display = ("kind", "site", "space", "when", "min_cover_pounds", "starts_on")
    list_filter = ("kind", "when", "site")
    list_select_related = ("site", "space__site")
    ordering = ("site__name", "kind", "pk")


@admin.register(HirersCover)
class HirersCoverAdmin(RecordedAdmin):
    list_display = ("site", "is_offered", "up_to_pounds", "checked_on")
    list_filter = ("is_offered",)
    list_select_related = ("site",)
    ordering = ("site__name", "pk")


@admin.register(InsuranceRoute)
class InsuranceRouteAdmin(OfKnownGroups, OnlyLookedAt, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("hirer", "site", "route", "chosen_on")
    list_filter = ("route", "site")
    list_select_related = ("hirer__organisation", "site")
    ordering = ("-chosen_on", "-pk")
