"""Every form of rooms × every role, sent with what it does not ask for: nobody reads that.

The forms come from the pages, as in `test_every_bad_post.py`. Each is filled in well and sent twice, and
what it did is taken back each time: once as it is, and once with what only the portal itself may say.
That is what other programs fell to, and every column of every row that the form has just written.

Where there are values without number, the one that is sent stands nowhere else in the world: a row
that has it was written from it. Of a yes or no and of a choice there is none such, so they must be
what they were the first time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection, models, transaction
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from accounts.models import User
from core.secret_links import hash_of
from spaces.models import Hirer, Invitation, Reference
from spaces.services import feeds, registering
from tests.factories.accounts import UserFactory, whose_address_is_verified
from tests.factories.spaces import (
    BookingFactory,
    HirerFactory,
    SpaceFactory,
    a_manager_of,
    a_member_of,
)
from tests.forms import Form, forms_of
from tests.journeys.crawling import html_of
from tests.journeys.filling import filled_in
from tests.journeys.test_every_page import OF_ROOMS
from tests.standing import ROLES, Demonstration
from tests.test_access import (
    ACCESS,
    a_reference,
    example_of,
    the_group,
    the_groups_invitation,
)

pytestmark = [pytest.mark.prove, pytest.mark.django_db]
"""Half a minute of forms: a drill."""

KEY = 23571
"""Of somebody, a group, a room and a booking that nothing else in the world points at."""
WORDS = "smuggled-words"
DAY = "2033-03-13"
UUID_SENT = str(UUID(int=KEY))

PRIVILEGED: dict[str, object] = {
    # Which row it is.
    "id": KEY, "pk": KEY, "uuid": UUID_SENT, "version": UUID_SENT,
    # What somebody may do.
    "is_staff": "True", "is_superuser": "True", "is_active": "", "role": "programme_staff",
    "roles": "programme_staff", "groups": KEY, "user": KEY, "user_id": KEY,
    "email": f"{WORDS}@example.org",
    # Whose it is.
    "hirer": KEY, "organisation": KEY, "site": KEY, "space": KEY, "requested_by": KEY,
    "held_by": KEY, "added_by": KEY,
    # What became of it.
    "state": "confirmed", "status": "published", "decided_by": KEY, "decided_at": DAY,
    "approved_by": KEY, "checked_by": KEY, "confirmed_despite": WORDS, "expires_at": DAY,
    # What it costs.
    "price": KEY, "price_pence": KEY, "is_free_use_granted": "True",
}  # fmt: skip

SHOW_FORMS_OF_OTHERS = {"spaces:document", "spaces:days"}
"""Pages that take no form themselves and show one that another address takes."""
ASKED_LATER = {"less_time_free"}
"""The same form asks for it, of those who may say it, once the room is kept too close to another use."""
NEVER_WHOLE = {"spaces:send_offer"}
"""The offer of the demonstration that is not sent yet lacks something, so there is no button."""

TABLES = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}

Row = dict[str, Any]


# --- Every form, as somebody is shown it --------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    who: str
    client: Client
    address: str
    form: Form

    @property
    def name(self) -> str:
        return resolve(urlsplit(self.address).path).view_name

    def __str__(self) -> str:
        return f"{self.name} as {self.who}"


def forms_shown(who: str, person: User | None, address: str) -> list[Shown]:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    if person:
        client.force_login(person)
    return [
        Shown(who, client, form.action or address, form)
        for form in forms_of(html_of(client.get(address)) or "")
        if form.method == "post"
    ]


def addresses_of_forms(people: Demonstration) -> Iterator[tuple[str, str, bool]]:
    """Name and address of whatever takes a form, and of the pages that show one; whether it is a page."""
    client = Client()
    client.force_login(people.people["programme_staff"])
    for name in (one for one in ACCESS if one.startswith(OF_ROOMS)):
        address = reverse(name, kwargs=example_of(name, people))
        # The method is asked about before anything else, so nothing happens here.
        takes = client.options(address).headers["Allow"]
        if "POST" in takes or name in SHOW_FORMS_OF_OTHERS:
            yield name, address, "GET" in takes


def further_pages(people: Demonstration) -> Iterator[tuple[str, User | None, str]]:
    """What none of the cast comes upon by itself: behind links in letters, and after a first step."""
    waiting = Reference.objects.get(**a_reference(people))
    their_manager = a_manager_of(waiting.hirer)
    for name, rows in (
        ("spaces:ask_reference", {"slug": waiting.hirer.organisation.slug}),
        ("spaces:withdraw_reference", {"uuid": waiting.uuid}),
    ):
        yield "the manager of that group", their_manager, reverse(name, kwargs=rows)
    Reference.objects.filter(pk=waiting.pk).update(link_hash=hash_of("a link"))
    yield "a referee", None, reverse("spaces:answer_reference", args=["a link"])

    invited = whose_address_is_verified(UserFactory())
    number = the_groups_invitation(people)["number"]
    Invitation.objects.filter(pk=number).update(email=invited.email, link_hash=hash_of("a link"))
    yield "whoever is invited", invited, reverse("spaces:invitation", args=["a link"])

    manager, group = people.people["hirer_manager"], the_group(people)
    said = "?site=old-signal-house&policy=yes&business=no&paid=no&elsewhere=no&people=5"
    yield "a manager", manager, reverse("spaces:insurance") + said
    hirer = Hirer.objects.get(organisation__slug=group["slug"])
    feeds.make_feed(hirer, by=manager, now=timezone.now())
    yield "who has an address", manager, reverse("spaces:group_calendar", kwargs=group)

    hirer = HirerFactory()
    a_member_of(hirer)
    address = reverse("spaces:hand_over", args=[hirer.organisation.slug])
    yield "a manager with nobody asked", a_manager_of(hirer), address

    for step in ("group", "work", "people"):
        address = reverse("spaces:register_step", args=[step])
        [page] = forms_shown("", invited, address)
        typed = {name: list(map(str, said)) for name, said in filled_in(page.form).items()}
        registering.keep_answers(invited, typed)
        yield "somebody new", invited, address
    yield "somebody new", invited, reverse("spaces:register_hirer")


@pytest.fixture(scope="module")
def shown(demonstration):
    """Every form, for everybody who is shown it, in a world with rows to point at."""
    organisation = HirerFactory(pk=KEY, organisation__pk=KEY).organisation
    space = SpaceFactory(pk=KEY, site__pk=KEY, site__owner=organisation)
    BookingFactory(pk=KEY, space=space, hirer_id=KEY, requested_by=UserFactory(pk=KEY))
    found = []
    for name, address, is_page in addresses_of_forms(demonstration):
        for role in ROLES:
            if is_page and ACCESS[name][role] == 200:
                found += forms_shown(role, demonstration.person(role), address)
    # Last: what it makes would be in the way of the cast.
    for who, person, address in further_pages(demonstration):
        found += forms_shown(who, person, address)
    return found


# --- What a form writes -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    status: int
    rows: list[tuple[str, Row]]
    """Table and row of whatever is new or changed."""


def outcome_of(shown: Shown, more: dict[str, object]) -> Outcome:
    """Send the form and look what it has done; then it is as if it had never been sent."""
    cache.clear()  # Nobody has asked too often yet.
    with transaction.atomic():
        since = transaction_now()
        answer = shown.client.post(shown.address, {**more, **filled_in(shown.form)})
        # After an error of the database nothing can be asked any more.
        rows = rows_written(since) if answer.status_code < 500 else []
        transaction.set_rollback(True)
    return Outcome(answer.status_code, rows)


def transaction_now() -> int:
    """The number of this part of the transaction. It gets one when it first writes."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE IF NOT EXISTS first_written ()")
        cursor.execute("INSERT INTO first_written DEFAULT VALUES RETURNING xmin::text::bigint")
        [number] = cursor.fetchone()
    return int(number)


