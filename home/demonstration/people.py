"""Demonstration people: one for each part in the programme. All are made up.

Nobody knows a password or a second factor of theirs: the page “Try it as…” is the only way in, and
it exists only in demonstration mode.
"""

from dataclasses import dataclass
from datetime import date

from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from accounts.models import ProgrammeRole, User
from home.demonstration.world import World

Role = ProgrammeRole.Role


@dataclass(frozen=True)
class CastMember:
    """One demonstration person: the key other modules use, who they are, and what they can do."""

    key: str
    name: str
    part: str
    can: str
    roles: tuple[ProgrammeRole.Role, ...] = ()
    needs_second_factor: bool = True

    @property
    def email(self) -> str:
        return f"{self.key.replace('_', '.')}@example.org"


CAST = (
    CastMember(
        "hirer_manager",
        "Amina Yusuf",
        "Manager of a community group",
        "finds a room, asks for it, and looks after the group’s people",
        needs_second_factor=False,
    ),
    CastMember(
        "hirer_member",
        "Tom Bright",
        "Member of a community group",
        "asks for rooms for the group and sees its bookings",
        needs_second_factor=False,
    ),
    CastMember(
        "other_hirer_manager",
        "Rosa Delgado",
        "Manager of another community group",
        "sees only her own group’s bookings",
        needs_second_factor=False,
    ),
    CastMember(
        "site_manager",
        "Kwame Boateng",
        "Site manager",
        "approves or declines requests for the two sites he runs",
    ),
    CastMember(
        "other_site_manager",
        "Joan Pike",
        "Site manager of another site",
        "sees only the site she runs",
    ),
    CastMember(
        "institution_editor",
        "Priya Nair",
        "Editor for an anchor institution",
        "writes updates on her own institution’s pledges",
    ),
    CastMember(
        "institution_approver",
        "Daniel Osei",
        "Approver for an anchor institution",
        "reads his own institution’s pledges and is told of updates",
    ),
    CastMember(
        "health_staff",
        "Mary Flynn",
        "Health staff of an institution",
        "reads the housing plan and the rooms",
    ),
    CastMember(
        "facilitator",
        "Carlos Mendes",
        "Facilitator",
        "sees how many people were heard, and where",
        (Role.FACILITATOR,),
    ),
    CastMember(
        "listening_editor",
        "Grace Adeyemi",
        "Listening editor",
        "reads what residents said",
        (Role.LISTENING_EDITOR,),
    ),
    CastMember(
        "safeguarding_lead",
        "Helen Marsh",
        "Safeguarding lead",
        "reads answers to keep people safe",
        (Role.SAFEGUARDING_LEAD,),
    ),
    CastMember(
        "coalition_chair",
        "Yasmin Rahman",
        "Chair of the Housing Coalition",
        "writes updates on the housing plan",
    ),
    CastMember(
        "programme_staff",
        "Ben Clarke",
        "Programme staff",
        "approves groups, keeps the pledges true, looks after messages",
        (Role.PROGRAMME_STAFF,),
    ),
    CastMember(
        "programme_lead",
        "Ngozi Eze",
        "Programme lead",
        "sees how everything stands",
        (Role.PROGRAMME_LEAD,),
    ),
    CastMember(
        "board_viewer",
        "Alan Wood",
        "Board viewer",
        "reads what the public reads, signed in",
        (Role.BOARD_VIEWER,),
    ),
    CastMember(
        "administrator",
        "Sam Lee",
        "Administrator",
        "gives and ends roles, and looks after the tables",
        (Role.ADMINISTRATOR,),
    ),
)


def load(world: World) -> None:
    started = date(world.today.year - 2, 1, 1)
    for member in CAST:
        person = User.objects.create_user(member.email, name=f"{member.name} (demo)")
        EmailAddress.objects.create(user=person, email=member.email, verified=True, primary=True)
        for role in member.roles:
            ProgrammeRole.objects.create(user=person, role=role, starts_on=started)
        if member.needs_second_factor:
            # A secret that nobody has seen: the rule that staff have a second factor holds.
            TOTP.activate(person, generate_totp_secret())
            RecoveryCodes.activate(person)
        world.people[member.key] = person
