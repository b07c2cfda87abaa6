"""Conditions of hire: written by those who run rooms, read by anybody, accepted by groups."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.forms import with_typed
from spaces import permissions
from spaces.forms.agreements import AcceptAgreementForm, AgreementForm, PublishForm
from spaces.models import EVERY_SITE, AgreementVersion, Site
from spaces.rules import agreements as rules
from spaces.services import agreements as services
from spaces.services import note_look
from spaces.views import SignedInRequest, booking_or_404, posted


def _site_or_404(request: SignedInRequest, scope: str) -> Site | None:
    """Whose conditions an address is about: a site this person looks after, or None for all."""
    if scope == EVERY_SITE:
        return None
    return get_object_or_404(Site.objects.visible_to(request.user), slug=scope)


@login_not_required
@require_safe
def agreement_version(request: HttpRequest, uuid: str) -> HttpResponse:
    """A published version, for anybody to read; one that holds no more says so."""
    public = AgreementVersion.objects.public().select_related("site")
    version = get_object_or_404(public, uuid=uuid)
    in_force = services.in_force_at(version.site)
    return render(
        request,
        "spaces/agreement_version.html",
        {
            "version": version,
            "newer": in_force if in_force and in_force.pk != version.pk else None,
        },
    )


@require_safe
def agreements(request: SignedInRequest) -> HttpResponse:
    """All versions of every site and of the sites this person looks after."""
    if not Site.objects.visible_to(request.user).exists() and not permissions.writes_agreements(
        request.user
    ):
        raise PermissionDenied(_("Only the people who run a site can see this."))
    sites = list(Site.objects.visible_to(request.user).order_by("name", "pk"))
    can_write = permissions.writes_agreements(request.user)
    is_staff = permissions.is_programme_staff(request.user)
    versions: dict[int | None, list[AgreementVersion]] = {}
    for version in AgreementVersion.objects.visible_to(request.user).newest_first():
        versions.setdefault(version.site_id, []).append(version)
    context = {
        "everywhere": versions.get(None, []),
        "of_sites": [(site, versions[site.pk]) for site in sites if site.pk in versions],
        "others": [site for site in sites if site.pk not in versions],
        "every_site": EVERY_SITE,
        "can_write": can_write,
        "can_write_for_all": is_staff,
    }
    return render(request, "spaces/agreements.html", context)


@require_http_methods(["GET", "POST"])
def write_agreement(request: SignedInRequest, scope: str) -> HttpResponse:
    """Write the next version, or go on writing it. Nobody else reads a draft."""
    site = _site_or_404(request, scope)
    permissions.check_may_write_agreement(request.user, site)
    draft = services.draft_of(site)
    start_from = draft or services.in_force_at(site)
    form = AgreementForm(
        posted(request),
        initial={
            "title": start_from.title if start_from else _("Conditions of hire"),
            "text": start_from.text if start_from else "",
            "seen": draft.fingerprint if draft else "",
        },
    )
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            services.write_version(site, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
            status = 409
            # What was typed, over the draft as it is now: sent again, it is kept.
            now_there = services.draft_of(site)
            seen = now_there.fingerprint if now_there else ""
            form.data = with_typed(form.data, seen=seen)
        else:
            return redirect("spaces:publish_agreement", scope)
    whose = str(site) if site else _("Every site")
    context = {"form": form, "whose": whose, "draft": draft, "starts_from": start_from}
    return render(request, "spaces/write_agreement.html", context, status=status)


@require_http_methods(["GET", "POST"])
def publish_agreement(request: SignedInRequest, scope: str) -> HttpResponse:
    """The draft as it will read, and what it changes; publish it."""
    site = _site_or_404(request, scope)
    permissions.check_may_write_agreement(request.user, site)
    draft = services.draft_of(site)
    if draft is None:
        messages.info(request, _("Nothing is being written. Write the next version first."))
        return redirect("spaces:write_agreement", scope)
    form = PublishForm(posted(request), initial={"seen": draft.fingerprint})
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            version = services.publish_version(
                draft, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
            status = 409
            draft = services.draft_of(site) or draft
            form.data = with_typed(form.data, seen=draft.fingerprint)
        else:
            messages.success(request, _("Published. From now on groups are asked to accept it."))
            return redirect(version)
    replaces = services.in_force_at(site)
    context = {
        "form": form,
        "scope": scope,
        "draft": draft,
        "replaces": replaces,
        "changes": rules.changes(replaces.text, draft.text) if replaces else None,
        "sites_apart": services.sites_with_their_own() if site is None else [],
    }
    return render(request, "spaces/publish_agreement.html", context, status=status)


@require_http_methods(["GET", "POST"])
def accept_agreement(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Read the conditions and accept them for the group."""
    booking = booking_or_404(request, uuid)
    permissions.check_may_accept(request.user, booking)
    if hasattr(booking, "agreement"):
        if request.method == "POST":
            messages.info(request, _("The conditions were accepted already."))
        return redirect("spaces:hire_agreement", uuid)
    now = timezone.now()
    if not rules.is_open_to_accept(booking, now=now):
        messages.info(request, _("This booking is over or cancelled: nothing to accept."))
        return redirect(booking)
    in_force = services.in_force_at(booking.space.site)
    if in_force is None:
        raise Http404
    form = AcceptAgreementForm(
        posted(request),
        initial={"version": in_force.uuid, "name": request.user.name},
    )
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            services.accept(
                booking,
                by=request.user,
                name=form.cleaned_data["name"],
                role=form.cleaned_data["role"],
                version=services.version_shown(form.cleaned_data["version"]),
                now=now,
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
            status = 409
            in_force = services.in_force_at(booking.space.site) or in_force
            # Name and role stay; the tick was for other words.
            form.data = with_typed(form.data, version=str(in_force.uuid))
            form.data.pop("agrees", None)
        else:
            booking.refresh_from_db()
            messages.success(
                request,
                _("Accepted. Your booking is confirmed.")
                if booking.state == booking.State.CONFIRMED
                else _("Accepted. Thank you."),
            )
            return redirect(booking)
    context = {"booking": booking, "space": booking.space, "version": in_force, "form": form}
    return render(request, "spaces/accept_agreement.html", context, status=status)


@require_safe
def hire_agreement(request: SignedInRequest, uuid: str) -> HttpResponse:
    """What a group accepted for a booking, word for word."""
    booking = booking_or_404(request, uuid)
    if not hasattr(booking, "agreement"):
        raise Http404
    if permissions.reads_people(request.user, booking.hirer):
        belongs = permissions.belongs_to(request.user, booking.hirer)
        note_look(booking.hirer, by=request.user, belongs=belongs)
    context = {"booking": booking, "space": booking.space, "agreement": booking.agreement}
    return render(request, "spaces/hire_agreement.html", context)