def rows_written(since: int) -> list[tuple[str, Row]]:
    """Each row carries the number of the transaction, or of the part of one, that wrote it."""
    parts = [
        f"SELECT '{table}', to_json(one) FROM {table} one WHERE xmin::text::bigint >= {since}"
        for table in sorted(TABLES)
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        rows = list(cursor.fetchall())
    # In the order in which they were made: as words, 100 would come before 99.
    return sorted(rows, key=lambda one: (one[0], one[1].get("id", 0)))


# --- What is sent besides -----------------------------------------------------------------------------


def smuggled(shown: Shown, plain: Outcome) -> dict[str, object]:
    more = dict(PRIVILEGED)
    for table, row in plain.rows:
        for column in TABLES[table]._meta.concrete_fields:
            more[column.name] = more[column.attname] = other_than(row[column.column], column)
    asked = (
        ASKED_LATER
        | set(shown.form.fields)
        | {name.removesuffix("_day") for name in shown.form.fields}
    )
    return {name: value for name, value in more.items() if name not in asked}


def other_than(value: object, column: models.Field) -> object:
    """What could stand in this column and does not."""
    if isinstance(column, models.BooleanField):
        return "" if value else "True"
    if column.choices:
        return next(choice for choice, _label in column.flatchoices if choice != value)
    if column.is_relation or isinstance(column, models.IntegerField):
        return KEY
    if isinstance(column, models.DateField):
        return DAY
    return UUID_SENT if isinstance(column, models.UUIDField) else WORDS


def carries(value: object) -> bool:
    """Say whether a value that was sent besides is in it, however deep."""
    if isinstance(value, dict):
        return any(carries(one) for one in value.values())
    if isinstance(value, list):
        return any(carries(one) for one in value)
    if isinstance(value, str):
        return value in {str(KEY), UUID_SENT} or WORDS in value or DAY in value
    return value == KEY


def choices_in(outcome: Outcome) -> list[tuple[str, Row]]:
    """What the rows say where there are only some values."""
    return [
        (
            table,
            {
                column.name: row[column.column]
                for column in TABLES[table]._meta.concrete_fields
                if column.choices or isinstance(column, models.BooleanField)
            },
        )
        for table, row in outcome.rows
    ]


def faults_of(shown: Shown, plain: Outcome) -> list[str]:
    besides = outcome_of(shown, smuggled(shown, plain))
    found = [
        f"{table}.{column} is {value!r}"
        for table, row in besides.rows
        for column, value in row.items()
        if carries(value)
    ]
    if besides.status != plain.status:
        found.append(f"answered {besides.status} instead of {plain.status}")
    elif choices_in(besides) != choices_in(plain):
        found += [
            f"{table} says {row}"
            for table, row in choices_in(besides)
            if (table, row) not in choices_in(plain)
        ] or ["other rows are written"]
    return found


@pytest.fixture(scope="module")
def sent(shown):
    """Every form with what it does as it is."""
    return [(one, outcome_of(one, {})) for one in shown]


def test_nothing_is_kept_that_no_form_asks_for(sent):
    faults = {str(one): found for one, plain in sent if (found := faults_of(one, plain))}

    assert faults == {}


def test_every_address_that_takes_a_form_is_tried(demonstration, shown):
    taking = {name for name, _address, _is_page in addresses_of_forms(demonstration)}

    assert {one.name for one in shown} == taking - SHOW_FORMS_OF_OTHERS - NEVER_WHOLE


def test_the_forms_are_filled_in_so_that_they_are_accepted(sent):
    """Were they refused, nothing would be written, and everything above would hold by itself."""
    accepted = {one.name for one, plain in sent if plain.status < 400}

    assert {one.name for one, _plain in sent} == accepted
