import logging
import socket
import threading
from datetime import timedelta

import pytest
from django.db import connection, connections

from notifications.calendar import calendar_file
from notifications.delivery import LEASE, MOST_ATTEMPTS, claim, deliver_due, drain, wait_after
from notifications.models import Message
from notifications.services import withdraw
from tests.factories.notifications import NOW, MessageFactory
from tests.notifications.sink import free_port

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def refuse_everything(letter):
    return "550 no such person here: secret@example.org"


def test_a_due_letter_reaches_one_person_as_plain_text(office):
    message = MessageFactory(
        address="amina@example.org", subject="Your room", body="Hello,\n\nIt is yours.\n"
    )

    assert deliver_due(now=NOW) == 1

    [letter] = office.letters
    assert letter.recipients == ["amina@example.org"]
    assert letter.content["To"] == "amina@example.org"
    assert letter.content["Cc"] is None
    assert letter.content["Bcc"] is None
    assert letter.content["Subject"] == "Your room"
    assert letter.content["Auto-Submitted"] == "auto-generated"
    assert letter.content["Date"]
    assert letter.message_id == message.message_id
    assert letter.content.get_content_type() == "text/plain"
    assert letter.content.get_content().replace("\r\n", "\n") == "Hello,\n\nIt is yours.\n"
    message.refresh_from_db()
    assert (message.state, message.sent_at, message.attempts) == ("sent", NOW, 1)


def test_letters_in_every_script_arrive_as_they_were_written(office):
    MessageFactory(subject="حجزك مؤكد – Olá", body="مرحبا\n\nAté já, O'Brien & família\n")

    deliver_due(now=NOW)

    [letter] = office.letters
    assert letter.content["Subject"] == "حجزك مؤكد – Olá"
    assert "Até já, O'Brien & família" in letter.content.get_content()


def test_a_calendar_file_travels_with_its_method(office):
    file = calendar_file(
        uid="event-1@example.org",
        title="Open evening",
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=2),
        place="Town hall",
        stamp=NOW,
        sequence=3,
        method="CANCEL",
        attendee="amina@example.org",
    )
    MessageFactory(calendar=file.text, calendar_method=file.method)

    deliver_due(now=NOW)

    [part] = list(office.letters[0].content.iter_attachments())
    assert part.get_content_type() == "text/calendar"
    assert part["Content-Type"].params["method"] == "CANCEL"
    assert part.get_filename() == "invite.ics"
    lines = part.get_content().splitlines()
    assert {"METHOD:CANCEL", "SEQUENCE:3", "UID:event-1@example.org"} <= set(lines)


def test_one_run_uses_one_connection_for_many_letters(office):
    MessageFactory.create_batch(5)

    assert deliver_due(now=NOW) == 5

    assert office.connections == 1


def test_a_second_run_sends_nothing_again(office):
    MessageFactory.create_batch(3)

    assert [deliver_due(now=NOW), deliver_due(now=NOW)] == [3, 0]

    assert len(office.letters) == 3


def test_a_letter_waits_for_its_time(office):
    MessageFactory(next_try_at=NOW + SECOND)

    assert [deliver_due(now=NOW), deliver_due(now=NOW + SECOND)] == [0, 1]


def test_a_withdrawn_letter_is_not_sent(office):
    message = MessageFactory(about="spaces.booking:1")
    withdraw("spaces.booking:1")

    deliver_due(now=NOW)

    message.refresh_from_db()
    assert (message.state, office.letters) == ("withdrawn", [])


def test_a_letter_that_comes_too_late_is_not_sent(office):
    message = MessageFactory(valid_until=NOW, is_private=True)

    deliver_due(now=NOW)

    message.refresh_from_db()
    assert (message.state, message.body, office.letters) == ("expired", "", [])


def test_a_letter_withdrawn_while_it_leaves_stays_withdrawn_and_says_that_it_had_left(
    office, transactional_db
):
    message = MessageFactory(about="spaces.booking:1")

    def somebody_cancels_now(letter):
        withdraw("spaces.booking:1")
        connections.close_all()

    office.refuse = somebody_cancels_now
    deliver_due(now=NOW)

    message.refresh_from_db()
    assert (message.state, message.sent_at) == ("withdrawn", None)
    assert message.last_problem == "LeftBeforeWithdrawn"
    assert office.message_ids == [message.message_id]


def test_a_failed_letter_is_tried_again_later_and_later(office):
    office.refuse = refuse_everything
    message = MessageFactory()

    deliver_due(now=NOW)

    message.refresh_from_db()
    assert (message.state, message.attempts) == ("waiting", 1)
    assert message.next_try_at == NOW + timedelta(seconds=60)
    assert message.last_problem == "SMTPDataError"


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 60), (2, 120), (3, 240), (4, 480), (5, 960), (6, 1920), (7, 3600), (8, 3600)],
)
def test_the_wait_doubles_up_to_an_hour(attempts, seconds):
    assert wait_after(attempts) == timedelta(seconds=seconds)


