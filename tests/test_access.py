"""Every address × every role × every method.

The addresses come from the URL map, so a new one fails until declared.

The world is the demonstration. `ACCESS` says what each role is answered to a plain GET, `EXAMPLES` with
which row an address is opened. 302 sends a visitor to sign in; 404 hides what a person may not know of;
403 refuses what they know of; 405 is an act that only a form may ask for. `ACTS` says it of a POST where
that differs.
"""

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import time, timedelta
from typing import Any
from uuid import UUID

import pgtrigger
import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import CharField, TextField, Value
from django.db.models.functions import Cast, Concat
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from anchors.models import Borough, Mandate
from audit.models import AuditRecord
from core.clock import at, today
from housing.models import ActionUpdate
from listening.models import Response
from notifications.models import Message
from notifications.senders import as_email
from pledges.models import PledgeUpdate
from spaces.models import (
    AgreementVersion,
    Booking,
    Charge,
    Closure,
    DayException,
    FactReport,
    Hirer,
    HirerAppeal,
    HirerDocument,
    HirerInvitation,
    Hold,
    Invitation,
    OpeningRule,
    PeopleCheck,
    Photograph,
    Reference,
    SiteRequirement,
    Space,
    SpaceOffer,
)
from tests.addresses import every_address
from tests.standing import ROLES, VISITOR, Demonstration
from tests.written import rows_written

pytestmark = pytest.mark.django_db

STAFF, LEAD, ADMINISTRATOR = {"programme_staff"}, {"programme_lead"}, {"administrator"}
GROUP, MANAGER = {"hirer_manager", "hirer_member"}, {"hirer_manager"}
SITE = {"site_manager"}
EDITOR = {"institution_editor"}
INSTITUTION = EDITOR | {"institution_approver"}
READS, COUNTS = {"listening_editor", "safeguarding_lead"}, {"facilitator"}
CHAIR = {"coalition_chair"}
PROGRAMME = READS | COUNTS | STAFF | LEAD | ADMINISTRATOR | {"board_viewer"}
SIGNED_IN = set(ROLES) - {VISITOR}
NOBODY = UUID(int=0)

Answers = dict[str, int]


def everybody(status: int = 200) -> Answers:
    """Anybody may ask; all get the same answer."""
    return dict.fromkeys(ROLES, status)


def signed_in(status: int = 200) -> Answers:
    """Anybody who signed in; a visitor is asked to."""
    return dict.fromkeys(SIGNED_IN, status) | {VISITOR: 302}


def only(*roles: set[str], knows: set[str] = frozenset(), others: int = 404) -> Answers:
    """These roles. Who `knows` of it may look but not do this, and is refused with 403.

    Everybody else who signed in gets `others`, a visitor is asked to sign in.
    """
    return signed_in(others) | dict.fromkeys(knows, 403) | dict.fromkeys(set().union(*roles), 200)


Rows = dict[str, Any]


def the_groups_request(people: Demonstration, *states: str) -> Rows:
    """A booking of the first group at the site that the first site manager runs."""
    theirs = Booking.objects.visible_to(people.people["hirer_manager"])
    both = theirs.filter(
        pk__in=Booking.objects.visible_to(people.people["site_manager"]).values("pk")
    )
    wanted = both.filter(state__in=states) if states else both
    return {"uuid": wanted.order_by("-starts_at", "pk")[0].uuid}


def the_groups_hold(people: Demonstration) -> Rows:
    """A room that the group's member keeps just now: the demonstration itself lasts longer."""
    by = people.people["hirer_member"]
    starts_at = at(today() + timedelta(days=23), time(9))
    hold, _is_new = Hold.objects.get_or_create(
        held_by=by,
        defaults={
            "space": Space.objects.get(slug="old-signal-house-hall"),
            "hirer": Hirer.objects.approved().of_member(by).order_by("pk")[0],
            "attendance": 5,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=1),
            "expires_at": timezone.now() + timedelta(minutes=10),
        },
    )
    return {"slug": hold.space.slug, "uuid": hold.uuid}


def the_group(people: Demonstration) -> Rows:
    theirs = Hirer.objects.of_member(people.people["hirer_manager"])
    return {"slug": theirs.order_by("pk")[0].organisation.slug}


def a_waiting_group(people: Demonstration) -> Rows:
    return {"slug": Hirer.objects.awaiting_decision().order_by("pk")[0].organisation.slug}


def a_private_booking(people: Demonstration) -> Rows:
    at_their_site = Booking.objects.visible_to(people.people["site_manager"]).promised()
    return {"uuid": at_their_site.get(hirer__is_sensitive=True).uuid}


def a_declined_group(people: Demonstration) -> Rows:
    """One that has not appealed."""
    theirs = Hirer.objects.of_member(people.people["other_hirer_manager"])
    return {"slug": theirs.get(state="declined").organisation.slug}


def an_appealing_group(people: Demonstration) -> Rows:
    return {"slug": HirerAppeal.objects.open().get().hirer.organisation.slug}


def the_groups_member(people: Demonstration) -> Rows:
    mandate = Mandate.objects.filter(user=people.people["hirer_member"]).order_by("pk")[0]
    return {"slug": mandate.organisation.slug, "mandate_id": mandate.pk}


def the_groups_invitation(people: Demonstration) -> Rows:
    group = the_group(people)
    invited = Invitation.objects.filter(hirer__organisation__slug=group["slug"], state="open")
    return group | {"number": invited.filter(sender_then="stays").order_by("pk")[0].pk}


def a_groups(kind: str, key: str) -> Callable[[Demonstration], Rows]:
    def found(people: Demonstration) -> Rows:
        return the_group(people) | {key: kind}

    return found


def the_groups_paper(people: Demonstration, *states: str) -> Rows:
    """A paper of a group that the group's manager of the cast looks after."""
    hirer = the_group(people)["slug"]
    papers = HirerDocument.objects.filter(hirer__organisation__slug=hirer, state__in=states)
    return {"uuid": papers.order_by("pk")[0].uuid}


def a_people_check(people: Demonstration) -> Rows:
    check = PeopleCheck.objects.select_related("hirer__organisation").order_by("pk")[0]
    return {"slug": check.hirer.organisation.slug, "check_id": check.pk}


