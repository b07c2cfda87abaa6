"""What is known about a group, and who keeps it true: the group itself, and its name the programme."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from anchors.models import Borough, Organisation
from audit.services import record
from core.clock import london
from core.secret_links import hash_of
from notifications.services import already_told, notify, withdraw
from spaces import permissions
from spaces.models import Hirer
from spaces.services import audience, hirers, telling

FACTS = (
    "purpose",
    "usual_size",
    "responsible_adult",
    "responsible_phone",
    "deputy_name",
    "deputy_phone",
    "is_sensitive",
)
"""What a group says of itself, besides its boroughs."""


@transaction.atomic
def keep_facts(
    hirer: Hirer,
    *,
    by: User,
    now: datetime,
    seen: str,
    boroughs: Iterable[Borough],
    **facts: object,
) -> Hirer:
    """Write down what a manager says of the group, and that all of it is right today.

    `facts` are fields of Hirer as the form gives them; `is_sensitive` may only be switched on.
    `seen` is `version_of` the facts that were looked at. Raises ValidationError "changed" if
    somebody changed them since.
    """
    permissions.check_manages(by, hirer)
    hirer = _locked(hirer, seen=seen)
    facts["is_sensitive"] = hirer.is_sensitive or bool(facts["is_sensitive"])
    changed = {name for name, value in facts.items() if getattr(hirer, name) != value}
    boroughs = set(boroughs)
    if set(hirer.organisation.boroughs.all()) != boroughs:
        changed.add("boroughs")
        hirer.organisation.boroughs.set(boroughs)
    for name, value in facts.items():
        setattr(hirer, name, value)
    hirer.confirmed_on = london(now).date()
    # Whoever stands there now answers for the group, of it or not: its managers have just said so.
    hirer.responsible_left = hirer.deputy_left = False
    said = ["confirmed_on", "responsible_left", "deputy_left", "updated_at"]
    hirer.save(update_fields=[*facts, *said])
    if "is_sensitive" in changed:
        _hide(hirer.organisation)
    withdraw(_about_facts(hirer))
    if changed:
        record("spaces.hirer_changed", hirer, by=by, fields=", ".join(sorted(changed)))
    else:
        record("spaces.hirer_confirmed", hirer, by=by)
    return hirer


@transaction.atomic
def change_name(
    hirer: Hirer, *, by: User, now: datetime, seen: str, name: str, is_sensitive: bool
) -> Hirer:
    """Give a group another name, or say whether its name is private. Its managers are told.

    Raises ValidationError: "changed" as `keep_facts` does, "name_taken" if another group that does
    not ask for privacy has the name.
    """
    permissions.check_may_appoint(by, hirer)
    hirer = _locked(hirer, seen=seen)
    organisation, changed = hirer.organisation, []
    if organisation.name != name:
        changed.append("name")
    if hirer.is_sensitive != is_sensitive:
        changed.append("is_sensitive")
    if not changed:
        return hirer
    hirers.rename(organisation, name, is_private=is_sensitive)
    hirer.is_sensitive = is_sensitive
    hirer.save(update_fields=["is_sensitive", "updated_at"])
    if is_sensitive and "is_sensitive" in changed:
        _hide(organisation)
    happened = record("spaces.hirer_renamed", hirer, by=by, fields=", ".join(changed))
    notify(
        audience.managers_of_group(hirer, london(now).date()),
        "spaces/email/hirer_renamed.txt",
        {"hirer": hirer, "address": telling.full_address(hirer)},
        once=f"spaces.hirer_renamed:{happened.pk}",
        about=telling.about(hirer),
        now=now,
    )
    return hirer


def ask_to_confirm(*, now: datetime) -> int:
    """Ask groups once a year whether their facts are still right; return how many were written to.

    Run it late and nobody is missed; run it twice and nobody is asked twice.
    """
    day, asked = london(now).date(), 0
    for hirer in Hirer.objects.to_confirm(day).select_related("organisation").order_by("pk"):
        once = f"spaces.confirm_facts:{hirer.pk}:{hirer.confirmed_on}"
        managers = audience.managers_of_group(hirer, day)
        told = already_told((one.address, once) for one in managers)
        untold = [one for one in managers if (one.address, once) not in told]
        if untold:
            notify(
                untold,
                "spaces/email/confirm_facts.txt",
                {"hirer": hirer, "address": telling.facts_address(hirer)},
                once=once,
                about=_about_facts(hirer),
                now=now,
            )
            asked += 1
    return asked


def version_of(hirer: Hirer) -> str:
    """What tells one state of the facts from the next, for forms that are open for a while."""
    known = [str(getattr(hirer, name)) for name in (*FACTS, "confirmed_on")]
    where = sorted(borough.slug for borough in hirer.organisation.boroughs.all())
    return hash_of("\n".join([hirer.organisation.name, *known, *where]))


def _locked(hirer: Hirer, *, seen: str) -> Hirer:
    locked = Hirer.objects.in_turn()
    hirer = locked.select_related("organisation").get(pk=hirer.pk)
    if seen != version_of(hirer):
        raise ValidationError(
            _(
                "Somebody changed something about this group while you typed. Look at the group’s"
                " page in another tab, then send this again if it is still right."
            ),
            code="changed",
        )
    return hirer


def _hide(organisation: Organisation) -> None:
    """Addresses stay in the history of a shared computer, so they do not name the group either."""
    organisation.is_private, organisation.slug = True, hirers.free_slug("")
    organisation.save(update_fields=["is_private", "slug", "updated_at"])


def _about_facts(hirer: Hirer) -> str:
    return f"{telling.about(hirer)}:facts"
