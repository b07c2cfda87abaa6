"""Who may do what with groups and bookings. When something may happen is told by the rules."""

from collections.abc import Collection, Iterable

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import ProgrammeRole, User
from anchors.models import Mandate, Organisation
from core.clock import today
from spaces.models import (
    Booking,
    Decision,
    Hirer,
    HirerAppeal,
    HirerDocument,
    Hold,
    Site,
    SiteRequirement,
    Space,
    SpaceOffer,
)
from spaces.models.ages import people_at_risk

ABOUT_SAFEGUARDING = frozenset(
    {SiteRequirement.Kind.SAFEGUARDING.value, SiteRequirement.Kind.PEOPLE_CHECK.value}
)
"""What the safeguarding lead may look past, when nothing else is missing."""


def is_programme_staff(user: User) -> bool:
    return user.holds(ProgrammeRole.Role.PROGRAMME_STAFF)


def may_see_unmet_demand(user: User) -> bool:
    return user.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.PROGRAMME_LEAD)


def belongs_to(user: User, hirer: Hirer) -> bool:
    """Say whether this person is a member or manager of the group today."""
    return Hirer.objects.of_member(user).filter(pk=hirer.pk).exists()


def ever_belonged(user: User, hirer: Hirer) -> bool:
    """Say whether this person registered the group, or belongs to it or once did: others decide
    about it and its papers.
    """
    return Hirer.objects.ever_of(user).filter(pk=hirer.pk).exists()


def is_own(user: User, booking: Booking) -> bool:
    """Say whether this person asked for a booking, or belonged to its group then or since: others
    decide about it.
    """
    return Booking.objects.own_of(user).filter(pk=booking.pk).exists()


def knows_group(user: User, hirer: Hirer) -> bool:
    """Say whether this person may read the name of a group that asks for privacy: its own people
    and the programme. Whoever runs a site lets a private group in without knowing it.

    The safeguarding lead knows a group that brings children or adults at risk.
    """
    if Hirer.objects.visible_to(user).filter(pk=hirer.pk).exists():
        return True
    return (
        user.holds(ProgrammeRole.Role.SAFEGUARDING_LEAD)
        and hirer.bookings.filter(people_at_risk()).exists()
    )


def counts_all_late(user: User, hirer: Hirer) -> bool:
    """Say whether this person reads how often a group cancelled late anywhere: its own people, and
    the programme. Whoever runs a site reads of their own rooms.
    """
    return Hirer.objects.visible_to(user).filter(pk=hirer.pk).exists()


def reads_people(user: User, hirer: Hirer) -> bool:
    """Say whether a page with a group's people shows them to this person, who may see the page."""
    return not hirer.is_sensitive or knows_group(user, hirer)


def check_may_write_to_group(user: User, booking: Booking) -> None:
    if not looks_after(user, booking.space.site):
        raise PermissionDenied(_("Only the people who run this site can do this."))


def check_may_say_how_to_get_in(user: User, site: Site) -> None:
    if not looks_after(user, site):
        raise PermissionDenied(_("Only the people who run this site can say how groups get in."))


def manages(user: User, hirer: Hirer) -> bool:
    managed = Organisation.objects.acted_for_by(user, Mandate.Kind.MANAGER)
    return managed.filter(pk=hirer.organisation_id).exists()


def looks_after(user: User, site: Site) -> bool:
    """Say whether this person runs the site today, or is programme staff, who stand in for all."""
    return is_programme_staff(user) or Site.objects.managed_by(user).filter(pk=site.pk).exists()


def check_has_work_at_sites(user: User) -> None:
    if not Site.objects.visible_to(user).exists():
        raise PermissionDenied(_("Only people who run a site have work here."))


def check_runs(user: User, site: Site) -> None:
    if not looks_after(user, site):
        raise PermissionDenied(
            _("Only the people who run this site can change its hours and prices.")
        )


def may_describe(user: User, space: Space) -> bool:
    """Say whether this person may show and describe the space: its photographs, say."""
    if looks_after(user, space.site):
        return True
    return SpaceOffer.objects.filter(site=space.site_id, by=user).open().exists()


def check_may_describe(user: User, space: Space) -> None:
    if not may_describe(user, space):
        raise PermissionDenied(
            _(
                "Only the people who run this site can change its photographs. Whoever offers its"
                " rooms can while the offer is open."
            )
        )


def check_belongs(user: User, hirer: Hirer) -> None:
    if not belongs_to(user, hirer):
        raise PermissionDenied(_("Only people of this group can say what it needs."))