def the_site(people: Demonstration) -> Rows:
    managed = people.people["site_manager"].managed_sites
    return {"slug": managed.order_by("pk")[0].site.slug}


def a_part_of_the_site(kept: Any) -> Callable[[Demonstration], Rows]:
    """The first of these that comes, at a site that the first site manager runs."""

    def found(people: Demonstration) -> Rows:
        site = the_site(people)["slug"]
        return {"slug": site, "number": kept.objects.filter(site__slug=site).order_by("pk")[0].pk}

    return found


def a_space_of_the_site(people: Demonstration) -> Rows:
    return the_site(people) | {"space": "old-signal-house-hall"}


def a_space_with_hours_of_its_own(people: Demonstration) -> Rows:
    rule = OpeningRule.objects.filter(space__isnull=False).order_by("pk")[0]
    return {"slug": rule.site.slug, "space": rule.space.slug}


def a_reference(people: Demonstration) -> Rows:
    """One that waits, of a group that waits for a decision."""
    waiting = Reference.objects.filter(hirer__state="registered", answer="waiting")
    return {"uuid": waiting.order_by("pk")[0].uuid}


def an_update_of(log: Any, subject: str) -> Callable[[Demonstration], Rows]:
    def found(people: Demonstration) -> Rows:
        made_up = log.objects.filter(corrections__isnull=True)
        update = made_up.filter(**{f"{subject}__title__contains": "(demo)"}).order_by("pk")[0]
        return {"reference": getattr(update, subject).reference, "uuid": update.uuid}

    return found


def a_letter(people: Demonstration) -> Rows:
    return {"uuid": Message.objects.order_by("pk")[0].uuid}


def a_report(people: Demonstration) -> Rows:
    theirs = FactReport.objects.visible_to(people.people["site_manager"]).open()
    return {"uuid": theirs.order_by("pk")[0].uuid}


def an_answer(people: Demonstration) -> Rows:
    return {"uuid": Response.objects.filter(withdrawn_on__isnull=True).order_by("pk")[0].uuid}


def the_first_photograph(people: Demonstration) -> Rows:
    one = Photograph.objects.in_order()[0]
    return {"slug": one.space.slug, "uuid": one.uuid}


def the_first_picture(people: Demonstration) -> Rows:
    return {"fingerprint": Photograph.objects.in_order()[0].fingerprint, "size": "small"}


def an_offer(state: str) -> Callable[[Demonstration], Rows]:
    return lambda people: {"uuid": SpaceOffer.objects.filter(state=state).order_by("pk")[0].uuid}


def an_offered_room(state: str) -> Callable[[Demonstration], Rows]:
    def found(people: Demonstration) -> Rows:
        offer = SpaceOffer.objects.filter(state=state).order_by("pk")[0]
        return {"uuid": offer.uuid, "number": offer.site.spaces.order_by("pk")[0].pk}

    return found


def an_invitation(people: Demonstration) -> Rows:
    """One about a site that the first site manager runs."""
    theirs = HirerInvitation.objects.visible_to(people.people["site_manager"])
    return {"uuid": theirs.filter(state="sent").order_by("pk")[0].uuid}


def an_agreement(people: Demonstration) -> Rows:
    return {"uuid": AgreementVersion.objects.public().order_by("pk")[0].uuid}


def fixed(**rows: Any) -> Callable[[Demonstration], Rows]:
    return lambda people: rows


