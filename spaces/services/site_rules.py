"""How requests for the rooms of a site are decided, and how early they must come."""

from collections.abc import Iterable

from django.db import transaction

from accounts.models import User
from audit.services import record
from spaces import permissions
from spaces.models import Site, Space

Policy = Space.PendingPolicy


@transaction.atomic
def set_rules_of_asking(
    site: Site,
    *,
    by: User,
    trusts_groups: bool,
    competing: Iterable[Space],
    min_notice_hours: int,
    horizon_weeks: int,
    cancel_notice_working_days: int,
    programme_decides: bool | None = None,
) -> Site:
    """Keep the rules for what is asked from now on; what was asked for already stays as it is.

    Whether the programme decides too is the programme's to say: others hand in None.
    """
    permissions.check_may_set_rules(by, site)
    if programme_decides is not None:
        permissions.check_may_say_who_decides(by)
        site.programme_decides = programme_decides
    site.trusts_groups = trusts_groups
    site.min_notice_hours = min_notice_hours
    site.horizon_weeks = horizon_weeks
    site.cancel_notice_working_days = cancel_notice_working_days
    site.save(
        update_fields=[
            "programme_decides",
            "trusts_groups",
            "min_notice_hours",
            "horizon_weeks",
            "cancel_notice_working_days",
            "updated_at",
        ]
    )
    compete = [space.pk for space in competing]
    spaces = site.spaces.all()
    spaces.filter(pk__in=compete).update(pending_policy=Policy.COMPETE)
    spaces.exclude(pk__in=compete).update(pending_policy=Policy.HOLD)
    record("spaces.rules_of_asking_set", site, by=by)
    return site