def reads_needs(user: User, hirer: Hirer) -> bool:
    """What a group needs is for its own people and for programme staff."""
    return is_programme_staff(user) or belongs_to(user, hirer)


def reads_needs_of_booking(user: User, booking: Booking, *, is_over: bool) -> bool:
    """And for the people of the site, as long as the group may still come and opened itself to it.

    For a private group the programme alone asks by telephone, so no call of a site opens it.
    """
    if reads_needs(user, booking.hirer):
        return True
    is_coming = booking.is_alive and not is_over
    if not (is_coming and looks_after(user, booking.space.site)):
        return False
    return booking.hirer.is_sensitive or opened_itself(booking)


def reads_contact(user: User, booking: Booking) -> bool:
    """Say whether this person, who sees the booking, sees whom to call: of a private group the
    programme alone, of others the site too, once the group opened itself to it.
    """
    if knows_group(user, booking.hirer):
        return True
    return not booking.hirer.is_sensitive and opened_itself(booking)


def opened_itself(booking: Booking) -> bool:
    """Say whether the group itself wanted this booking or another one at the site."""
    return Booking.objects.filter(pk=booking.pk).opening_their_group().exists()


def may_offer_for(user: User) -> list[Organisation]:
    """The organisations that this person manages or edits for, by name."""
    own = Organisation.objects.acted_for_by(user, Mandate.Kind.MANAGER, Mandate.Kind.EDITOR)
    return list(own.order_by("name", "pk"))


def check_offers(user: User, offer: SpaceOffer) -> None:
    if offer.by_id != user.pk:
        raise PermissionDenied(_("Only whoever offers these rooms can change this."))


def may_decide_about_offer(user: User, offer: SpaceOffer) -> bool:
    return is_programme_staff(user) and not _offers_for(user, offer)


def check_may_decide_about_offer(user: User, offer: SpaceOffer) -> None:
    """Programme staff decide, but nobody about what they or their own organisation offer."""
    if not is_programme_staff(user):
        raise PermissionDenied(_("Only programme staff can decide about an offer."))
    if _offers_for(user, offer):
        raise PermissionDenied(
            _(
                "You or your organisation offer these rooms, or you belonged to it once. So somebody"
                " else must decide."
            )
        )


def _offers_for(user: User, offer: SpaceOffer) -> bool:
    return SpaceOffer.objects.own_of(user).filter(pk=offer.pk).exists()


def acts_for(user: User, organisation: Organisation) -> bool:
    """Say whether this person acts for an organisation today, in any way."""
    return Organisation.objects.acted_for_by(user).filter(pk=organisation.pk).exists()


def invites(user: User) -> bool:
    """Say whether this person may invite groups at all."""
    return is_programme_staff(user) or Site.objects.managed_by(user).exists()


def check_invites(user: User) -> None:
    if not invites(user):
        raise PermissionDenied(_("Only programme staff and people who run a site invite groups."))


def check_may_invite_groups(user: User, space: Space | None) -> None:
    """Programme staff invite for any room or none; who runs a site, for its rooms alone."""
    if not (looks_after(user, space.site) if space else is_programme_staff(user)):
        raise PermissionDenied(_("Only the people who run this site can invite groups for it."))


def check_may_set_rules(user: User, site: Site) -> None:
    if not looks_after(user, site):
        raise PermissionDenied(_("Only the people who run this site can set its rules."))


def check_may_say_who_decides(user: User) -> None:
    if not is_programme_staff(user):
        raise PermissionDenied(_("Only programme staff say where the programme decides too."))


def check_may_ask(user: User, hirer: Hirer) -> None:
    if not belongs_to(user, hirer):
        raise PermissionDenied(_("Only people of a group can ask for a room for it."))


def check_may_ask_for_group(user: User, space: Space, hirer: Hirer) -> None:
    """Whoever looks after a site asks for a group that telephones. Who belongs to it asks as usual,
    and a group that asks for privacy is known to the programme alone.
    """
    check_may_answer_telephone(user, space)
    if hirer.is_sensitive and not knows_group(user, hirer):
        raise PermissionDenied(_("Only programme staff can ask for this group."))
    if belongs_to(user, hirer):
        raise PermissionDenied(_("You belong to this group, so ask for the room as usual."))


def check_may_answer_telephone(user: User, space: Space) -> None:
    if not looks_after(user, space.site):
        raise PermissionDenied(
            _("Only the people who run this site can ask for a group that telephones.")
        )


def check_holds(user: User, hold: Hold) -> None:
    if hold.held_by_id != user.pk:
        raise PermissionDenied(_("Only whoever keeps this room can let it go."))


