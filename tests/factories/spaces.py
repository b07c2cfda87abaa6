from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import factory
from allauth.mfa.models import Authenticator
from factory.django import DjangoModelFactory

from accounts.models import ProgrammeRole, User
from anchors.models import Mandate, Organisation
from spaces.models import (
    AgreementVersion,
    ArrivalFacts,
    Booking,
    Charge,
    Closure,
    DayException,
    Decision,
    Hirer,
    HirerDocument,
    Layout,
    Occupancy,
    OpeningRule,
    Room,
    Site,
    SiteManager,
    Space,
)
from spaces.models.agreements import hash_of_text
from spaces.rules import deciding, times
from spaces.services.prevent import Checked
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.anchors import BoroughFactory, OrganisationFactory

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""A Tuesday morning. Tests that need no real clock happen now."""


class SiteFactory(DjangoModelFactory):
    class Meta:
        model = Site
        skip_postgeneration_save = True

    name = factory.Sequence(lambda number: f"Site {number} (demo)")
    slug = factory.Sequence(lambda number: f"site-{number}")
    owner = factory.SubFactory(OrganisationFactory)
    borough = factory.SubFactory(BoroughFactory)
    district = "SE13"
    programme_decides = False
    is_published = True

    @factory.post_generation
    def getting_in(site, create, extracted, **kwargs):
        """Which door groups use; `getting_in=""` for a site that says nothing of getting in."""
        door = "Ring the bell at the side door." if extracted is None else extracted
        if create and door:
            ArrivalFacts.objects.create(site=site, door=door)

    @factory.post_generation
    def opening(site, create, extracted, **kwargs):
        """Open every day from 8 to 22, unless the test says `opening=False`."""
        if create and extracted is not False:
            OpeningRule.objects.bulk_create(
                OpeningRule(site=site, weekday=day, opens_minute=8 * 60, closes_minute=22 * 60)
                for day in range(7)
            )


class RoomFactory(DjangoModelFactory):
    class Meta:
        model = Room

    site = factory.SubFactory(SiteFactory)
    name = factory.Sequence(lambda number: f"Room {number}")


class SpaceFactory(DjangoModelFactory):
    """A published space of one room, 20 people in a circle; `rooms=[…]` for other rooms."""

    class Meta:
        model = Space
        skip_postgeneration_save = True

    site = factory.SubFactory(SiteFactory)
    slug = factory.Sequence(lambda number: f"space-{number}")
    name = factory.Sequence(lambda number: f"Space {number}")
    kind = Space.Kind.HALL
    status = Space.Status.PUBLISHED
    turnaround_minutes = 0

    @factory.post_generation
    def rooms(space, create, extracted, **kwargs):
        if create:
            space.rooms.set(
                [RoomFactory(site=space.site, name=space.name)] if extracted is None else extracted
            )

    @factory.post_generation
    def capacity(space, create, extracted, **kwargs):
        """How many people in a circle; 0 for a space without layouts."""
        if create and extracted != 0:
            Layout.objects.create(space=space, kind=Layout.Kind.CIRCLE, capacity=extracted or 20)


def on_that_day(of, day, *stretches, **facts):
    """Say of a space or a whole site from which to which hours it is open on a day; none: closed."""
    space = of if isinstance(of, Space) else None
    minutes = [(round(opens * 60), round(closes * 60)) for opens, closes in stretches]
    return DayException.objects.create(
        site=space.site if space else of, space=space, day=day, minutes=minutes, **facts
    )


class ChargeFactory(DjangoModelFactory):
    """£10 for each hour, at any time; of one space, or with `site=…` of a whole site."""

    class Meta:
        model = Charge

    class Params:
        of = None

    site = factory.LazyAttribute(lambda charge: charge.of.site)
    space = factory.SelfAttribute("of")
    pence = 1000


class HirerFactory(DjangoModelFactory):
    """A group that may book."""

    class Meta:
        model = Hirer

    organisation = factory.SubFactory(
        OrganisationFactory,
        name=factory.Sequence(lambda number: f"Group {number} (demo)"),
        slug=factory.Sequence(lambda number: f"group-{number}"),
        kind=Organisation.Kind.COMMUNITY_GROUP,
        sector=Organisation.Sector.VCSE,
        is_listed=False,
        is_private=factory.SelfAttribute("..is_sensitive"),
    )
    is_sensitive = False
    state = Hirer.State.APPROVED
    group_kind = Hirer.GroupKind.CHARITY
    purpose = "Tea and talk for carers."
    usual_size = 12
    responsible_adult = "Amina Example"
    responsible_phone = "020 7946 0123"
    confirmed_on = NOW.date()

    @factory.lazy_attribute
    def decided_by(self):
        return None if self.state == Hirer.State.REGISTERED else UserFactory()

    @factory.lazy_attribute
    def decided_at(self):
        return NOW if self.decided_by else None


class BookingFactory(DjangoModelFactory):
    """A request for two hours in a week, with the rooms it takes."""

    class Meta:
        model = Booking
        skip_postgeneration_save = True

    class Params:
        has_children = False

    ages = factory.LazyAttribute(
        lambda booking: ["5_to_11", "26_to_64"] if booking.has_children else ["26_to_64"]
    )
    space = factory.SubFactory(SpaceFactory)
    hirer = factory.SubFactory(HirerFactory)
    requested_by = factory.SubFactory(UserFactory)
    form_id = factory.LazyFunction(uuid4)
    purpose = "Carers' tea"
    attendance = 12
    starts_at = NOW.replace(hour=18) + timedelta(days=7)
    ends_at = factory.LazyAttribute(lambda booking: booking.starts_at + timedelta(hours=2))
    requested_at = factory.LazyAttribute(
        lambda booking: min(NOW - timedelta(days=1), booking.starts_at - timedelta(days=7))
    )

    @factory.lazy_attribute
    def decided_by(self):
        return None if self.state in Booking.UNDECIDED else UserFactory()

    @factory.lazy_attribute
    def decided_at(self):
        return self.requested_at + timedelta(hours=1) if self.decided_by else None

    @factory.lazy_attribute
    def reason(self):
        lives = self.state in Booking.ALIVE
        return "" if lives else Booking.Reason.OTHER

    state = Booking.State.REQUESTED

    @factory.post_generation
    def decisions(booking, create, extracted, **kwargs):
        """One step, that of the site, unless the test says which: `decisions=["site", …]`."""
        if not create or extracted is False:
            return
        said = {Booking.State.DECLINED: "declined"}.get(booking.state, "approved")
        is_said = booking.state not in Booking.UNDECIDED
        for step in extracted or ["site"]:
            Decision.objects.create(
                booking=booking,
                step=step,
                asked_at=booking.requested_at,
                due_on=deciding.due_on(booking, booking.requested_at, working_days=5),
                outcome=said if is_said else "",
                decided_by=booking.decided_by or UserFactory() if is_said else None,
                decided_at=booking.decided_at or booking.requested_at if is_said else None,
            )

    @factory.post_generation
    def occupancies(booking, create, extracted, **kwargs):
        if not create or extracted is False:
            return
        status = {
            Booking.State.REQUESTED: Occupancy.Status.PENDING,
            Booking.State.INFORMATION_NEEDED: Occupancy.Status.PENDING,
            Booking.State.APPROVED: Occupancy.Status.CONFIRMED,
            Booking.State.CONFIRMED: Occupancy.Status.CONFIRMED,
        }.get(booking.state, Occupancy.Status.RELEASED)
        starts_at, used_until = times.used_by(booking)
        for room in booking.space.rooms.all():
            Occupancy.objects.create(
                room=room,
                booking=booking,
                starts_at=starts_at,
                used_until=used_until,
                ends_at=times.taken_by(booking)[1],
                status=status,
            )


class ClosureFactory(DjangoModelFactory):
    """The whole site shut; add rooms for some of it."""

    class Meta:
        model = Closure

    site = factory.SubFactory(SiteFactory)
    starts_at = NOW.replace(hour=0) + timedelta(days=7)
    ends_at = NOW.replace(hour=0) + timedelta(days=8)


class AgreementVersionFactory(DjangoModelFactory):
    """Conditions of every site, published a month ago; `site=…` for those of one."""

    class Meta:
        model = AgreementVersion

    site = None
    number = factory.Sequence(lambda number: number + 1)
    title = "Conditions of hire"
    text = "1. Leave the room as you found it.\n2. No candles."
    sha256 = factory.LazyAttribute(lambda version: hash_of_text(version.text))
    published_at = NOW - timedelta(days=30)
    published_by = factory.LazyAttribute(
        lambda version: UserFactory() if version.published_at else None
    )


CHECKED = Checked(["speakers"], ["website"])
"""What is asked and checked of a group before it is approved."""
TICKED = {"asked": ["speakers"], "looked": ["website"]}
"""The same as the form has it."""

A_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


class HirerDocumentFactory(DjangoModelFactory):
    """An insurance that holds for half a year, accepted; `state="waiting"` for one to check."""

    class Meta:
        model = HirerDocument

    hirer = factory.SubFactory(HirerFactory)
    kind = HirerDocument.Kind.INSURANCE
    valid_until = factory.LazyAttribute(
        lambda paper: date(2027, 5, 24) if paper.kind == "insurance" else None
    )
    insurer = factory.LazyAttribute(
        lambda paper: "Thames Mutual (demo)" if paper.kind == "insurance" else ""
    )
    cover_pounds = factory.LazyAttribute(
        lambda paper: 5_000_000 if paper.kind == "insurance" else None
    )
    title = factory.LazyAttribute(lambda paper: "Lease" if paper.kind == "other" else "")
    content = A_PDF
    file_type = HirerDocument.FileType.PDF
    file_size = len(A_PDF)
    state = HirerDocument.State.ACCEPTED
    reason = factory.LazyAttribute(
        lambda paper: "It is not signed." if paper.state == "refused" else ""
    )
    added_by = factory.SubFactory(UserFactory)
    added_at = NOW - timedelta(days=30)

    @factory.lazy_attribute
    def checked_by(self):
        return None if self.state == HirerDocument.State.WAITING else UserFactory()

    @factory.lazy_attribute
    def checked_at(self):
        return self.added_at + timedelta(days=1) if self.checked_by else None


def with_second_factor(user: User) -> User:
    """The same person, who may now pass the doors that staff pass."""
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "demo"})
    return user


def a_member_of(hirer: Hirer, kind: Mandate.Kind = Mandate.Kind.MEMBER, **facts: object) -> User:
    """Somebody who has belonged to this group since long ago."""
    user: User = UserFactory(**facts)
    Mandate.objects.create(
        user=user, organisation=hirer.organisation, kind=kind, starts_on=date(2020, 1, 1)
    )
    return user


def a_manager_of(hirer: Hirer, **facts: object) -> User:
    return a_member_of(hirer, Mandate.Kind.MANAGER, **facts)


def a_site_manager_of(*sites: Site, **facts: object) -> User:
    """Somebody with a second factor who has run these sites since long ago."""
    user = with_second_factor(UserFactory(**facts))
    for site in sites:
        SiteManager.objects.create(user=user, site=site, starts_on=date(2020, 1, 1))
    return user


def a_programme_worker(**facts: object) -> User:
    """Programme staff with a second factor."""
    return with_second_factor(a_person_with(ProgrammeRole.Role.PROGRAMME_STAFF, **facts))
