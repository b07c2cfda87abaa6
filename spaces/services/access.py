"""Saying how one gets in and around, for those who run a site."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from accounts.models import User
from audit.services import record
from spaces import permissions
from spaces.models import AccessFact, Site, Space
from spaces.services import turns
from spaces.services.writing_down import refused_if_taken


@turns.in_turn()
@transaction.atomic
def tell_access(
    site: Site,
    *,
    space: Space | None,
    by: User,
    version: str,
    facts: Mapping[str, tuple[str, str]],
    surveyed_on: date | None,
    checked_all: bool,
) -> int:
    """Keep what is known of a site, or of one space where that differs; return how many facts are new.

    Each key to its value and a note. What is the same keeps the day on which it was checked, unless
    all was checked again; a key that is left out is told no more. `surveyed_on` may be None where
    nothing known is new. Raises ValidationError `turns.CHANGED_MEANWHILE` if `version` is not that of
    the facts as they are.
    """
    permissions.check_runs(by, site)
    Site.objects.select_for_update(no_key=True, of=("self",)).get(pk=site.pk)
    own = {fact.key: fact for fact in site.access_facts.filter(space=space)}
    nothing = (AccessFact.Value.NOT_CHECKED, "")
    before = {key: (fact.value, fact.note) for key, fact in own.items()}
    news = {
        key: fact
        for key, fact in facts.items()
        if fact != before.get(key, nothing if space is None else None)
        or (checked_all and fact[0] != AccessFact.Value.NOT_CHECKED)
    }
    gone = [fact.pk for key, fact in own.items() if key not in facts]
    if not news and not gone:
        return 0
    turns.check_seen(version, *own.values())
    site.access_facts.filter(pk__in=gone).delete()
    with refused_if_taken(
        str(turns.changed_meanwhile().message),
        constraint="an_access_fact_is_told_once",
        code=turns.CHANGED_MEANWHILE,
    ):
        for key, (value, note) in news.items():
            fact = own.get(key) or AccessFact(site=site, space=space, key=key)
            fact.value, fact.note = value, note
            is_known = value != AccessFact.Value.NOT_CHECKED
            fact.surveyed_on = surveyed_on if is_known else None
            fact.save()
    record("spaces.access_told", space or site, by=by, facts=sorted(news))
    return len(news) + len(gone)
