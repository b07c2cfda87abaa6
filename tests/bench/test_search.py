"""The search of rooms among thousands of bookings: how it is asked, and what Postgres does."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from bench import goals, raw, setting
from bench.loading import load
from bench.questions import FLOOR_RESULT, RESULT, Question
from bench.web import blanks
from bench.world import Sizes, World
from core.clock import monday_of, today
from spaces.models import Booking, Occupancy

pytestmark = pytest.mark.django_db(transaction=True)

SIZES = Sizes(sites=12, spaces=120, bookings=6000, days=140, hirers=20, drill_groups=2)


def a_loaded_world():
    monday = monday_of(today())
    midnight = datetime.combine(monday, datetime.min.time(), UTC)
    load(World(SIZES, monday - timedelta(weeks=4), midnight), now=midnight)


def a_question(now, statement=raw.FILTERED, *, filtered=True):
    """One of the next weeks, to which there is an answer."""
    for number in range(400):
        asked = Question.numbered(number, now, filtered=filtered)
        rows = rows_of(statement, asked, now)
        if asked.starts_at < now + timedelta(weeks=14) and rows:
            return asked, rows
    raise AssertionError("There is no free room in any week.")


def rows_of(statement, asked, now):
    with connection.cursor() as cursor:
        cursor.execute(statement, asked.facts(now))
        return cursor.fetchall()


def test_a_loaded_world_is_searched_like_the_raw_statement_and_never_read_as_a_whole():
    a_loaded_world()
    now = timezone.now()
    goals.page_of("/spaces/")  # boroughs are remembered for a minute

    assert Booking.objects.count() == SIZES.bookings
    for filtered, statement, slug in ((True, raw.FILTERED, 4), (False, raw.ALL, 3)):
        asked, rows = a_question(now, statement, filtered=filtered)
        # Of a first page that shows little a note is kept; what is measured here is the search alone.
        page, statements = goals.page_of(f"{asked.address}&page=1")
        searches = statements.about("spaces_occupancy")

        assert RESULT.findall(page) == [row[slug] for row in rows]
        assert len(searches) == 1
        # Spaces, how many and those booked elsewhere; layouts, photographs, charges, access facts.
        assert len(statements.sent) <= 5
        assert not any(goals.scans(one, "spaces_occupancy") for one in searches)

    manager = User.objects.filter(managed_sites__isnull=False).order_by("pk")[0]
    with goals.watched() as listed:
        assert Booking.objects.visible_to(manager).count() > 100
    assert not any(goals.scans(one, "spaces_booking") for one in listed.about("spaces_booking"))

    # The same look finds a statement that does read the whole table.
    whole = ("SELECT max(hold_expires_at) FROM spaces_occupancy", None, 0.0)
    assert goals.scans(whole, "spaces_occupancy")
    assert Occupancy.objects.count() >= SIZES.bookings


def test_different_answers_stop_the_bench():
    with pytest.raises(setting.DifferentAnswers, match="the portal says"):
        setting.must_agree("a search", ["space-1"], ["space-2"])


def test_what_a_form_would_send_is_read_from_the_middle_of_the_page():
    page = """<form method="post"><input name="language" value="es"></form>
      <main><form method="get"><input name="q" value="no"></form><form method="post">
      <input type="hidden" name="form_id" value="7"><input name="day" value="">
      <input type="radio" name="way" value="a"><input type="radio" name="way" value="b" checked>
      <input type="checkbox" name="yes" value="on"><textarea name="needs"></textarea>
      <select name="kind"><option value="x">X<option value="y" selected>Y</select></form></main>"""

    assert blanks(page) == {"form_id": "7", "day": "", "way": "b", "needs": "", "kind": "y"}
    assert FLOOR_RESULT.findall('<li><a href="/spaces/hall-1/">Hall</a>') == ["hall-1"]