def step_of(user: User, booking: Booking, decisions: Iterable[Decision]) -> Decision | None:
    """The step that this person may take now, of those that are open; nobody takes a second one.

    First what is theirs alone: their own site, then safeguarding, then the programme. Programme
    staff stand in for a site last. Who asked for a group that telephoned leaves the yes of the site, and
    that of the programme, to others, where there are any.
    """
    decisions = list(decisions)
    if is_own(user, booking) or any(one.decided_by_id == user.pk for one in decisions):
        return None
    runs_site = Site.objects.managed_by(user).filter(pk=booking.space.site_id).exists()
    order = [Decision.Step.SAFEGUARDING, Decision.Step.PROGRAMME, Decision.Step.SITE]
    if runs_site:
        order.insert(0, order.pop())
    open_to = {
        one.step: one
        for one in decisions
        if not one.outcome and _may_take(user, one, runs_site=runs_site)
    }
    if took_the_call(user, booking):
        left = Decision.objects.filter(pk__in=[one.pk for one in open_to.values()])
        for one in left.left_to_others_by(user, today()):
            del open_to[Decision.Step(one.step)]
    return next((open_to[step] for step in order if step in open_to), None)


def took_the_call(user: User, booking: Booking) -> bool:
    """Say whether this person asked for it, for a group that telephoned."""
    return bool(booking.caller_name) and booking.requested_by_id == user.pk


def _may_take(user: User, decision: Decision, *, runs_site: bool) -> bool:
    """Programme staff stand in for every site, and the programme lead for whoever is late."""
    if decision.step == Decision.Step.SITE:
        if runs_site or is_programme_staff(user):
            return True
        return decision.escalated_at is not None and user.holds(ProgrammeRole.Role.PROGRAMME_LEAD)
    role = {
        Decision.Step.PROGRAMME: ProgrammeRole.Role.PROGRAMME_STAFF,
        Decision.Step.SAFEGUARDING: ProgrammeRole.Role.SAFEGUARDING_LEAD,
    }[Decision.Step(decision.step)]
    stands_in = user.holds(ProgrammeRole.Role.PROGRAMME_LEAD)
    return user.holds(role) or (decision.escalated_at is not None and stands_in)


def decides(user: User, booking: Booking, decisions: Iterable[Decision]) -> bool:
    """Say whether this person is one of those who decide about a booking, now or before."""
    runs_site = Site.objects.managed_by(user).filter(pk=booking.space.site_id).exists()
    may = any(_may_take(user, one, runs_site=runs_site) for one in decisions)
    return may and not is_own(user, booking)


def check_decides(user: User, booking: Booking, decisions: Iterable[Decision]) -> None:
    """Each step has its people, but nobody decides for their own group, nor for one they left."""
    if is_own(user, booking):
        raise _somebody_else_must_decide()
    if not decides(user, booking, decisions):
        raise PermissionDenied(_("Only those who are asked to can decide about this booking."))


def answers(user: User, booking: Booking, decisions: Iterable[Decision]) -> bool:
    """The group answers; those who decide write down what it said on the telephone."""
    return belongs_to(user, booking.hirer) or decides(user, booking, decisions)


def check_answers(user: User, booking: Booking, decisions: Iterable[Decision]) -> None:
    if not answers(user, booking, decisions):
        raise PermissionDenied(_("Only people of this group can answer for it."))


def may_run(user: User, booking: Booking) -> bool:
    """Say whether this person looks after a booking for its site: never one of their own."""
    return looks_after(user, booking.space.site) and not is_own(user, booking)


def check_may_run(user: User, booking: Booking) -> None:
    if not looks_after(user, booking.space.site):
        raise PermissionDenied(_("Only the people who run this site can decide about its rooms."))
    if is_own(user, booking):
        raise _somebody_else_must_decide()


def check_may_change(user: User, booking: Booking) -> None:
    """Its own group, and the people of the site for a group that telephones."""
    if not belongs_to(user, booking.hirer):
        check_may_run(user, booking)


def may_reinstate(user: User, booking: Booking) -> bool:
    """What a group gave back it alone brings back; what was refused, those who run the site."""
    if booking.state == Booking.State.CANCELLED_BY_HIRER:
        return belongs_to(user, booking.hirer)
    return may_run(user, booking)


def check_may_reinstate(user: User, booking: Booking) -> None:
    if not may_reinstate(user, booking):
        raise PermissionDenied(
            _("Only the group brings back what it cancelled; all else, who runs the site.")
        )


def _somebody_else_must_decide() -> PermissionDenied:
    return PermissionDenied(
        _(
            "You belong to this group, or did when it asked for this room. So somebody else must"
            " decide about it."
        )
    )


