"""One fault of one answer is told once."""

from datetime import UTC, datetime

import pytest

from spaces.forms.addresses import AddressForm
from spaces.forms.deciding import RefusalForm
from spaces.forms.documents import CheckDocumentForm
from spaces.forms.facts import FactsForm
from spaces.forms.hirers import DecideHirerForm
from spaces.forms.offer_access import AccessForm
from spaces.forms.offer_answers import DecideOfferForm
from spaces.forms.photographs import DescribePhotographForm
from spaces.forms.references import AskReferenceForm
from spaces.forms.reports import AnswerReportForm, ReportFactForm
from spaces.models import AccessFact, FactReport, SpaceOffer

TOO_LONG = "Use 400 characters or fewer"
LONG = "x" * 601
NOT_CHECKED = {f"value_{key}": AccessFact.Value.NOT_CHECKED.value for key in AccessFact.Key.values}
TODAY = datetime(2026, 11, 29, tzinfo=UTC).date()


def told(form, name):
    return list(form.errors.get(name, []))


def answer_to_a_report(typed):
    return AnswerReportForm(typed, report=FactReport(fact=FactReport.About.values[0]))


@pytest.mark.parametrize(
    ("form", "name", "said"),
    [
        (
            DecideHirerForm(
                {"outcome": "decline", "reason": LONG}, is_complete=True, must_check=False
            ),
            "reason",
            TOO_LONG,
        ),
        (CheckDocumentForm({"outcome": "refuse", "reason": LONG}), "reason", TOO_LONG),
        (
            DecideOfferForm({"outcome": "ask", "question": LONG}, offer=SpaceOffer()),
            "question",
            "Use 600 characters or fewer",
        ),
        (
            DecideOfferForm({"outcome": "decline", "reason": LONG}, offer=SpaceOffer()),
            "reason",
            "Use 600 characters or fewer",
        ),
        (RefusalForm({"reason": "other", "reason_note": LONG}), "reason_note", TOO_LONG),
        (answer_to_a_report({"outcome": "left", "answer": LONG}), "answer", TOO_LONG),
        (
            AccessForm(
                NOT_CHECKED | {"value_door_width": "yes", "note_door_width": LONG}, today=TODAY
            ),
            "note_door_width",
            "Use 200 characters or fewer",
        ),
    ],
    ids=["group", "paper", "question", "offer", "booking", "report", "access"],
)
def test_an_answer_that_is_too_long_is_not_called_missing(form, name, said):
    assert told(form, name) == [said]


@pytest.mark.parametrize(
    ("form", "name", "said"),
    [
        (
            AddressForm({"street": "1 High Street", "postcode": "SE13 6LH 9999"}),
            "postcode",
            "Enter a full UK postcode, such as AA3 1AB",
        ),
        (
            FactsForm({"responsible_phone": "0" * 21}, is_private=True),
            "responsible_phone",
            "Enter a phone number, such as 020 7946 0123",
        ),
        (
            DescribePhotographForm({"alternative_text": "Hall"}),
            "alternative_text",
            "Say what somebody would see, such as “A bright hall with a wooden floor”.",
        ),
        (
            ReportFactForm({"email": f"a@{'b' * 300}.org"}),
            "email",
            "Enter an e-mail address like name@example.org, or none",
        ),
        (
            AskReferenceForm({"email": f"a@{'b' * 300}.org"}),
            "email",
            "Enter an e-mail address, such as name@example.org",
        ),
    ],
    ids=["postcode", "phone", "photograph", "report", "reference"],
)
@pytest.mark.django_db
def test_what_breaks_two_rules_is_told_of_one(form, name, said):
    assert told(form, name) == [said]