def test_after_eight_tries_a_letter_is_put_aside_and_the_log_has_no_address(office, caplog):
    office.refuse = refuse_everything
    message = MessageFactory()

    now = NOW
    with caplog.at_level(logging.WARNING):
        for _try in range(MOST_ATTEMPTS + 2):
            deliver_due(now=now)
            now += timedelta(hours=2)

    message.refresh_from_db()
    assert (message.state, message.attempts) == ("failed", MOST_ATTEMPTS)
    assert message.last_problem == "SMTPDataError"
    assert list(Message.objects.dead()) == [message]
    assert str(message.uuid) in caplog.text
    assert "example.org" not in caplog.text


def test_a_letter_that_kills_its_worker_every_time_is_put_aside(office):
    message = MessageFactory()
    for number in range(MOST_ATTEMPTS):
        claim(now=NOW + timedelta(hours=number))

    deliver_due(now=NOW + timedelta(days=1))

    message.refresh_from_db()
    assert (message.state, message.last_problem, office.letters) == ("failed", "WorkerLost", [])


def test_a_poisoned_letter_does_not_stop_the_others(office):
    poisoned = MessageFactory(subject="two\nlines")
    others = MessageFactory.create_batch(3)

    assert deliver_due(now=NOW) == 3

    assert set(office.message_ids) == {other.message_id for other in others}
    poisoned.refresh_from_db()
    assert (poisoned.state, poisoned.last_problem) == ("waiting", "BadHeaderError")


def test_while_the_post_office_is_shut_no_try_is_counted(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    message = MessageFactory()

    for minute in range(20):
        deliver_due(now=NOW + timedelta(minutes=minute))

    message.refresh_from_db()
    assert (message.state, message.attempts) == ("waiting", 0)
    assert message.last_problem == "ConnectionRefusedError"


def test_a_post_office_that_never_answers_is_left_after_one_letter(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_TIMEOUT = 0.2
    messages = MessageFactory.create_batch(3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()

        deliver_due(now=NOW)

    tried = [message for message in messages if Message.objects.get(pk=message.pk).last_problem]
    assert tried == messages[:1]


def test_private_words_are_forgotten_once_they_left(office):
    private = MessageFactory(is_private=True, body="https://example.org/events/my/secret/")
    plain = MessageFactory(body="Nothing to hide.")

    deliver_due(now=NOW)

    private.refresh_from_db()
    plain.refresh_from_db()
    assert (private.body, plain.body) == ("", "Nothing to hide.")


def test_the_demonstration_keeps_private_words_for_its_mailbox(office, settings):
    settings.DEMONSTRATION = True
    private = MessageFactory(is_private=True, body="A code: 123456")

    deliver_due(now=NOW)

    private.refresh_from_db()
    assert private.body == "A code: 123456"


def test_a_run_ends_after_about_a_minute(office):
    MessageFactory.create_batch(5)
    moments = iter(NOW + timedelta(seconds=10 * tick) for tick in range(100))

    sent = drain(clock=lambda: next(moments))

    assert (sent, Message.objects.waiting().count()) == (3, 2)


def test_nothing_is_open_in_postgres_while_a_letter_leaves(office, transactional_db):
    MessageFactory()
    open_transactions = []

    def look(letter):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%%'"
                " AND datname = current_database()"
            )
            open_transactions.append(cursor.fetchone()[0])
        connections.close_all()

    office.refuse = look
    deliver_due(now=NOW)

    assert open_transactions == [0]


def test_two_workers_at_once_send_each_letter_once(office, transactional_db):
    messages = MessageFactory.create_batch(40)

    def work():
        try:
            deliver_due(now=NOW)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _worker in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(office.message_ids) == sorted(message.message_id for message in messages)
    assert Message.objects.filter(state="sent").count() == 40


def test_a_letter_whose_worker_died_goes_again_when_its_lease_ends(office):
    message = MessageFactory()
    claim(now=NOW)

    assert deliver_due(now=NOW + LEASE - SECOND) == 0
    assert deliver_due(now=NOW + LEASE) == 1

    assert office.message_ids == [message.message_id]


def a_relay(server, waits):
    """Take one letter from somebody who signs in, and note each time they waited for an answer."""
    answers = {
        b"EHLO": b"250-relay\r\n250 AUTH LOGIN",
        b"AUTH": b"334 UGFzc3dvcmQ6",
        b"C2VJ": b"235 welcome",  # the password
        b"DATA": b"354 go on",
    }
    connection, _address = server.accept()
    waits += ["the connection", "the greeting"]
    with connection, connection.makefile("rwb", buffering=0) as line:
        line.write(b"220 relay\r\n")
        for said in line:
            word = said[:4].upper()
            waits.append(word)
            line.write(answers.get(word, b"250 OK") + b"\r\n")
            if word == b"DATA":
                while next(line) != b".\r\n":
                    pass
                waits.append("the words")
                line.write(b"250 OK\r\n")


def test_a_lease_outlasts_a_server_that_takes_its_time_over_every_answer(settings):
    a_step = timedelta(seconds=settings.EMAIL_TIMEOUT)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "portal", "secret"
    MessageFactory()
    waits = []
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
        relay = threading.Thread(target=a_relay, args=[server, waits])
        relay.start()

        assert deliver_due(now=NOW) == 1
        relay.join()

    # Without the encryption, which adds four: STARTTLS, two for its handshake, EHLO.
    assert len(waits) + 4 > 12
    assert a_step * (len(waits) + 4) < LEASE
