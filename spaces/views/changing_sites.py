"""What every page has in common on which those who run a site change something of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.clock import london
from spaces import permissions, services
from spaces.forms.seen import VersionForm
from spaces.models import Hirer, Site
from spaces.services import sites, turns
from spaces.views import SignedInRequest

NO_CHANGE = "no change"
LOST_RACES = {turns.CROWDED, turns.GONE, turns.CHANGED_MEANWHILE}
"""Refusals that say: somebody else was quicker."""


@dataclass(frozen=True)
class Shown:
    """What a page shows of something that is changed there, so that nobody undoes unknowingly what
    another has just done.

    `there` reads the rows as they are now, `told` makes of them what the page tells; `about` and
    `verbs` say where it is written down who changed them. `version_of` tells one state of the rows
    from the next.
    """

    rows: Sequence[Model]
    there: Callable[[], Iterable[Model]]
    told: Callable[[Any], dict[str, Any]]
    about: Model
    verbs: Sequence[str]
    version_of: Callable[..., str] = turns.version_of


def site_or_403(request: SignedInRequest, slug: str) -> Site:
    """A building that this person runs; who may only look at it is refused."""
    site = get_object_or_404(Site.objects.visible_to(request.user), slug=slug)
    permissions.check_runs(request.user, site)
    return site


def do(
    request: SignedInRequest,
    site: Site,
    form: VersionForm,
    act: Callable[[set[str]], str | None],
    template: str,
    context: dict[str, Any],
    *,
    done: str,
    shown: Shown | None = None,
    to: str = "site",
    then: str = "bookings_outside",
    asking: str = "bookings_affected",
) -> HttpResponse:
    """Do what a form asks. What would leave bookings outside is shown before, and asked once more with
    the template `asking`; who saw them goes to `then`.

    `act` may give back what to say when it is done, where that depends on what was done; NO_CHANGE where
    nothing was.
    """
    if shown is None:
        del form.fields["version"]
    else:
        form.initial["version"] = shown.version_of(*shown.rows)
    wants_to_change = "change" in request.POST
    status = 422 if form.is_bound and not wants_to_change else 200
    if form.is_valid() and not wants_to_change:
        try:
            said = act(set(request.POST.get("seen", "").split()))
        except ValidationError as refusal:
            code = getattr(refusal, "code", "")  # what stands beside its field has none
            if code == services.UNSEEN:
                return _ask_once_more(request, site, refusal, to=to, template=asking)
            if code in LOST_RACES:
                form.add_error(None, refusal)
                status = 409
                if shown and code == turns.CHANGED_MEANWHILE:
                    there = list(shown.there())
                    form.shows(shown.version_of(*there))
                    context |= shown.told(there)
                    context["last_change"] = sites.last_change(shown.about, shown.verbs)
            else:
                getattr(form, "refuse", lambda refusal: form.add_error(None, refusal))(refusal)
        else:
            if said == NO_CHANGE:
                messages.info(request, _("Nothing is different, so nothing was changed."))
            else:
                messages.success(request, said or done)
            # Who was shown bookings on the way is led to what they said that they would decide about.
            return redirect(f"spaces:{then if 'seen' in request.POST else to}", site.slug)
    context |= {"building": site, "form": form}
    return render(request, f"spaces/{template}.html", context, status=status)


def _ask_once_more(
    request: SignedInRequest, site: Site, refusal: ValidationError, *, to: str, template: str
) -> HttpResponse:
    """The bookings that would be left outside; with those seen before, it was a race."""
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in ("csrfmiddlewaretoken", "seen", "change")
    ]
    now = timezone.now()
    context = {
        "building": site,
        "bookings": (refusal.params or {})["bookings"],
        "typed": typed,
        "is_race": "seen" in request.POST,
        "to": to,
        "my_hirers": {
            one.pk for one in Hirer.objects.visible_to(request.user).of_member(request.user)
        },
        "now": now,
        "today": london(now).date(),
    }
    status = 409 if context["is_race"] else 200
    return render(request, f"spaces/{template}.html", context, status=status)