EXAMPLES: dict[str, Callable[[Demonstration], Rows]] = {
    "anchors:network": fixed(slug="south-east-london-anchor-alliance"),
    "anchors:organisation": fixed(slug="kings-college-london"),
    "events:event": fixed(slug="what-we-heard-so-far-open-evening-demo"),
    "events:event_calendar": fixed(slug="what-we-heard-so-far-open-evening-demo"),
    "events:sign_up": fixed(slug="what-we-heard-so-far-open-evening-demo"),
    "events:signed_up": fixed(slug="what-we-heard-so-far-open-evening-demo"),
    "events:sign_ups": fixed(slug="what-we-heard-so-far-open-evening-demo"),
    "events:cancel_event": fixed(slug="what-we-heard-so-far-open-evening-demo"),
    "events:manage_sign_up": fixed(secret="not-a-secret-that-anybody-has"),
    "events:cancel_sign_up": fixed(secret="not-a-secret-that-anybody-has"),
    "home:mailbox_message": a_letter,
    "housing:action": fixed(reference="A2.1"),
    "housing:write_update": fixed(reference="A2.1"),
    "housing:change_status": fixed(reference="A2.1"),
    "housing:correct_update": an_update_of(ActionUpdate, "action"),
    "listening:campaign": fixed(slug="listening-2026-demo"),
    "listening:response": an_answer,
    "notifications:message": a_letter,
    "notifications:try_again": a_letter,
    "pledges:pledge": fixed(reference="PL-91"),
    "pledges:theme": fixed(slug="housing"),
    "pledges:write_update": fixed(reference="PL-91"),
    "pledges:change_status": fixed(reference="PL-91"),
    "pledges:correct_update": an_update_of(PledgeUpdate, "pledge"),
    "spaces:space": fixed(slug="old-signal-house-hall"),
    "spaces:report_fact": fixed(slug="old-signal-house-hall"),
    "spaces:fact_reported": fixed(slug="old-signal-house-hall"),
    "spaces:fact_report": a_report,
    "spaces:space_rules": fixed(slug="old-signal-house-hall"),
    "spaces:hold_space": fixed(slug="old-signal-house-hall"),
    "spaces:hold_space_for_group": fixed(slug="old-signal-house-hall"),
    "spaces:request_booking": the_groups_hold,
    "spaces:let_go": the_groups_hold,
    "spaces:booking": lambda people: the_groups_request(people, "requested"),
    "spaces:booking_calendar": lambda people: the_groups_request(people, "confirmed"),
    "spaces:approve_booking": lambda people: the_groups_request(people, "requested"),
    "spaces:decline_booking": lambda people: the_groups_request(people, "requested"),
    "spaces:ask_question": lambda people: the_groups_request(people, "requested"),
    "spaces:answer_question": lambda people: the_groups_request(people, "information_needed"),
    "spaces:change_booking": lambda people: the_groups_request(people, "confirmed"),
    "spaces:change_what_was_asked": lambda people: the_groups_request(people, "confirmed"),
    "spaces:reinstate_booking": lambda people: the_groups_request(people, "declined"),
    "spaces:picture": the_first_picture,
    "spaces:site_arrival": fixed(slug="old-signal-house"),
    "spaces:space_arrival": fixed(slug="old-signal-house-hall"),
    "spaces:photographs": fixed(slug="old-signal-house-hall"),
    "spaces:describe_photograph": the_first_photograph,
    "spaces:remove_photograph": the_first_photograph,
    "spaces:move_photograph": the_first_photograph,
    "spaces:cancel_booking": lambda people: the_groups_request(people, "confirmed"),
    "spaces:offer_building": an_offer("draft"),
    "spaces:offer_rooms": an_offer("draft"),
    "spaces:add_offered_room": an_offer("draft"),
    "spaces:offer_photographs": an_offer("draft"),
    "spaces:offer_hours": an_offer("draft"),
    "spaces:offer_access": an_offer("draft"),
    "spaces:offer_terms": an_offer("draft"),
    "spaces:send_offer": an_offer("draft"),
    "spaces:withdraw_offer": an_offer("draft"),
    "spaces:change_offered_room": an_offered_room("draft"),
    "spaces:remove_offered_room": an_offered_room("draft"),
    "spaces:preview_offered_room": an_offered_room("sent"),
    "spaces:offer": an_offer("sent"),
    "spaces:decide_offer": an_offer("sent"),
    "spaces:hirer_invitation": fixed(secret="not-a-secret-that-anybody-has"),
    "spaces:withdraw_hirer_invitation": an_invitation,
    "spaces:hirer": the_group,
    "spaces:hirer_needs": the_group,
    "spaces:decide_hirer": a_waiting_group,
    "spaces:stop_hirer": the_group,
    "spaces:end_membership": the_groups_member,
    "spaces:space_feed": fixed(slug="old-signal-house-hall"),
    "spaces:group_feed": fixed(secret="not-a-secret-that-anybody-has"),
    "spaces:group_calendar": the_group,
    "spaces:stop_group_calendar": the_group,
    "spaces:write_to_group": a_private_booking,
    "spaces:ask_again": a_declined_group,
    "spaces:appeal": a_declined_group,
    "spaces:decide_appeal": an_appealing_group,
    "spaces:hirer_facts": the_group,
    "spaces:hirer_name": the_group,
    "spaces:invite": the_group,
    "spaces:withdraw_invitation": the_groups_invitation,
    "spaces:invitation": fixed(secret="not-a-secret-that-anybody-has"),
    "spaces:hand_over": the_group,
    "spaces:take_over": the_group,
    "spaces:leave_group": the_group,
    "spaces:change_kind": the_groups_member,
    "spaces:appoint_manager": the_groups_member,
    "spaces:documents": the_group,
    "spaces:add_document": a_groups("insurance", "kind"),
    "spaces:note_people_check": the_group,
    "spaces:take_back_people_check": a_people_check,
    "spaces:document": lambda people: the_groups_paper(people, "accepted"),
    "spaces:document_file": lambda people: the_groups_paper(people, "accepted"),
    "spaces:replace_document": lambda people: the_groups_paper(people, "accepted"),
    "spaces:remove_document": lambda people: the_groups_paper(people, "waiting"),
    "spaces:check_document": lambda people: the_groups_paper(people, "waiting"),
    "spaces:find_wrong": lambda people: the_groups_paper(people, "accepted"),
    "spaces:register_step": fixed(step="group"),
    "spaces:references": the_group,
    "spaces:ask_reference": the_group,
    "spaces:withdraw_reference": a_reference,
    "spaces:note_reference": a_reference,
    "spaces:answer_reference": fixed(secret="not-a-secret-that-anybody-has"),
    "spaces:site": the_site,
    "spaces:change_hours": the_site,
    "spaces:change_address": the_site,
    "spaces:describe_site": the_site,
    "spaces:set_rules_of_asking": the_site,
    "spaces:change_space_hours": a_space_of_the_site,
    "spaces:change_room": a_space_of_the_site,
    "spaces:site_access": the_site,
    "spaces:space_access": a_space_of_the_site,
    "spaces:follow_site_hours": a_space_with_hours_of_its_own,
    "spaces:bookings_outside": the_site,
    "spaces:days": the_site,
    "spaces:add_day": the_site,
    "spaces:close_bank_holidays": the_site,
    "spaces:change_day": a_part_of_the_site(DayException),
    "spaces:remove_day": a_part_of_the_site(DayException),
    "spaces:add_closure": the_site,
    "spaces:change_closure": a_part_of_the_site(Closure),
    "spaces:end_closure": a_part_of_the_site(Closure),
    "spaces:set_price": the_site,
    "spaces:end_price": a_part_of_the_site(Charge),
    "spaces:site_papers": the_site,
    "spaces:ask_for_paper": the_site,
    "spaces:stop_asking_for_paper": a_part_of_the_site(SiteRequirement),
    "spaces:booking_papers": lambda people: the_groups_request(people, "requested"),
    "spaces:hire_register": lambda people: the_site(people) | {"year": 2026},
    "spaces:agreement_version": an_agreement,
    "spaces:write_agreement": fixed(scope="old-signal-house"),
    "spaces:publish_agreement": fixed(scope="old-signal-house"),
    "spaces:hire_agreement": lambda people: the_groups_request(people, "confirmed"),
    "spaces:accept_agreement": lambda people: the_groups_request(people, "approved"),
    "spaces:confirm_despite": lambda people: the_groups_request(people, "approved"),
}

