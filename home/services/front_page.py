"""What the front page shows. Reads only."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.templatetags.dates import as_told
from events.models import Event
from housing.models import Action, ActionUpdate
from listening.models import Campaign, Theme
from listening.models.campaigns import CampaignQuerySet
from pledges.models import DeliveryStatus, Pledge, PledgeOwner, PledgeUpdate
from spaces.models import Space


def front_page(*, now: datetime) -> dict[str, Any]:
    """Context of the front page: three doors, one worked story, next events, what is new."""
    return {
        "doors": [_door_tell_us(), _door_rooms(), _door_pledges()],
        "story": _story(),
        "events": list(Event.objects.public().going_ahead().upcoming(now)[:3]),
        "updates": _newest_updates(),
    }


def _door(title: str, text: str, url: str, label: str, drawing: str, figure: Any) -> dict[str, Any]:
    return {
        "title": title,
        "text": text,
        "url": reverse(url),
        "label": label,
        "drawing": drawing,
        "figure": figure,
    }


def _heard() -> CampaignQuerySet:
    """Campaigns with a source for how many people were heard."""
    return Campaign.objects.public().exclude(people_heard_text="")


def _door_tell_us() -> dict[str, Any]:
    heard = _heard().filter(themes__isnull=False).order_by("opens_on", "pk").first()
    figure = heard and {
        "number": heard.people_heard_text,
        "in_words": True,
        "sentence": _("people told us what puts pressure on them"),
        "source_title": heard.source_title,
        "source_url": heard.source_url,
        "as_of": heard.dates_text,
    }
    return _door(
        _("Tell us what matters"),
        _("Say what makes life hard where you live. No account, no name."),
        "listening:home",
        _("Tell us"),
        "people",
        figure,
    )


def _door_rooms() -> dict[str, Any]:
    how_many = Space.objects.public().bookable_here().count()
    figure = how_many and {
        "number": how_many,
        "sentence": ngettext("room to ask for", "rooms to ask for", how_many),
        "source_title": "",
        "source_url": "",
        "as_of": "",
    }
    return _door(
        _("Find a room"),
        _("NHS rooms for community groups, free or at low cost."),
        "spaces:spaces",
        _("Find a room"),
        "room",
        figure,
    )


def _door_pledges() -> dict[str, Any]:
    statuses = [pledge.status for pledge in Pledge.objects.public().with_standing()]
    moving = statuses.count(DeliveryStatus.IN_PROGRESS)
    figure = statuses and {
        "number": moving,
        "sentence": _("of %(all)s promises are in progress") % {"all": len(statuses)},
        "source_title": "",
        "source_url": "",
        "as_of": "",
    }
    return _door(
        _("See our promises"),
        _("What was promised, by whom, and how it stands. Late ones first."),
        "pledges:pledges",
        _("See our promises"),
        "pledge",
        figure,
    )


def _story() -> dict[str, Any] | None:
    """The newest sourced update to a pledge that answers a theme, told from the theme onwards."""
    newest = (
        PledgeUpdate.objects.filter(
            pledge__in=Pledge.objects.public(),
            pledge__themes__in=Theme.objects.public().filter(campaigns__in=_heard()),
            pledge__owners__part=PledgeOwner.Part.LEAD,
            corrections__isnull=True,
        )
        .exclude(pledge__confidence="demonstration")
        .order_by("-published_on", "-pk")
        .select_related("pledge__made_at")
        .first()
    )
    if newest is None:
        return None
    pledge = newest.pledge
    campaign = _heard().filter(themes__pledges=pledge).order_by("opens_on", "pk")[0]
    theme = campaign.themes.filter(is_published=True, pledges=pledge).order_by("pk")[0]
    lead = pledge.owners.select_related("organisation").get(part=PledgeOwner.Part.LEAD)
    updates = pledge.updates.filter(corrections__isnull=True).order_by("published_on", "pk")
    return {
        "said": _("%(theme)s: one of the themes that %(people)s people raised.")
        % {"theme": theme.label, "people": campaign.people_heard_text},
        "theme_title": theme.label,
        "theme_url": reverse("pledges:theme", args=[theme.slug]),
        "said_on": campaign.dates_text,
        "pledged": {
            "title": pledge.title,
            "url": pledge.get_absolute_url(),
            "owner": str(lead.organisation),
            "made": pledge.made_text or pledge.made_on,
        },
        "did": [
            {
                "date_text": as_told(update.published_on, update.date_text),
                "text": update.what_changed,
                "source_title": update.link_title,
                "source_url": update.link_url,
            }
            for update in updates
        ],
    }


def _newest_updates() -> list[dict[str, Any]]:
    of_pledges = (
        PledgeUpdate.objects.filter(pledge__in=Pledge.objects.public(), corrections__isnull=True)
        .select_related("pledge")
        .order_by("-published_on", "-pk")[:3]
    )
    of_actions = (
        ActionUpdate.objects.filter(corrections__isnull=True)
        .exclude(action__priority__plan__state="draft")
        .select_related("action")
        .order_by("-published_on", "-pk")[:3]
    )
    both: list[tuple[Pledge | Action, PledgeUpdate | ActionUpdate]] = [
        (update.pledge, update) for update in of_pledges
    ]
    both += [(update.action, update) for update in of_actions]
    both.sort(key=lambda pair: pair[1].published_on, reverse=True)
    return [
        {
            "title": thing.title,
            "url": thing.get_absolute_url(),
            "date": as_told(update.published_on, update.date_text),
            "text": update.what_changed,
        }
        for thing, update in both[:3]
    ]
