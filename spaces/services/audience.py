"""Who hears about a booking, a group or a site."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import F

from accounts.models import ProgrammeRole, User
from anchors.models import Mandate
from core.clock import london
from notifications.models import Recipient
from spaces import permissions
from spaces.models import Booking, Decision, Hirer, Site, SiteManager
from spaces.models.hirers import GROUP_KINDS


def people_of_groups(bookings: Iterable[Booking], day: date) -> dict[int, list[Recipient]]:
    """For each booking, by its key: the managers of the group, and whoever asked."""
    asked = {one.pk: (one.hirer.organisation_id, one.requested_by_id) for one in bookings}
    return people_who_asked(asked, day)


def people_who_asked(
    asked: Mapping[int, tuple[int, int | None]], day: date
) -> dict[int, list[Recipient]]:
    """The same of bookings that are not read whole: for each, its organisation and who asked.

    Somebody who asked and no longer belongs to the group hears nothing more of it. One query,
    however many bookings.
    """
    mandates = Mandate.objects.current(day).filter(
        kind__in=[Mandate.Kind.MEMBER, Mandate.Kind.MANAGER],
        organisation__in={organisation for organisation, _asked_by in asked.values()},
        user__is_active=True,
    )
    people = (
        User.objects.filter(mandates__in=mandates)
        .annotate(organisation=F("mandates__organisation"), kind=F("mandates__kind"))
        .only("email", "language", "name")
    )
    of_organisation: dict[int, list[Any]] = {}  # people with two annotations more
    for person in people:
        of_organisation.setdefault(person.organisation, []).append(person)
    return {
        key: recipients_of(
            person
            for person in of_organisation.get(organisation, [])
            if person.kind == Mandate.Kind.MANAGER or person.pk == asked_by
        )
        for key, (organisation, asked_by) in asked.items()
    }


def people_of_group(booking: Booking, day: date) -> list[Recipient]:
    return people_of_groups([booking], day)[booking.pk]


def managers_of_group(hirer: Hirer, day: date) -> list[Recipient]:
    mandates = Mandate.objects.current(day).filter(
        kind=Mandate.Kind.MANAGER, organisation=hirer.organisation_id
    )
    return recipients_of(User.objects.filter(mandates__in=mandates, is_active=True))


def people_of_site(site: Site, day: date) -> list[Recipient]:
    """Those who run the site today, and its contact address."""
    managers = SiteManager.objects.current(day).filter(site=site)
    told = recipients_of(User.objects.filter(managed_sites__in=managers, is_active=True))
    if site.contact_email and site.contact_email.lower() not in {one.address for one in told}:
        # An office, not a person: nobody is greeted as "The site office".
        told.append(Recipient(address=site.contact_email.lower()))
    return told


def people_who_decide(
    site: Site, day: date, *, apart_from: Booking | None = None
) -> list[Recipient]:
    """Those who run the site, without those whose own booking it is, who may not decide about it.

    When that leaves nobody who could sign in and decide, programme staff stand in.
    """
    told = without_own(people_of_site(site, day), apart_from)
    if not any(one.user for one in told):
        told += without_own(programme_staff(day), apart_from)
    return told


def people_of_step(booking: Booking, step: str, day: date) -> list[Recipient]:
    """Those who can take one step of the decision, without those whose own booking it is."""
    if step == Decision.Step.SITE:
        told = people_who_decide(booking.space.site, day, apart_from=booking)
        return _without_who_took_the_call(told, booking, day)
    if step == Decision.Step.PROGRAMME:
        staff = without_own(programme_staff(day), booking)
        others = without_call_taker(staff, booking)
        if len(others) == len(staff):
            return staff
        # Nobody takes two steps, so who has taken one is not somebody else for this.
        said = set(booking.decisions.current().values_list("decided_by", flat=True))
        return others if any(one.user and one.user.pk not in said for one in others) else staff
    return without_own(people_with(ProgrammeRole.Role.SAFEGUARDING_LEAD, day), booking)


def _without_who_took_the_call(
    told: list[Recipient], booking: Booking, day: date
) -> list[Recipient]:
    """The same as `Decision.objects.left_to_others_by`: where nobody else runs the site, programme staff
    say its yes, unless somebody has to look at the booking beside the site anyway.
    """
    if not booking.caller_name:
        return told
    of_the_site = without_call_taker(told, booking)
    if any(one.user for one in of_the_site):
        return of_the_site
    beside = booking.decisions.current().filter(is_automatic=False)
    staff = without_call_taker(without_own(programme_staff(day), booking), booking)
    if beside.exclude(step=Decision.Step.SITE).exists() or not staff:
        return told
    return of_the_site + staff


def without_call_taker(people: list[Recipient], booking: Booking) -> list[Recipient]:
    """Without whoever took the call, of a booking for a group that telephoned."""
    if not booking.caller_name:
        return people
    return [one for one in people if not one.user or one.user.pk != booking.requested_by_id]


def programme_staff(day: date) -> list[Recipient]:
    return people_with(ProgrammeRole.Role.PROGRAMME_STAFF, day)


def people_with(role: ProgrammeRole.Role, day: date) -> list[Recipient]:
    roles = ProgrammeRole.objects.current(day).filter(role=role)
    return recipients_of(User.objects.filter(roles__in=roles, is_active=True))


def people_who_decide_about(hirer: Hirer, day: date) -> list[Recipient]:
    """Programme staff, without those who belong to the group or once did."""
    return [
        one
        for one in programme_staff(day)
        if one.user and permissions.may_decide_about_hirer(one.user, hirer)
    ]


def without_own(people: list[Recipient], booking: Booking | None) -> list[Recipient]:
    """Without those who may not decide about a booking: the same as `Booking.objects.own_of`."""
    if booking is None:
        return people
    of_the_group = Mandate.objects.since(london(booking.requested_at).date()).filter(
        kind__in=GROUP_KINDS, organisation=booking.hirer.organisation_id
    )
    may_not = set(of_the_group.values_list("user", flat=True))
    if not booking.caller_name and booking.requested_by_id:
        may_not.add(booking.requested_by_id)
    return [one for one in people if one.user is None or one.user.pk not in may_not]


def recipients_of(users: Iterable[User]) -> list[Recipient]:
    people = {user.pk: user for user in users}
    return [Recipient.of(people[pk]) for pk in sorted(people)]
