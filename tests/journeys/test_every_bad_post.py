"""Every form × every role, filled in badly: words beside the field, status 422, nothing typed lost.

The forms come from the pages and the pages from the URL map. Whatever can be written in is given more
than it takes, in letters where a number or a date is asked; every choice is made.
"""

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from listening.models import Campaign
from tests.addresses import every_address
from tests.forms import KEPT_BY_NOBODY, Field, Form, forms_of
from tests.journeys.crawling import html_of
from tests.standing import ROLES, Demonstration
from tests.test_access import ACCESS, example_of, places_to_try

pytestmark = pytest.mark.django_db

TOO_LONG = 20_000
REFUSED = {409, 422, 429}

SHOWN_ONLY = {"core:gallery"}
"""A form there is an exhibit: nobody reads what is sent."""
ACCOUNT_PAGES = [
    name
    for name, arguments in every_address().items()
    if name.startswith(("account_", "mfa_", "usersessions_")) and not arguments
]


def badly(one: Field, number: int) -> list[str]:
    """What somebody in a hurry leaves in a field: too much of the wrong thing."""
    if one.is_written_in:
        words = f"<b>&amp;wörd{number}</b> ' \""
        longest = (one.limit or TOO_LONG if one.kind == "textarea" else one.limit or 500) + 1
        return [words + "x" * (longest - len(words))]
    if one.kind == "checkbox":
        return one.choices
    return one.choices[-1:]


def can_be_wrong(form: Form) -> bool:
    return any(one.is_written_in for one in form.visible())


def lost(form: Form, typed: dict[str, list[str]], again: Form | None) -> list[str]:
    """The fields whose answer did not come back."""
    if again is None:
        return ["the form itself"]
    back = again.held()
    return [
        f"{one.name} lost {typed[one.name][0][:30]!r}, shows {back.get(one.name, ['nothing'])[:1]}"
        for one in form.visible()
        if one.kind not in KEPT_BY_NOBODY and back.get(one.name) != typed[one.name]
    ]


def same_form(form: Form, html: str) -> Form | None:
    names = {one.name for one in form.visible()}
    return next(
        (one for one in forms_of(html) if names <= {other.name for other in one.visible()}), None
    )


def faults_of(client: Client, address: str, form: Form) -> list[str]:
    typed = {
        name: one.held if one.kind in {"hidden", "button"} else badly(one, number)
        for number, (name, one) in enumerate(form.fields.items())
    }
    with transaction.atomic():
        if form.method == "post":
            answer = client.post(form.action or address, typed)
        else:
            answer = client.get(form.action or address, typed)
        transaction.set_rollback(True)
    if answer.status_code not in REFUSED:
        return [f"answered {answer.status_code}"]
    page = answer.content.decode()
    found = lost(form, typed, same_form(form, page))
    if answer.status_code == 422:
        if "nhsuk-error-message" not in page and "error-message" not in page:
            found.append("says nothing beside a field")
        if not page.partition("<title>")[2].startswith("Error: "):
            found.append("has a title that does not begin with Error")
    return found


def faults_on(client: Client, address: str) -> list[str]:
    page = client.get(address)
    if page.status_code != 200:
        return [f"answered {page.status_code}"]
    return [
        f"form {place}: {fault}"
        for place, form in enumerate(forms_of(html_of(page) or ""))
        if can_be_wrong(form)
        for fault in faults_of(client, address, form)
    ]


def as_somebody(people: Demonstration, role: str) -> Client:
    client = Client(raise_request_exception=False)
    person = people.person(role)
    if person:
        client.force_login(person)
    return client


@pytest.fixture(scope="module")
def browsers(demonstration):
    """One signed-in client for each role."""
    return {role: as_somebody(demonstration, role) for role in ROLES}


@pytest.mark.parametrize("name", sorted(set(places_to_try()) - SHOWN_ONLY))
def test_a_bad_answer_is_refused_in_words_and_nothing_typed_is_lost(
    name, demonstration, browsers, settings
):
    settings.DEMONSTRATION = True
    address = reverse(name, kwargs=example_of(name, demonstration))
    faults = {}
    for role in ROLES:
        if ACCESS[name][role] == 200:
            found = faults_on(browsers[role], address)
            if found:
                faults[role] = found

    assert faults == {}


@pytest.mark.parametrize("name", ACCOUNT_PAGES)
def test_a_bad_answer_on_the_pages_of_an_account_loses_nothing(name, demonstration):
    faults = {}
    for role in ("visitor", "hirer_manager"):
        client = as_somebody(demonstration, role)
        if client.get(reverse(name)).status_code == 200:
            found = faults_on(client, reverse(name))
            if found:
                faults[role] = found

    assert faults == {}


def test_too_long_an_answer_to_a_campaign_comes_back_whole(demonstration):
    client = Client()
    campaign = Campaign.objects.get(slug="listening-2026-demo")
    address = reverse("listening:answer")
    page = client.post(address, {"start": "en", "campaign": campaign.slug}).content.decode()
    [form] = forms_of(page)
    while not can_be_wrong(form):
        page = client.post(address, {**form.held(), "go": "skip"}).content.decode()
        [form] = forms_of(page)

    assert faults_of(client, address, form) == []


def test_the_net_has_forms_in_it(demonstration, settings):
    """Were no form found, everything above would hold by itself."""
    settings.DEMONSTRATION = True
    staff = as_somebody(demonstration, "programme_staff")
    with_forms = {
        name
        for name in places_to_try()
        if any(
            can_be_wrong(form)
            for form in forms_of(
                html_of(staff.get(reverse(name, kwargs=example_of(name, demonstration)))) or ""
            )
        )
    }

    assert len(with_forms) > 12