def may_decide_about_hirer(user: User, hirer: Hirer) -> bool:
    return is_programme_staff(user) and not ever_belonged(user, hirer)


def check_may_decide_about_hirer(user: User, hirer: Hirer) -> None:
    if not is_programme_staff(user):
        raise PermissionDenied(_("Only programme staff can decide about a group."))
    if ever_belonged(user, hirer):
        raise PermissionDenied(
            _("You belong to this group, or once did, so somebody else must decide.")
        )


def may_decide_appeal(user: User, appeal: HirerAppeal) -> bool:
    found = HirerAppeal.objects.to_decide_by(user).filter(pk=appeal.pk)
    return is_programme_staff(user) and found.exists()


def check_is_somebody_else(user: User, appeal: HirerAppeal) -> None:
    """Whoever decided about a group or an appeal of it is not the one who looks at it again."""
    if Hirer.objects.judged_by(user).filter(pk=appeal.hirer_id).exists():
        raise PermissionDenied(
            _("You decided about this group before, so somebody else must look at it again.")
        )


def check_may_appeal(user: User, hirer: Hirer) -> None:
    if not belongs_to(user, hirer):
        raise PermissionDenied(_("Only people of this group can appeal for it."))


def check_manages(user: User, hirer: Hirer) -> None:
    if not manages(user, hirer):
        raise PermissionDenied(_("Only a manager of this group can do this."))


def may_invite(user: User, hirer: Hirer) -> bool:
    """A manager of the group; while it has none, programme staff who never belonged to it."""
    return manages(user, hirer) or (
        may_appoint(user, hirer)
        and Hirer.objects.without_a_manager(today()).filter(pk=hirer.pk).exists()
    )


def check_may_invite(user: User, hirer: Hirer) -> None:
    if not may_invite(user, hirer):
        raise PermissionDenied(_("Only a manager of this group can do this."))


def may_appoint(user: User, hirer: Hirer) -> bool:
    return may_decide_about_hirer(user, hirer)


def check_may_appoint(user: User, hirer: Hirer) -> None:
    """Programme staff help a group to a manager, but nobody helps their own group."""
    if not may_appoint(user, hirer):
        raise PermissionDenied(_("Only programme staff from outside the group can do this."))


def may_check_papers(user: User, hirer: Hirer) -> bool:
    return is_programme_staff(user) and not ever_belonged(user, hirer)


def check_may_check_papers(user: User, hirer: Hirer) -> None:
    """Programme staff check papers, but nobody those of their own group, nor of one they left."""
    if not is_programme_staff(user):
        raise PermissionDenied(_("Only programme staff can check papers."))
    if ever_belonged(user, hirer):
        raise PermissionDenied(
            _("You belong to this group, or once did, so somebody else must check its papers.")
        )


def check_did_not_add(user: User, document: HirerDocument) -> None:
    if document.added_by_id == user.pk:
        raise PermissionDenied(_("You added this paper, so somebody else must check it."))


def check_may_accept(user: User, booking: Booking) -> None:
    if not belongs_to(user, booking.hirer):
        raise PermissionDenied(_("Only people of this group can accept the conditions for it."))


def writes_agreements(user: User) -> bool:
    """Say whether this person may write conditions of hire at all."""
    return is_programme_staff(user) or Site.objects.managed_by(user).exists()


def may_write_agreement(user: User, site: Site | None) -> bool:
    """Programme staff write the conditions of every site; whoever runs a site, those of that one."""
    return looks_after(user, site) if site else is_programme_staff(user)


def check_may_write_agreement(user: User, site: Site | None) -> None:
    if not may_write_agreement(user, site):
        raise PermissionDenied(_("Only the people who run this site can write its conditions."))


def may_confirm_despite(user: User, booking: Booking, missing: Collection[str]) -> bool:
    """Programme staff may; the safeguarding lead where only safeguarding is missing. `missing`: kinds.

    Nobody for their own group, and nobody else, administrators included.
    """
    if is_own(user, booking):
        return False
    if is_programme_staff(user):
        return True
    is_theirs = bool(missing) and ABOUT_SAFEGUARDING.issuperset(missing)
    return is_theirs and user.holds(ProgrammeRole.Role.SAFEGUARDING_LEAD)


def check_may_confirm_despite(user: User, booking: Booking, missing: Collection[str]) -> None:
    if not may_confirm_despite(user, booking, missing):
        raise PermissionDenied(
            _(
                "Only programme staff from outside the group can confirm it while something is"
                " missing, or the safeguarding lead where that is about safeguarding."
            )
        )
