"""Saying what groups read about a site: whom to ask, how to get there, and the house rules."""

from django.db import transaction

from accounts.models import User
from audit.services import record
from core.secret_links import hash_of
from spaces import permissions
from spaces.models import Site
from spaces.services import turns

WORDS = ("contact_name", "contact_email", "contact_phone", "getting_there", "house_rules")


def version_of_site_words(site: Site) -> str:
    """What tells one state of these words from the next, for forms that are open for a while."""
    return hash_of(str([getattr(site, name) for name in WORDS]))


@turns.in_turn()
@transaction.atomic
def describe_site(
    site: Site,
    *,
    by: User,
    version: str,
    contact_name: str,
    contact_email: str,
    contact_phone: str,
    getting_there: str,
    house_rules: str,
) -> bool:
    """Keep what groups read about a site; return whether anything is different.

    Nobody is written to: how groups get in is said elsewhere. Raises ValidationError
    `turns.CHANGED_MEANWHILE` if `version` is not that of the words as they are.
    """
    permissions.check_runs(by, site)
    site = Site.objects.select_for_update(no_key=True, of=("self",)).get(pk=site.pk)
    before = version_of_site_words(site)
    site.contact_name, site.contact_email = contact_name, contact_email
    site.contact_phone = contact_phone
    site.getting_there, site.house_rules = getting_there, house_rules
    if version_of_site_words(site) == before:
        return False
    if version != before:
        raise turns.changed_meanwhile()
    site.save(update_fields=[*WORDS, "updated_at"])
    record("spaces.site_described", site, by=by)
    return True
