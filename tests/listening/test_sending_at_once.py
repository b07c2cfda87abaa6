"""An impatient thumb: the same form sent many times at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from listening.models import Answer, QuestionText, Response
from listening.rules.receipts import with_check_digit
from listening.services.answers import Said, receive_response
from tests.factories.listening import an_open_campaign

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8


def send_at_once(*bodies: str) -> list[object]:
    """Each body in a thread of its own, all let go together; what each got back."""
    campaign = an_open_campaign()
    text = QuestionText.objects.get(question__key="pressure")
    submission, code = uuid4(), with_check_digit("3" * 11)
    ready = Barrier(len(bodies))

    def send(words: str) -> object:
        said = Said(language="en", may_quote=False, borough=None, age_band="", words={text: words})
        ready.wait()
        try:
            return receive_response(
                campaign, submission=submission, code=code, said=said, today=date(2026, 11, 25)
            ).pk
        except ValidationError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(send, bodies))


def test_the_same_answers_sent_at_once_are_kept_once_and_all_get_the_same():
    got = send_at_once(*["The lift is broken a lot."] * AT_ONCE)

    kept = Response.objects.get()
    assert got == [kept.pk] * AT_ONCE
    assert Answer.objects.get().words == "The lift is broken a lot."


def test_of_two_different_bodies_sent_at_once_one_is_kept_whole():
    got = send_at_once("The lift is broken.", "The bus is late.")

    kept = Response.objects.get()
    assert sorted(map(str, got)) == sorted([str(kept.pk), "sent_before"])
    assert Answer.objects.count() == 1