ACCESS: dict[str, Answers] = {
    "home:home": everybody(),
    "home:accessibility": everybody(),
    "home:privacy": everybody(),
    "home:cookies": everybody(),
    "home:contact": everybody(),
    "home:readyz": everybody(503),
    "home:try_it_as": everybody(),
    "home:mailbox": everybody(),
    "home:mailbox_message": everybody(),
    "home:waiting": signed_in(),
    "home:account": signed_in(),
    "core:healthz": everybody(),
    "core:csp_report": everybody(405),
    "core:set_language": everybody(302),
    "core:gallery": only(PROGRAMME, others=403),
    "anchors:organisations": everybody(),
    "anchors:organisation": everybody(),
    "anchors:networks": everybody(),
    "anchors:network": everybody(),
    "home:records": only(STAFF, LEAD, ADMINISTRATOR, others=403),
    "events:events": everybody(),
    "events:event": everybody(),
    "events:event_calendar": everybody(),
    "events:sign_up": everybody(),
    "events:signed_up": everybody(),
    "events:manage_sign_up": everybody(404),
    "events:cancel_sign_up": everybody(404),
    "events:sign_ups": only(STAFF, LEAD, others=403),
    "events:cancel_event": only(STAFF, LEAD, others=403),
    "housing:plan": everybody(),
    "housing:action": everybody(),
    "housing:write_update": only(STAFF, CHAIR, EDITOR, knows=LEAD | INSTITUTION),
    "housing:change_status": only(STAFF, knows=LEAD | CHAIR | INSTITUTION),
    "housing:correct_update": only(STAFF, CHAIR, EDITOR, knows=LEAD | INSTITUTION),
    "listening:home": everybody(),
    "listening:answer": everybody(302),
    "listening:sent": everybody(302),
    "listening:safety": everybody(),
    "listening:campaign": everybody(),
    "listening:your_words": everybody(),
    "listening:withdraw": everybody(302),
    "listening:responses": only(READS, COUNTS, STAFF, LEAD, others=403),
    "listening:response": only(READS),
    "notifications:messages": only(STAFF, ADMINISTRATOR, others=403),
    "notifications:message": only(STAFF, ADMINISTRATOR),
    "notifications:try_again": signed_in(405),
    "pledges:pledges": everybody(),
    "pledges:pledge": everybody(),
    "pledges:theme": everybody(),
    "pledges:write_update": only(STAFF, EDITOR, knows=LEAD | INSTITUTION),
    "pledges:change_status": only(STAFF, knows=LEAD | INSTITUTION),
    "pledges:correct_update": only(STAFF, EDITOR, knows=LEAD | INSTITUTION),
    "spaces:spaces": everybody(),
    "spaces:space": everybody(),
    "spaces:space_rules": everybody(),
    "spaces:report_fact": everybody(),
    "spaces:fact_reported": everybody(),
    "spaces:fact_reports": only(SITE, {"other_site_manager"}, STAFF, LEAD, others=403),
    "spaces:fact_report": only(SITE, STAFF, LEAD),
    # Who looks after the room and has no group is led to the page for a group that telephones.
    "spaces:hold_space": signed_in() | dict.fromkeys(SITE | STAFF, 302),
    "spaces:hold_space_for_group": only(SITE, STAFF, others=403),
    "spaces:request_booking": only({"hirer_member"}),
    "spaces:let_go": signed_in(405),
    "spaces:bookings": signed_in(),
    "spaces:booking": only(GROUP, SITE, STAFF, LEAD),
    "spaces:booking_calendar": only(GROUP, SITE, STAFF, LEAD),
    "spaces:approve_booking": only(SITE, STAFF, knows=LEAD | GROUP),
    "spaces:decline_booking": only(SITE, STAFF, knows=LEAD | GROUP),
    "spaces:cancel_booking": only(GROUP, SITE, STAFF, knows=LEAD),
    "spaces:ask_question": only(SITE, STAFF, knows=LEAD | GROUP),
    "spaces:answer_question": only(GROUP, SITE, STAFF, knows=LEAD),
    "spaces:change_booking": only(GROUP, SITE, STAFF, knows=LEAD),
    "spaces:change_what_was_asked": only(GROUP, SITE, STAFF, knows=LEAD),
    "spaces:reinstate_booking": only(SITE, STAFF, knows=LEAD | GROUP),
    "spaces:picture": everybody(),
    "spaces:site_arrival": only(SITE, STAFF, knows=LEAD),
    "spaces:space_arrival": only(SITE, STAFF, knows=LEAD),
    "spaces:photographs": only(SITE, STAFF, knows=LEAD),
    "spaces:describe_photograph": only(SITE, STAFF, knows=LEAD),
    "spaces:remove_photograph": only(SITE, STAFF, knows=LEAD),
    "spaces:move_photograph": signed_in(405),
    "spaces:find_bookings": only(SITE, {"other_site_manager"}, STAFF, LEAD, others=403),
    "spaces:sites": only(SITE, {"other_site_manager"}, STAFF, LEAD, others=403),
    "spaces:site": only(SITE, STAFF, LEAD),
    "spaces:change_hours": only(SITE, STAFF, knows=LEAD),
    "spaces:change_address": only(SITE, STAFF, knows=LEAD),
    "spaces:describe_site": only(SITE, STAFF, knows=LEAD),
    "spaces:set_rules_of_asking": only(SITE, STAFF, knows=LEAD),
    "spaces:change_space_hours": only(SITE, STAFF, knows=LEAD),
    "spaces:change_room": only(SITE, STAFF, knows=LEAD),
    "spaces:site_access": only(SITE, STAFF, knows=LEAD),
    "spaces:space_access": only(SITE, STAFF, knows=LEAD),
    "spaces:follow_site_hours": only(STAFF, knows=LEAD),
    "spaces:bookings_outside": only(SITE, STAFF, knows=LEAD),
    "spaces:days": only(SITE, STAFF, knows=LEAD),
    "spaces:add_day": only(SITE, STAFF, knows=LEAD),
    "spaces:close_bank_holidays": only(SITE, STAFF, knows=LEAD),
    "spaces:change_day": only(SITE, STAFF, knows=LEAD),
    "spaces:remove_day": only(SITE, STAFF, knows=LEAD),
    "spaces:add_closure": only(SITE, STAFF, knows=LEAD),
    "spaces:change_closure": only(SITE, STAFF, knows=LEAD),
    "spaces:end_closure": only(SITE, STAFF, knows=LEAD),
    "spaces:set_price": only(SITE, STAFF, knows=LEAD),
    "spaces:end_price": only(SITE, STAFF, knows=LEAD),
    "spaces:site_papers": only(SITE, STAFF, knows=LEAD),
    "spaces:ask_for_paper": only(SITE, STAFF, knows=LEAD),
    "spaces:stop_asking_for_paper": only(SITE, STAFF, knows=LEAD),
    "spaces:unmet_demand": only(STAFF, LEAD, others=403),
    "spaces:offers": signed_in(),
    "spaces:offer_space": signed_in(),
    "spaces:offer": only(EDITOR, STAFF, LEAD),
    "spaces:preview_offered_room": only(EDITOR, STAFF, LEAD),
    "spaces:decide_offer": only(STAFF, knows=EDITOR | LEAD),
    "spaces:offer_building": only(EDITOR),
    "spaces:offer_rooms": only(EDITOR),
    "spaces:add_offered_room": only(EDITOR),
    "spaces:offer_hours": only(EDITOR),
    "spaces:offer_access": only(EDITOR),
    "spaces:offer_terms": only(EDITOR),
    "spaces:send_offer": only(EDITOR),
    "spaces:withdraw_offer": only(EDITOR),
    "spaces:change_offered_room": only(EDITOR),
    "spaces:remove_offered_room": only(EDITOR),
    "spaces:offer_photographs": signed_in(404) | dict.fromkeys(EDITOR, 302),
    "spaces:hirer_invitation": everybody(404),
    "spaces:invitations": only(SITE, {"other_site_manager"}, STAFF, others=403),
    "spaces:invite_hirer": only(SITE, {"other_site_manager"}, STAFF, others=403),
    "spaces:withdraw_hirer_invitation": only(SITE, STAFF, knows=LEAD),
    "spaces:hirers": signed_in(),
    "spaces:hirer": only(GROUP, STAFF, LEAD),
    "spaces:register_hirer": signed_in(),
    "spaces:hirer_needs": only(GROUP, knows=STAFF | LEAD),
    "spaces:decide_hirer": only(STAFF, knows=LEAD),
    "spaces:stop_hirer": only(STAFF, knows=GROUP | LEAD),
    "spaces:end_membership": only(MANAGER, knows=GROUP | STAFF | LEAD),
    "spaces:space_feed": everybody(),
    "spaces:group_feed": everybody(404),
    "spaces:group_calendar": only(GROUP, knows=STAFF | LEAD),
    "spaces:stop_group_calendar": signed_in(405),
    "spaces:write_to_group": only(SITE, STAFF, knows=LEAD),
    "spaces:ask_again": only({"other_hirer_manager"}, knows=STAFF | LEAD),
    "spaces:appeal": only({"other_hirer_manager"}, knows=STAFF | LEAD),
    "spaces:decide_appeal": only(STAFF, knows=LEAD),
    "spaces:hirer_facts": only(MANAGER, knows=GROUP | STAFF | LEAD),
    "spaces:hirer_name": only(STAFF, knows=GROUP | LEAD),
    "spaces:invite": only(MANAGER, knows=GROUP | STAFF | LEAD),
    "spaces:withdraw_invitation": only(MANAGER, knows=GROUP | STAFF | LEAD),
    "spaces:invitation": everybody(404),
    "spaces:hand_over": only(MANAGER, knows=GROUP | STAFF | LEAD),
    "spaces:take_over": only({"hirer_member"}),
    "spaces:leave_group": only(GROUP),
    "spaces:change_kind": only(MANAGER, knows=GROUP | STAFF | LEAD),
    "spaces:appoint_manager": only(STAFF, knows=GROUP | LEAD),
    "spaces:documents": only(GROUP, STAFF, LEAD),
    "spaces:add_document": only(MANAGER, STAFF, knows=GROUP | LEAD),
    "spaces:note_people_check": only(STAFF, knows=GROUP | LEAD),
    "spaces:take_back_people_check": only(STAFF, knows=LEAD),
    "spaces:papers_to_check": only(STAFF, others=403),
    "spaces:document": only(GROUP, SITE, STAFF, LEAD),
    "spaces:document_file": signed_in(405),
    "spaces:replace_document": only(MANAGER, knows=GROUP | SITE | STAFF | LEAD),
    "spaces:remove_document": only(MANAGER, knows=GROUP | STAFF | LEAD),
    "spaces:check_document": only(STAFF, knows=GROUP | LEAD),
    "spaces:find_wrong": only(STAFF, knows=GROUP | SITE | LEAD),
    "spaces:register_step": signed_in(),
    "spaces:references": only(GROUP, STAFF, LEAD),
    "spaces:ask_reference": only(MANAGER, knows=GROUP | STAFF | LEAD),
    "spaces:withdraw_reference": signed_in(404) | dict.fromkeys(STAFF | LEAD, 403),
    "spaces:note_reference": only(STAFF, knows=LEAD),
    "spaces:answer_reference": everybody(404),
    "spaces:booking_papers": only(GROUP, SITE, STAFF, LEAD),
    "spaces:insurance": everybody(),
    "spaces:keep_insurance_route": signed_in(405),
    "spaces:hire_registers": signed_in(),
    "spaces:hire_register": only(SITE, STAFF, LEAD),
    "spaces:agreement_version": everybody(),
    "spaces:agreements": only(SITE, {"other_site_manager"}, STAFF, LEAD, others=403),
    "spaces:write_agreement": only(SITE, STAFF, knows=LEAD),
    "spaces:publish_agreement": only(SITE, STAFF, knows=LEAD),
    "spaces:hire_agreement": only(GROUP, SITE, STAFF, LEAD),
    "spaces:accept_agreement": only(GROUP, knows=SITE | STAFF | LEAD),
    "spaces:confirm_despite": only(STAFF, knows=GROUP | SITE | LEAD),
}

