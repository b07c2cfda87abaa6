"""What happens when somebody asks, decides or cancels; and what is found for those who look."""

from spaces.services import (
    agreements,
    papers,
)
from spaces.services.access import tell_access
from spaces.services.addresses import change_address, version_of_address
from spaces.services.affected import (
    UNSEEN,
)
from spaces.services.appeals import (
    appeal,
    appeal_due,
    decide_appeal,
    last_appeal,
    open_appeal,
)
from spaces.services.arrival import (
    arrival_told,
    say_how_to_get_in,
    version_of_arrival,
)
from spaces.services.asking import (
    FORM_USED,
    NEW_PRICE,
    request_booking,
)
from spaces.services.asking_again import (
    ask_again,
)
from spaces.services.bank_holidays import close_bank_holidays, close_new_site
from spaces.services.booking_list import find_bookings
from spaces.services.bookings import (
    TOO_OFTEN,
)
from spaces.services.cancelling import (
    cancel_by_hirer,
    cancel_by_site,
)
from spaces.services.changing import (
    change_booking,
    outcome_of,
    price_after,
    reinstate_booking,
    why_anew,
    why_not_back,
)
from spaces.services.charging import (
    end_price,
    set_price,
)
from spaces.services.closures import (
    close_rooms,
    open_rooms,
)
from spaces.services.confirming import (
    confirm_despite,
    confirm_ready,
    missing_of,
    what_is_missing,
)
from spaces.services.deciding import (
    NOTHING_MORE,
    approve_booking,
    decline_booking,
    escalate,
    rivals_of,
    rule_says_yes,
    says_yes_at_once,
)
from spaces.services.describing import change_room, version_of_room
from spaces.services.facts import (
    FACTS,
    ask_to_confirm,
    change_name,
    keep_facts,
    version_of,
)
from spaces.services.feeds import (
    busy_feed,
    end_feeds,
    feed_of,
    find_feed,
    group_feed,
    make_feed,
    stop_feed,
)
from spaces.services.found_wrong import confirmed_on_lost_papers, what_was_lost
from spaces.services.hirers import (
    approve_hirer,
    decline_hirer,
    register_hirer,
)
from spaces.services.holding import (
    forget_holds,
    groups_that_telephone,
    hold_space,
    let_go,
    rooms_by_telephone,
)
from spaces.services.invitations import (
    find_hirer_invitation,
    invite_hirer,
    look_after_invitations,
    withdraw_hirer_invitation,
)
from spaces.services.joining import (
    accept_invitation,
    decline_invitation,
    find_invitation,
    forget_unanswered,
    group_joined,
    hand_over_to,
    hand_overs_to,
    invite,
    is_for,
    offer_hand_over,
    open_invitations,
    said_yes,
    took_over,
    withdraw_invitation,
)
from spaces.services.lateness import late_cancellations
from spaces.services.left_outside import LeftOutside, left_outside
from spaces.services.looking import (
    note_look,
    who_looked,
)
from spaces.services.needs import (
    save_needs,
)
from spaces.services.offer_answers import (
    ask_for_changes,
    decline_offer,
    publish_offer,
)
from spaces.services.offer_parts import (
    remove_offered_room,
    save_access,
    save_building,
    save_hours,
    save_offered_room,
    save_terms,
)
from spaces.services.offers import (
    send_offer,
    start_offer,
    what_is_told,
    withdraw_offer,
)
from spaces.services.opening import (
    bank_holidays_open,
    change_hours,
    coming_days,
    follow_site_hours,
    say_of_day,
    take_back_day,
)
from spaces.services.people import (
    appoint_manager,
    change_kind,
    end_membership,
    has_manager,
    people_of,
)
from spaces.services.photographs import (
    add_photograph,
    describe_photograph,
    move_photograph,
    remove_photograph,
)
from spaces.services.places import (
    JUST_TAKEN,
    TOO_CLOSE,
)
from spaces.services.questions import (
    answer_question,
    ask_question,
    questions_for,
)
from spaces.services.reminders import (
    send_reminders,
)
from spaces.services.reports import (
    forget_reporters,
    leave_fact,
    mend_fact,
    report_fact,
    told_now,
)
from spaces.services.rooms import why_not
from spaces.services.silence import tell_of_silence
from spaces.services.site_papers import ask_for_paper, stop_asking_for_paper
from spaces.services.site_rules import (
    set_rules_of_asking,
)
from spaces.services.site_words import describe_site, version_of_site_words
from spaces.services.steps import (
    standings,
)
from spaces.services.still_asked import (
    still_asked_of,
)
from spaces.services.stopping import bookings_to_come, stop_hirer
from spaces.services.telling import (
    diary_entry,
)
from spaces.services.timeline import (
    timeline,
)
from spaces.services.turns import (
    CHANGED_MEANWHILE,
    hold_rooms,
)
from spaces.services.writing import (
    write_to_group,
)

