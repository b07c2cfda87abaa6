"""What a person does in the programme, where several apps have a say."""

from dataclasses import dataclass
from functools import cached_property

from django.db import connection

from accounts.models import ProgrammeRole, User
from anchors.models import Mandate
from core.clock import today

Role = ProgrammeRole.Role
STAFF_MANDATES = {Mandate.Kind.EDITOR, Mandate.Kind.APPROVER, Mandate.Kind.HEALTH_STAFF}
GROUP_MANDATES = {Mandate.Kind.MEMBER, Mandate.Kind.MANAGER}
RUNS_A_SITE, CHAIRS = "runs_a_site", "chairs_the_coalition"

# Written by hand, as `held_on` says it of each table: put together from three querysets it took longer to
# build than to answer, on every page of whoever is signed in.
_PARTS = """
    SELECT kind FROM anchors_mandate WHERE user_id = %(user)s AND {held}
    UNION ALL
    SELECT 'runs_a_site' FROM spaces_sitemanager WHERE user_id = %(user)s AND {held}
    UNION ALL
    SELECT 'chairs_the_coalition' FROM housing_seat
     WHERE held_by_id = %(user)s AND part = 'chair' AND {held}
""".replace("{held}", "starts_on <= %(day)s AND (ends_on IS NULL OR ends_on >= %(day)s)")


@dataclass
class Duties:
    """The parts one person plays today, beside those of the programme. Asked of Postgres once, for
    every page of whoever is signed in needs them.
    """

    user: User

    @cached_property
    def _parts(self) -> frozenset[str]:
        with connection.cursor() as cursor:
            cursor.execute(_PARTS, {"user": self.user.pk, "day": today()})
            return frozenset(part for (part,) in cursor.fetchall())

    @property
    def mandates(self) -> frozenset[str]:
        return self._parts - {RUNS_A_SITE, CHAIRS}

    @property
    def runs_a_site(self) -> bool:
        return RUNS_A_SITE in self._parts

    @property
    def chairs_the_coalition(self) -> bool:
        return CHAIRS in self._parts

    @property
    def acts_for_a_group(self) -> bool:
        return not self.mandates.isdisjoint(GROUP_MANDATES)

    @property
    def acts_for_an_institution(self) -> bool:
        return not self.mandates.isdisjoint(STAFF_MANDATES)

    @property
    def writes_for_an_institution(self) -> bool:
        return Mandate.Kind.EDITOR in self.mandates

    @property
    def is_staff(self) -> bool:
        """Any part but that of a group's member or manager."""
        return (
            bool(self.user.programme_roles)
            or self.acts_for_an_institution
            or self.runs_a_site
            or self.chairs_the_coalition
        )


def duties_of(user: User) -> Duties:
    """The parts this person plays, remembered for as long as this `user` object lives: a request."""
    known = getattr(user, "_duties", None)
    if known is None:
        known = Duties(user)
        user._duties = known  # type: ignore[attr-defined]
    return known


def needs_second_factor(user: User) -> bool:
    """Every staff role needs one. Members and managers of community groups may have one."""
    return duties_of(user).is_staff