ACTS: dict[str, Answers] = ACCESS | {
    # Whoever may look may act, but for these.
    "home:try_it_as": everybody(404),
    "core:csp_report": everybody(400),
    "listening:answer": everybody(),
    "listening:sent": everybody(),
    "listening:withdraw": everybody(),
    "notifications:try_again": only(STAFF, ADMINISTRATOR),
    "spaces:fact_report": only(SITE, STAFF, knows=LEAD),
    "spaces:let_go": only({"hirer_member"}),
    "spaces:move_photograph": only(SITE, STAFF, knows=LEAD),
    "spaces:stop_group_calendar": only(GROUP, knows=STAFF | LEAD),
    "spaces:document_file": only(GROUP, SITE, STAFF, LEAD),
    "spaces:keep_insurance_route": signed_in(404),
    # Who has no group is led to where they ask for one that telephones only when they look.
    "spaces:hold_space": signed_in(),
}
"""What each role is answered to a POST that says nothing; 200 for those who may do it."""

TAKEN = {200, 302, 409, 422}
"""Done, or not done for want of words or because it is too late."""

OTHERS_PAGES = ("account_", "mfa_", "usersessions_", "admin:")
"""Pages of the libraries that sign people in; held to their own rules below."""


def example_of(name: str, people: Demonstration) -> Rows:
    return EXAMPLES[name](people) if name in EXAMPLES else {}