__all__ = [
    "CHANGED_MEANWHILE",
    "FACTS",
    "FORM_USED",
    "JUST_TAKEN",
    "NEW_PRICE",
    "NOTHING_MORE",
    "TOO_CLOSE",
    "TOO_OFTEN",
    "UNSEEN",
    "LeftOutside",
    "accept_invitation",
    "add_photograph",
    "agreements",
    "answer_question",
    "appeal",
    "appeal_due",
    "appoint_manager",
    "approve_booking",
    "approve_hirer",
    "arrival_told",
    "ask_again",
    "ask_for_changes",
    "ask_for_paper",
    "ask_question",
    "ask_to_confirm",
    "bank_holidays_open",
    "bookings_to_come",
    "busy_feed",
    "cancel_by_hirer",
    "cancel_by_site",
    "change_address",
    "change_booking",
    "change_hours",
    "change_kind",
    "change_name",
    "change_room",
    "close_bank_holidays",
    "close_new_site",
    "close_rooms",
    "coming_days",
    "confirm_despite",
    "confirm_ready",
    "confirmed_on_lost_papers",
    "decide_appeal",
    "decline_booking",
    "decline_hirer",
    "decline_invitation",
    "decline_offer",
    "describe_photograph",
    "describe_site",
    "diary_entry",
    "end_feeds",
    "end_membership",
    "end_price",
    "escalate",
    "feed_of",
    "find_bookings",
    "find_feed",
    "find_hirer_invitation",
    "find_invitation",
    "follow_site_hours",
    "forget_holds",
    "forget_reporters",
    "forget_unanswered",
    "group_feed",
    "group_joined",
    "groups_that_telephone",
    "hand_over_to",
    "hand_overs_to",
    "has_manager",
    "hold_rooms",
    "hold_space",
    "invite",
    "invite_hirer",
    "is_for",
    "keep_facts",
    "last_appeal",
    "late_cancellations",
    "leave_fact",
    "left_outside",
    "let_go",
    "look_after_invitations",
    "make_feed",
    "mend_fact",
    "missing_of",
    "move_photograph",
    "note_look",
    "offer_hand_over",
    "open_appeal",
    "open_invitations",
    "open_rooms",
    "outcome_of",
    "papers",
    "people_of",
    "price_after",
    "publish_offer",
    "questions_for",
    "register_hirer",
    "reinstate_booking",
    "remove_offered_room",
    "remove_photograph",
    "report_fact",
    "request_booking",
    "rivals_of",
    "rooms_by_telephone",
    "rule_says_yes",
    "said_yes",
    "save_access",
    "save_building",
    "save_hours",
    "save_needs",
    "save_offered_room",
    "save_terms",
    "say_how_to_get_in",
    "say_of_day",
    "says_yes_at_once",
    "send_offer",
    "send_reminders",
    "set_price",
    "set_rules_of_asking",
    "standings",
    "start_offer",
    "still_asked_of",
    "stop_asking_for_paper",
    "stop_feed",
    "stop_hirer",
    "take_back_day",
    "tell_access",
    "tell_of_silence",
    "timeline",
    "told_now",
    "took_over",
    "version_of",
    "version_of_address",
    "version_of_arrival",
    "version_of_room",
    "version_of_site_words",
    "what_is_missing",
    "what_is_told",
    "what_was_lost",
    "who_looked",
    "why_anew",
    "why_not",
    "why_not_back",
    "withdraw_hirer_invitation",
    "withdraw_invitation",
    "withdraw_offer",
    "write_to_group",
]
