"""What those who run a site say of its rooms."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from spaces import services
from spaces.forms.describing import ChangeRoomForm
from spaces.models import Space
from spaces.views import SignedInRequest, posted
from spaces.views.changing_sites import Shown, do, site_or_403


@require_http_methods(["GET", "POST"])
def change_room(request: SignedInRequest, slug: str, space: str) -> HttpResponse:
    """What a room is like, how many it holds, and what is in it."""
    site = site_or_403(request, slug)
    spaces = site.spaces.exclude(status=Space.Status.ARCHIVED)
    room = get_object_or_404(spaces.select_related("site"), slug=space)
    form = ChangeRoomForm(posted(request), space=room)

    def change(seen: set[str]) -> str | None:
        is_new = services.change_room(
            room, by=request.user, now=timezone.now(), seen=seen, **form.cleaned_data
        )
        return None if is_new else _("Nothing is different, so nothing was changed.")

    shown = Shown(
        rows=[room],
        there=lambda: spaces.filter(pk=room.pk),
        told=lambda rooms: {"lines": [line for one in rooms for line in form.in_words(one)]},
        about=room,
        verbs=["spaces.room_changed"],
        version_of=services.version_of_room,
    )
    return do(
        request,
        site,
        form,
        change,
        "change_room",
        {"space": room},
        done=_("Saved. Groups read it at once."),
        shown=shown,
        asking="bookings_too_big",
    )
