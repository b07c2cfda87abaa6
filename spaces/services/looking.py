"""Who from outside a group looked at its people. See docs/decisions/who-looked.md."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import ProgrammeRole, User
from audit.models import AuditRecord
from audit.services import record_once_a_day
from audit.templatetags.history import who
from spaces.models import Hirer

VIEWED = "spaces.personal_data_viewed"
SHOWN_FOR = timedelta(days=90)
SHOWN = 50

ROLES = (
    ProgrammeRole.Role.PROGRAMME_STAFF,
    ProgrammeRole.Role.PROGRAMME_LEAD,
    ProgrammeRole.Role.ADMINISTRATOR,
)
"""In the order in which they explain why somebody may look."""

SITE_MANAGER = "site_manager"


def note_look(hirer: Hirer, *, by: User, belongs: bool) -> None:
    """Write down, once a day, that somebody opens a page that shows people of this group.

    Whoever `belongs` to the group looks at its own. One statement, and whoever opens two pages at
    once leaves one record.
    """
    if not belongs:
        record_once_a_day(VIEWED, hirer, by=by, role=_role_of(by))


def who_looked(hirer: Hirer, *, now: datetime) -> list[dict[str, Any]]:
    """Who looked, as what and when: the newest of the last 90 days, as a history shows them."""
    looks = AuditRecord.objects.about(hirer).filter(verb=VIEWED, at__gt=now - SHOWN_FOR)
    return [
        {"at": look.at, "who": who(look), "what": _in_words(look.detail.get("role", ""))}
        for look in looks.newest_first()[:SHOWN]
    ]


def _role_of(user: User) -> str:
    held = next((role for role in ROLES if user.holds(role)), None)
    return held.value if held else SITE_MANAGER


def _in_words(role: str) -> str:
    if role in ProgrammeRole.Role.values:
        return str(ProgrammeRole.Role(role).label)
    return _("Runs a site")
