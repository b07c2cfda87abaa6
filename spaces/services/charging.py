"""What a site charges, said by those who run it."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from core.clock import london
from spaces import permissions
from spaces.models import Charge, Site, Space
from spaces.services import turns


@turns.in_turn()
@transaction.atomic
def set_price(
    site: Site,
    *,
    by: User,
    now: datetime,
    what: str,
    per: str,
    when: str,
    pence: int,
    starts_on: date,
    ends_on: date | None = None,
    space: Space | None = None,
    version: str | None = None,
) -> Charge:
    """Charge this from a day on, or say that it is free. What was charged for the same ends the day
    before, and goes on after `ends_on`.

    Raises ValidationError "later_price" if another price for the same begins after that day,
    `turns.CHANGED_MEANWHILE` if `version` is told and not that of the prices of the site.
    """
    permissions.check_runs(by, site)
    _check_not_past(starts_on, now=now)
    _hold(site)
    turns.check_seen(version, *site.charges.all())
    same = site.charges.filter(space=space, what=what, when=when)
    later = same.filter(valid_from__gt=starts_on)
    if ends_on is not None:
        later = later.filter(valid_from__lte=ends_on)
    if later.exists():
        raise ValidationError(
            _("Another price for this starts later. End that price first."),
            code="later_price",
        )
    for old in same.valid_on(starts_on):
        ended, last = old.pk, old.valid_until
        if old.valid_from == starts_on:
            old.delete()
        else:
            old.valid_until = starts_on - timedelta(days=1)
            old.save()
        record("spaces.price_ended", space or site, by=by, charge=ended)
        if ends_on is not None and (last is None or last > ends_on):
            old.pk, old._state.adding = None, True
            old.valid_from, old.valid_until = ends_on + timedelta(days=1), last
            old.save()
    charge = Charge.objects.create(
        site=site,
        space=space,
        what=what,
        per=per,
        when=when,
        pence=pence,
        valid_from=starts_on,
        valid_until=ends_on,
    )
    record("spaces.price_set", space or site, by=by, charge=charge.pk, pence=pence)
    return charge


@turns.in_turn()
@transaction.atomic
def end_price(
    charge: Charge, *, by: User, now: datetime, ends_on: date, version: str | None = None
) -> None:
    """Charge this no more after a day; one that has not begun by then never will.

    It is not taken away: what a booking of that time was told stays true. Raises ValidationError
    `turns.GONE` if somebody else has ended it meanwhile before it began, `turns.CHANGED_MEANWHILE`
    if `version` is told and not that of the price as it is.
    """
    permissions.check_runs(by, charge.site)
    _hold(charge.site)
    turns.check_there(charge, version)
    charge.refresh_from_db()
    today = london(now).date()
    if ends_on < today:
        raise ValidationError(_("Choose today or a later day."), code="past")
    if charge.valid_until is not None and charge.valid_until < ends_on:
        raise ValidationError(_("This price ends before that day already."), code="ended")
    record("spaces.price_ended", charge.space or charge.site, by=by, charge=charge.pk)
    if charge.valid_from is not None and charge.valid_from > ends_on:
        charge.delete()
    else:
        charge.valid_until = ends_on
        charge.save()


def _hold(site: Site) -> None:
    """Two people who set prices of one site queue here."""
    Site.objects.select_for_update(no_key=True, of=("self",)).get(pk=site.pk)


def _check_not_past(day: date, *, now: datetime) -> None:
    if day < london(now).date():
        raise ValidationError(_("Choose today or a later day."), code="past")
