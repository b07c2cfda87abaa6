"""People, their roles, their seats and whom they act for. Given and ended, never edited and never deleted."""

from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.models import ProgrammeRole, User
from anchors.models import Mandate
from core.clock import today
from home import services
from housing.models import Seat

# Whoever edits these tables by hand can sign in as anybody; nobody needs to.
for secret in (Group, EmailAddress, EmailConfirmation, Authenticator, UserSession):
    if admin.site.is_registered(secret):
        admin.site.unregister(secret)


class GivenForm(forms.ModelForm):  # type: ignore[type-arg]
    """Says in words, before anything is written, that somebody holds this already."""

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        same = {name: typed.get(name) for name in self.fields}
        if all(same.values()) and self._meta.model.objects.current(today()).filter(**same).exists():
            raise ValidationError("This person holds this already.")
        return typed


class Given(admin.ModelAdmin):  # type: ignore[type-arg]
    """What is given from today and ended now."""

    form: type[Any] = GivenForm
    actions: tuple[str, ...] = ("end_now",)

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def each(self, request: HttpRequest, chosen: QuerySet[Any], act: Any, done: str) -> None:
        """Do one thing to each chosen row; what is refused is said and the rest goes on."""
        for row in chosen:
            try:
                act(row)
            except ValidationError as refusal:
                self.message_user(request, f"{row}: {' '.join(refusal.messages)}", messages.ERROR)
            else:
                self.message_user(request, f"{row}: {done}", messages.SUCCESS)


@admin.register(ProgrammeRole)
class ProgrammeRoleAdmin(Given):
    list_display = ("user", "role", "starts_on", "ends_on", "given_by")
    list_filter = ("role",)
    list_select_related = ("user", "given_by")
    search_fields = ("user__name", "user__email")
    fields = ("user", "role")
    raw_id_fields = ("user",)
    ordering = ("-starts_on", "-pk")

    def save_model(self, request: Any, obj: ProgrammeRole, form: Any, change: bool) -> None:
        given = services.give_role(obj.user, obj.role, by=request.user, now=timezone.now())
        obj.pk = given.pk

    @admin.action(description="End the chosen roles now")
    def end_now(self, request: Any, chosen: QuerySet[ProgrammeRole]) -> None:
        now = timezone.now()
        self.each(
            request,
            chosen,
            lambda held: services.end_role(held, by=request.user, now=now),
            "ended.",
        )


@admin.register(Mandate)
class MandateAdmin(Given):
    list_display = ("user", "organisation", "kind", "starts_on", "ends_on")
    list_filter = ("kind",)
    list_select_related = ("user", "organisation")
    search_fields = ("user__name", "user__email", "organisation__name")
    fields = ("user", "organisation", "kind")
    raw_id_fields = ("user",)
    ordering = ("-starts_on", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mandate]:
        """Who belongs to a group that asks for privacy is known to that group and programme staff."""
        return super().get_queryset(request).exclude(organisation__is_private=True)

    def save_model(self, request: Any, obj: Mandate, form: Any, change: bool) -> None:
        given = services.give_mandate(
            obj.user, obj.organisation, obj.kind, by=request.user, now=timezone.now()
        )
        obj.pk = given.pk

    @admin.action(description="End the chosen mandates now")
    def end_now(self, request: Any, chosen: QuerySet[Mandate]) -> None:
        now = timezone.now()
        self.each(
            request,
            chosen,
            lambda held: services.end_mandate(held, by=request.user, now=now),
            "ended.",
        )


@admin.register(Seat)
class SeatAdmin(Given):
    """When somebody else sits in it, the seat is ended and given anew, so both can be told."""

    form = forms.ModelForm
    list_display = ("__str__", "held_by", "starts_on", "ends_on")
    list_filter = ("part",)
    list_select_related = ("organisation", "held_by")
    search_fields = ("organisation__name", "community", "held_by__name", "held_by__email")
    fields = (
        "organisation",
        "community",
        "part",
        "held_by",
        "source_title",
        "source_url",
        "source_date",
        "checked_on",
        "confidence",
    )
    raw_id_fields = ("held_by",)
    ordering = ("-starts_on", "-pk")

    def save_model(self, request: Any, obj: Seat, form: Any, change: bool) -> None:
        services.give_seat(obj, by=request.user, now=timezone.now())

    @admin.action(description="End the chosen seats now")
    def end_now(self, request: Any, chosen: QuerySet[Seat]) -> None:
        now = timezone.now()
        self.each(
            request,
            chosen,
            lambda held: services.end_seat(held, by=request.user, now=now),
            "ended.",
        )


@admin.register(User)
class PersonAdmin(Given):
    """People sign up by themselves. Here an account is found, closed and opened again."""

    list_display = ("name", "email", "is_active", "date_joined")
    list_filter = ("is_active",)
    search_fields = ("name", "email")
    fields = ("name", "email", "language", "is_active", "date_joined", "erased_at")
    ordering = ("name", "pk")
    actions = ("close", "open", "forget_second_step", "erase")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description="Close the chosen accounts")
    def close(self, request: Any, chosen: QuerySet[User]) -> None:
        now = timezone.now()
        self.each(
            request,
            chosen,
            lambda person: services.close_account(person, by=request.user, now=now),
            "closed.",
        )

    @admin.action(description="Open the chosen accounts again")
    def open(self, request: Any, chosen: QuerySet[User]) -> None:
        self.each(
            request,
            chosen,
            lambda person: services.open_account(person, by=request.user),
            "opened.",
        )

    @admin.action(description="Take the second step off, for people who lost it")
    def forget_second_step(self, request: Any, chosen: QuerySet[User]) -> None:
        now = timezone.now()
        self.each(
            request,
            chosen,
            lambda person: services.forget_second_step(person, by=request.user, now=now),
            "must set it up anew.",
        )

    @admin.action(description="Erase the chosen people for ever")
    def erase(self, request: Any, chosen: QuerySet[User]) -> TemplateResponse | None:
        """It cannot be undone, so a page of its own says first what will happen."""
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": "Erase for ever",
                "people": chosen,
                "opts": self.opts,
            }
            return TemplateResponse(request, "admin/erase_people.html", context)
        now = timezone.now()
        self.each(
            request,
            chosen,
            lambda person: services.erase_person(person, by=request.user, now=now),
            "erased.",
        )
        return None