def places_to_try() -> list[str]:
    """The URL names that answer somebody with a page."""
    return [name for name, answers in ACCESS.items() if 200 in answers.values()]


def as_role(people: Demonstration, role: str) -> Client:
    client = Client()
    person = people.person(role)
    if person is not None:
        client.force_login(person)
    return client


def test_every_address_says_who_may_open_it():
    ours = {name for name in every_address() if not name.startswith(OTHERS_PAGES)}

    assert ours == set(ACCESS)


def test_every_address_with_arguments_has_an_example():
    taking = {name for name, arguments in every_address().items() if arguments}

    assert {name for name in taking if not name.startswith(OTHERS_PAGES)} == set(EXAMPLES)


NOTED = {"django_session", "audit_auditrecord"}
"""What opening a page may write: that somebody is awake, and who looked at whose papers."""


def test_the_count_of_written_rows_sees_what_is_added_changed_deleted_and_taken_back(demonstration):
    def counted(write: Callable[[], object]) -> dict[str, int]:
        before = rows_written()
        write()
        return dict(rows_written() - before)

    with transaction.atomic():
        added = counted(lambda: Borough.objects.create(name="X", slug="x", ons_code="E0"))
        changed = counted(lambda: Borough.objects.filter(slug="x").update(name="X"))
        deleted = counted(lambda: Borough.objects.filter(slug="x").delete())
        before = rows_written()
        transaction.set_rollback(True)

    assert added == changed == deleted == {"anchors_borough": 1}
    assert rows_written() == before
    assert counted(lambda: Borough.objects.exists()) == {}


@pytest.fixture(scope="module")
def browsers(demonstration):
    """One signed-in client for each role."""
    return {role: as_role(demonstration, role) for role in ROLES}


@pytest.mark.parametrize("name", sorted(ACCESS))
def test_each_role_is_answered_as_declared_at(name, demonstration, browsers, settings):
    settings.DEMONSTRATION = True
    address = reverse(name, kwargs=example_of(name, demonstration))

    before, records = rows_written(), set(AuditRecord.objects.values_list("pk", flat=True))

    answers = {role: browser.get(address).status_code for role, browser in browsers.items()}

    assert answers == ACCESS[name]
    assert set(rows_written() - before) <= NOTED
    new = AuditRecord.objects.exclude(pk__in=records)
    assert set(new.values_list("verb", flat=True)) <= {"spaces.personal_data_viewed"}


def roles_to_try(name: str, method: str, browser: Client, address: str) -> set[str]:
    """Somebody who may look, if anybody may; and whoever is refused what a POST does.

    A method that is not taken of those who may look is taken of nobody.
    """
    roles = {max(ROLES, key=lambda role: ACTS[name][role] == 200)}
    if method == "POST" and method in browser.options(address).headers.get("Allow", method):
        roles |= {role for role, answer in ACTS[name].items() if answer != 200}
    return roles


@pytest.mark.prove
@pytest.mark.parametrize("name", sorted(ACCESS))
def test_each_role_acts_as_declared_and_whoever_is_refused_writes_nothing_at(
    name, demonstration, browsers, settings
):
    settings.DEMONSTRATION = True
    address = reverse(name, kwargs=example_of(name, demonstration))
    wrong = {}

    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for role in roles_to_try(name, method, browsers["administrator"], address):
            declared = ACTS[name][role]
            may_act = method == "POST" and declared == 200
            status, written = tried(browsers[role], method, address)
            if status not in (TAKEN | {405} if may_act else {405, declared} - {200}):
                wrong[method, role] = status
            if written and not may_act:
                wrong[method, role] = status, written

    assert wrong == {}


def tried(browser: Client, method: str, address: str, **more: Any) -> tuple[int, set[str]]:
    """How it is answered and in which tables it writes; then it is taken back."""
    cache.clear()  # Nobody has asked too often yet.
    with transaction.atomic():
        before = rows_written()
        answer = getattr(browser, method.lower())(address, **more)
        transaction.set_rollback(True)
    return answer.status_code, set(rows_written() - before)


