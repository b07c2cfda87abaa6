"""What the front page shows. Reads only."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.templatetags.dates import as_told
from events.models import Event
from housing.models import ActionUpdate
from listening.models import Campaign, Theme
from listening.models.campaigns import CampaignQuerySet
from pledges import rules
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
    raised = Theme.objects.public().filter(campaigns__in=_heard())
    newest = (
        PledgeUpdate.objects.public()
        .filter(
            pledge__themes__in=raised,
            pledge__owners__part=PledgeOwner.Part.LEAD,
            corrects__isnull=True,
        )
        .exclude(pledge__confidence="demonstration")
        .order_by("-published_on", "-pk")
        .select_related("pledge__made_at")
        .first()
    )
    if newest is None:
        return None
    pledge = newest.pledge
    campaign = (
        _heard().filter(themes__in=raised.filter(pledges=pledge)).order_by("opens_on", "pk")[0]
    )
    theme = raised.filter(campaigns=campaign, pledges=pledge).order_by("pk")[0]
    lead = pledge.owners.select_related("organisation").get(part=PledgeOwner.Part.LEAD)
    deeds: list[rules.Entry[Any, Any]] = rules.thread(pledge.updates.all(), [])
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
                "date_text": as_told(deed.on, deed.date_text),
                "text": deed.update.what_changed,
                "source_title": deed.update.link_title,
                "source_url": deed.update.link_url,
            }
            for deed in reversed(deeds)
            if deed.update
        ],
    }


def _newest_updates() -> list[dict[str, Any]]:
    """The newest deeds in their newest words. To correct an old one is no news."""
    deeds = _newest(PledgeUpdate.objects.public(), "pledge")
    deeds += _newest(ActionUpdate.objects.public(), "action")
    deeds.sort(key=lambda pair: pair[1].on, reverse=True)
    return [
        {
            "title": thing.title,
            "url": thing.get_absolute_url(),
            "date": as_told(deed.on, deed.date_text),
            "text": deed.update.what_changed,
        }
        for thing, deed in deeds[:3]
    ]


def _newest(updates: Any, noun: str) -> list[tuple[Any, Any]]:
    """The three newest deeds of a log, each with the pledge or action it was for."""
    first_words = updates.filter(corrects__isnull=True).order_by("-published_on", "-pk")
    whole = updates.filter(**{f"{noun}__in": first_words.values(noun)[:3]}).select_related(noun)
    deeds: list[rules.Entry[Any, Any]] = rules.thread(whole, [])
    return [(getattr(deed.update, noun), deed) for deed in deeds[:3]]
