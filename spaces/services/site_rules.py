"""How requests for the rooms of a site are decided, and how early they must come."""

from collections.abc import Iterable

from django.db import transaction

from accounts.models import User
from audit.services import record
from core.secret_links import hash_of
from spaces import permissions
from spaces.models import Site, Space
from spaces.services import turns

Policy = Space.PendingPolicy

RULES = (
    "programme_decides",
    "trusts_groups",
    "min_notice_hours",
    "horizon_weeks",
    "cancel_notice_working_days",
)


def competing_at(site: Site) -> list[Space]:
    """Where several groups may ask for the same time."""
    return list(site.spaces.filter(pending_policy=Policy.COMPETE).order_by("name", "pk"))


def version_of_rules(site: Site) -> str:
    """What tells one state of the rules from the next, for forms that are open for a while."""
    competing = sorted(space.pk for space in competing_at(site))
    said = [*(getattr(site, name) for name in RULES), *competing]
    return hash_of("\n".join(map(str, said)))


@turns.in_turn()
@transaction.atomic
def set_rules_of_asking(
    site: Site,
    *,
    by: User,
    seen: str,
    trusts_groups: bool,
    competing: Iterable[Space],
    min_notice_hours: int,
    horizon_weeks: int,
    cancel_notice_working_days: int,
    programme_decides: bool | None = None,
) -> Site:
    """Keep the rules for what is asked from now on; what was asked for already stays as it is.

    Whether the programme decides too is the programme's to say: others hand in None, and it stays.
    Raises ValidationError `turns.CHANGED_MEANWHILE` if `seen` is not the version of the rules as
    they are.
    """
    permissions.check_may_set_rules(by, site)
    site = Site.objects.select_for_update(no_key=True, of=("self",)).get(pk=site.pk)
    before = version_of_rules(site)
    if programme_decides is not None:
        permissions.check_may_say_who_decides(by)
        site.programme_decides = programme_decides
    site.trusts_groups = trusts_groups
    site.min_notice_hours = min_notice_hours
    site.horizon_weeks = horizon_weeks
    site.cancel_notice_working_days = cancel_notice_working_days
    site.save(update_fields=[*RULES, "updated_at"])
    compete = [space.pk for space in competing]
    spaces = site.spaces.all()
    spaces.filter(pk__in=compete).update(pending_policy=Policy.COMPETE)
    spaces.exclude(pk__in=compete).update(pending_policy=Policy.HOLD)
    if version_of_rules(site) == before:
        return site
    if seen != before:
        raise turns.changed_meanwhile()
    record("spaces.rules_of_asking_set", site, by=by)
    return site