@pytest.mark.parametrize(
    ("name", "made_up"),
    [
        ("spaces:booking", {"uuid": NOBODY}),
        ("spaces:approve_booking", {"uuid": NOBODY}),
        ("spaces:decline_booking", {"uuid": NOBODY}),
        ("spaces:cancel_booking", {"uuid": NOBODY}),
        ("spaces:booking_calendar", {"uuid": NOBODY}),
        ("spaces:ask_question", {"uuid": NOBODY}),
        ("spaces:answer_question", {"uuid": NOBODY}),
        ("spaces:change_booking", {"uuid": NOBODY}),
        ("spaces:change_what_was_asked", {"uuid": NOBODY}),
        ("spaces:reinstate_booking", {"uuid": NOBODY}),
        ("spaces:hirer", {"slug": "no-such-group"}),
        ("spaces:documents", {"slug": "no-such-group"}),
        ("spaces:booking_papers", {"uuid": NOBODY}),
        ("spaces:hire_agreement", {"uuid": NOBODY}),
        ("spaces:accept_agreement", {"uuid": NOBODY}),
        ("spaces:confirm_despite", {"uuid": NOBODY}),
        ("spaces:hire_register", {"slug": "no-such-site", "year": 2026}),
        ("spaces:references", {"slug": "no-such-group"}),
        ("spaces:withdraw_reference", {"uuid": NOBODY}),
        ("spaces:note_reference", {"uuid": NOBODY}),
        ("spaces:document", {"uuid": NOBODY}),
        ("spaces:replace_document", {"uuid": NOBODY}),
        ("spaces:remove_document", {"uuid": NOBODY}),
        ("spaces:check_document", {"uuid": NOBODY}),
        ("spaces:find_wrong", {"uuid": NOBODY}),
        ("spaces:fact_report", {"uuid": NOBODY}),
        ("spaces:photographs", {"slug": "no-such-space"}),
        ("spaces:withdraw_hirer_invitation", {"uuid": NOBODY}),
        ("spaces:offer", {"uuid": NOBODY}),
        ("spaces:offer_building", {"uuid": NOBODY}),
        ("spaces:decide_offer", {"uuid": NOBODY}),
        ("listening:response", {"uuid": NOBODY}),
        ("notifications:message", {"uuid": NOBODY}),
    ],
)
def test_what_is_not_yours_looks_like_what_does_not_exist(name, made_up, demonstration):
    """Another group's member and another site's manager learn nothing from the answer."""
    real = reverse(name, kwargs=example_of(name, demonstration))
    for role in ("other_hirer_manager", "other_site_manager"):
        client = as_role(demonstration, role)
        theirs, nothing = client.get(real), client.get(reverse(name, kwargs=made_up))

        assert (theirs.status_code, nothing.status_code) == (404, 404)
        assert without_address(theirs) == without_address(nothing)


def without_address(answer: Any) -> bytes:
    """The page without what the language form repeats of the address, and its tokens."""
    page = answer.content.replace(answer.request["PATH_INFO"].encode(), b"")
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"|nonce="[^"]+"', b"", page)


def test_posting_to_what_is_not_yours_changes_nothing(demonstration):
    request = Booking.objects.get(**the_groups_request(demonstration, "requested"))
    promise = Booking.objects.get(**the_groups_request(demonstration, "confirmed"))
    asked = [
        ("spaces:approve_booking", request),
        ("spaces:decline_booking", request),
        ("spaces:cancel_booking", promise),
    ]
    before = list(Booking.objects.order_by("pk").values_list("pk", "state", "updated_at"))

    answers = {
        as_role(demonstration, role)
        .post(reverse(name, kwargs={"uuid": booking.uuid}), {"reason": "other", "reason_note": "x"})
        .status_code
        for name, booking in asked
        for role in ("other_hirer_manager", "other_site_manager", "board_viewer", "facilitator")
    }

    assert answers == {404}
    assert list(Booking.objects.order_by("pk").values_list("pk", "state", "updated_at")) == before


UNCHECKED = {"core:csp_report"}
"""A browser sends it by itself and has no token. Nothing is written by it."""


OF_THE_LIBRARIES: Rows = {
    "account_confirm_email": {"key": "a-guess"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "a-guess"},
    "admin:app_list": {"app_label": "spaces"},
    "admin:auth_user_password_change": {"id": 1},
}


def addresses_of(people: Demonstration) -> Iterator[tuple[str, str]]:
    """Every name of the URL map with an address, those of the libraries too."""
    for name, arguments in every_address().items():
        if "unnamed" in name:
            continue  # What is left in the tables: nobody's.
        rows = OF_THE_LIBRARIES.get(name, example_of(name, people))
        made_up = dict.fromkeys(arguments, 1) if name not in EXAMPLES else {}
        yield name, reverse(name, kwargs=made_up | rows)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["no token", "from another site"])
def test_no_address_takes_a_post_that_does_not_come_from_our_own_page(elsewhere, demonstration):
    """Whoever may do it is signed in, so nothing else would stop what another site makes them send."""
    checked = {role: Client(enforce_csrf_checks=True) for role in ROLES}
    for role, browser in checked.items():
        if role != VISITOR:
            browser.force_login(demonstration.people[role])
        browser.get(reverse("home:contact"))  # A page with a form, and so with a token.
    addresses = list(addresses_of(demonstration))
    before, wrong = rows_written(), {}

    for name, address in addresses:
        may = next((role for role in ROLES if ACTS.get(name, {}).get(role) == 200), "administrator")
        browser = checked[may]
        sent, headers = {}, {}
        if elsewhere:
            sent = {"csrfmiddlewaretoken": browser.cookies[settings.CSRF_COOKIE_NAME].value}
            headers = {"Origin": "https://evil.example"}
        answer = browser.post(address, sent, headers=headers)
        shown = {template.name for template in answer.templates}
        if (answer.status_code, "403_csrf.html" in shown) != (403, True):
            wrong[name] = answer.status_code

    assert set(wrong) == UNCHECKED
    assert rows_written() - before == {}


ADMIN = sorted(
    name
    for name, arguments in every_address().items()
    if name.startswith("admin:")
    and not arguments
    and name not in ("admin:app_list",)
    and "unnamed" not in name
)


def test_the_tables_open_to_administrators_alone(browsers):
    """Everybody else is sent back to the portal's own sign-in, whatever the table."""
    before = rows_written()

    for role, client in browsers.items():
        opened = {name for name in ADMIN if client.get(reverse(name)).status_code == 200}

        if role == "administrator":
            assert {name for name in ADMIN if name.endswith("_changelist")} <= opened
        else:
            assert opened <= {"admin:login"}, role
    assert set(rows_written() - before) <= NOTED


