"""What has happened to a thing, for the page of that thing."""

from collections.abc import Collection, Mapping
from typing import Any

from django import template
from django.db.models import Model
from django.utils.translation import gettext as _

from audit.models import AuditRecord

register = template.Library()

SHOWN = 50


SAID = {"hirer": "group", "document": "paper"}
"""Words of the code that the pages call by another name."""


BY_VISITORS = frozenset(
    {
        "events.sign_up_cancelled",
        "events.signed_up",
        "spaces.fact_reported",
        "spaces.reference_answered",
    }
)
"""What people do without signing in. All else that nobody is named for, the portal does by itself."""


@register.filter
def verb_words(verb: str) -> str:
    """spaces.booking_approved -> Booking approved."""
    words = " ".join(SAID.get(word, word) for word in verb.rpartition(".")[2].split("_"))
    return words[:1].upper() + words[1:]


def what_changed(record: AuditRecord) -> str:
    """Which parts, by name, where the record says so: never anybody's words."""
    changed = record.detail.get("changed")
    return f"({changed})" if changed else ""


@register.filter
def who(record: AuditRecord) -> str:
    """The person who did it; the portal itself and people without an account have no name here."""
    if record.actor:
        return str(record.actor)
    return _("Without an account") if record.verb in BY_VISITORS else _("The portal")


@register.inclusion_tag("components/history.html")
def history(
    subject: Model,
    heading: str = "",
    empty: str = "",
    nameless: Collection[int] = (),
    instead: str = "",
    reasons: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """{% history booking %}: who did what, newest first.

    `reasons` are words for the codes that a record gives as its reason ("because").
    `nameless` are keys of people whose names the reader does not see, but the words `instead`.
    `empty` says what will be kept here, for as long as there is nothing. Whoever may see the thing
    may see this; a page that anybody may see asks `can_read_records` first.
    """
    records = AuditRecord.objects.about(subject).acts().newest_first()[:SHOWN]
    return {
        "heading": heading,
        "empty": empty,
        "records": [
            {
                "at": record.at,
                "who": instead if record.actor_id in nameless else who(record),
                "what": verb_words(record.verb),
                "detail": (reasons or {}).get(record.detail.get("because", ""))
                or what_changed(record),
            }
            for record in records
        ],
    }