def test_the_tables_take_posts_of_administrators_alone(demonstration, browsers):
    """Every table, and a row of it: whoever else posts is sent to sign in and writes nothing."""
    everybodys = {"admin:login", "admin:logout", "admin:jsi18n"}
    wrong = {}

    for name, address in addresses_of(demonstration):
        if name.startswith("admin:") and name not in everybodys:
            for role in (VISITOR, "programme_lead"):
                answer = tried(browsers[role], "POST", address)
                if answer != (302, set()):
                    wrong[name, role] = answer
            if name.endswith("_add"):
                status, _written = tried(browsers["administrator"], "POST", address)
                if status not in {403, 422}:
                    wrong[name, "administrator"] = status

    assert wrong == {}


def test_the_librarys_pages_answer_everybody_without_breaking(demonstration):
    names = [
        name
        for name, arguments in every_address().items()
        if name.startswith(("account_", "mfa_", "usersessions_")) and not arguments
    ]
    statuses = set()
    for role in (VISITOR, "hirer_manager", "programme_staff"):
        client = as_role(demonstration, role)
        for name in names:
            if name != "account_reset_password_from_key":
                statuses.add(client.get(reverse(name)).status_code)

    assert statuses <= {200, 302, 403, 404, 405}


# --- Words that would be a script ---------------------------------------------------------------------

LONG_SCRIPT = """<script>window.hit=1,2</script>"'><img src=x onerror=window.hit=1>"""
SHORT_SCRIPT = """"'><img src=x>"""
RUNS = re.compile(r"<script>window\.hit|<img src=x")
"""Neither is ever in a page of ours but escaped."""

OURS = {
    "accounts",
    "anchors",
    "notifications",
    "events",
    "listening",
    "pledges",
    "housing",
    "spaces",
}
NOT_WORDS = re.compile(
    r"password|language|once|about|calendar|.*hash|sha256|fingerprint|ons_code|reference"
)
"""Text that nobody reads as words."""


def columns_of_words() -> Iterator[tuple[Any, Any]]:
    for model in apps.get_models():
        if model._meta.app_label in OURS:
            for column in model._meta.concrete_fields:
                is_text = type(column) in (CharField, TextField) and not column.choices
                is_short = (column.max_length or 999) < len(SHORT_SCRIPT) + 5
                if is_text and not is_short and not NOT_WORDS.match(column.name):
                    yield model, column


def write_scripts_into_every_word() -> set[str]:
    """Whatever says something says a script instead; the columns in which something was said."""
    written = set()
    with pgtrigger.ignore():  # Logs too, which nobody may rewrite.
        for model, column in columns_of_words():
            fits = (column.max_length or 999) >= len(LONG_SCRIPT) + 5
            script = Concat(Value(LONG_SCRIPT if fits else SHORT_SCRIPT), Cast("pk", CharField()))
            said = model._base_manager.filter(**{f"{column.name}__gt": ""})
            # Some words are held to their own hash by Postgres.
            with suppress(IntegrityError), transaction.atomic():
                if said.update(**{column.name: script}):
                    written.add(f"{model.__name__}.{column.name}")
    return written


def some_who_may(name: str) -> list[str]:
    """Each role that may, where not nearly everybody does."""
    may = [role for role, answer in ACCESS[name].items() if answer == 200]
    several = {VISITOR, "hirer_manager", "site_manager", "programme_staff", "administrator"}
    return may if len(may) < 7 else [role for role in may if role in several]


@pytest.fixture
def scripts_everywhere(demonstration, settings):
    settings.DEMONSTRATION = True
    addresses = {name: reverse(name, kwargs=example_of(name, demonstration)) for name in ACCESS}
    columns = write_scripts_into_every_word()
    cache.clear()
    return addresses, columns


@pytest.mark.prove
def test_no_page_runs_what_people_wrote(scripts_everywhere, browsers):
    addresses, columns = scripts_everywhere
    administrator = browsers["administrator"]
    wrong, shown = set(), set()

    answers = [
        (name, browsers[role].get(address))
        for name, address in addresses.items()
        for role in some_who_may(name)
    ]
    answers += [(name, administrator.get(reverse(name))) for name in ADMIN if "changelist" in name]
    for name, answer in answers:
        page = answer.content.decode(errors="replace")
        if "text/html" in answer.headers["Content-Type"]:
            wrong |= {name} if RUNS.search(page) else set()
            shown |= {name} if "&lt;img src=x" in page else set()
        assert answer.status_code in {200, 302}, name

    assert wrong == set()
    assert len(columns) > 130
    assert len(shown) > 150


def test_letters_hold_what_people_wrote_as_plain_words(scripts_everywhere, browsers):
    addresses, _columns = scripts_everywhere
    earlier = set(Message.objects.values_list("pk", flat=True))

    for role, name in (
        ("hirer_manager", "spaces:change_kind"),
        ("site_manager", "spaces:reinstate_booking"),
    ):
        assert browsers[role].post(addresses[name]).status_code == 302
    letters = [as_email(letter) for letter in Message.objects.exclude(pk__in=earlier)]

    kinds = {part.get_content_type() for one in letters for part in one.message().walk()}
    assert kinds <= {"text/plain", "text/calendar", "multipart/mixed"}
    assert [one.subject for one in letters if "&lt;" in one.subject + one.body] == []
    assert [one.subject for one in letters if SHORT_SCRIPT[:-1] in one.subject + one.body]


def test_in_a_calendar_what_people_wrote_stays_in_its_line(scripts_everywhere, browsers):
    addresses, _columns = scripts_everywhere

    for name in ("spaces:booking_calendar", "spaces:space_feed", "events:event_calendar"):
        answer = browsers["hirer_manager"].get(addresses[name])
        lines = answer.content.decode().split("\r\n")
        assert answer.headers["Content-Type"].startswith("text/calendar")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert [line for line in lines[:-1] if not re.match(r"[A-Z-]+[:;]| ", line)] == []


def test_in_a_register_what_people_wrote_stays_in_its_cell(scripts_everywhere, browsers):
    answer = browsers["site_manager"].get(scripts_everywhere[0]["spaces:hire_register"])

    [heads, *rows] = csv.reader(answer.content.decode("utf-8-sig").splitlines())
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert rows
    assert {len(row) for row in rows} == {len(heads)}
    assert any(cell.startswith(LONG_SCRIPT) for row in rows for cell in row)
