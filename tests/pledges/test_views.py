import re
from datetime import timedelta
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from anchors.models import Mandate
from core.clock import today
from core.templatetags.dates import short_date
from listening.models import Campaign
from pledges import services
from pledges.models import Owner, Pledge, PledgeStatusChange, PledgeUpdate
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.anchors import OrganisationFactory, a_person_for
from tests.factories.pledges import (
    PledgeFactory,
    PledgeStatusChangeFactory,
    PledgeUpdateFactory,
    ThemeFactory,
    it_stands,
    owned_by,
)

pytestmark = pytest.mark.django_db


def days_ago(days):
    return today() - timedelta(days=days)


def sign_in(client, person):
    """Signed in as the middleware wants staff to be: with a second factor set up."""
    Authenticator.objects.get_or_create(
        user=person, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}}
    )
    client.force_login(person)
    return person


def listed(client, **filters):
    response = client.get(reverse("pledges:pledges"), filters)
    return [pledge.reference for pledge, _standing in response.context["rows"]]


def text_of(response):
    return " ".join(response.content.decode().split())


# --- The list ------------------------------------------------------------------------------------


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_list_costs_the_same_for_one_pledge_as_for_many(
    client, django_assert_num_queries, how_many
):
    theme = ThemeFactory()
    for _number in range(how_many):
        pledge = owned_by(OrganisationFactory())
        pledge.themes.add(theme)
        PledgeUpdateFactory(pledge=pledge)
        PledgeStatusChangeFactory(pledge=pledge)

    # To choose from: themes, organisations. Count; page, owners, themes; summary.
    with django_assert_num_queries(7):
        response = client.get(reverse("pledges:pledges"))

    assert len(response.context["rows"]) == how_many


def test_what_is_late_or_silent_comes_first(client):
    PledgeFactory(reference="PL-1", made_on=days_ago(10))
    PledgeFactory(reference="PL-2", made_on=days_ago(97))
    PledgeFactory(reference="PL-3", made_on=days_ago(10), due_on=days_ago(1))
    it_stands(PledgeFactory(reference="PL-0", made_on=days_ago(400)), "delivered")

    assert listed(client) == ["PL-3", "PL-2", "PL-1", "PL-0"]


def test_filters_are_read_together(client):
    theme, organisation = ThemeFactory(), OrganisationFactory(slug="south-quay")
    wanted = owned_by(organisation, reference="PL-1", title="Bread for all (demo)")
    wanted.themes.add(theme)
    it_stands(wanted, "in_progress")
    it_stands(owned_by(organisation, reference="PL-2"), "not_started")
    PledgeFactory(reference="PL-3").themes.add(theme)

    assert listed(client, organisation="south-quay") == ["PL-1", "PL-2"]
    assert listed(client, theme="getting-around") == ["PL-1", "PL-3"]
    assert listed(client, status="in_progress", theme="getting-around") == ["PL-1"]
    assert listed(client, q="BREAD") == ["PL-1"]
    assert listed(client, q="pl-3") == ["PL-3"]


def test_the_list_can_be_asked_for_what_is_late_silent_or_over(client):
    PledgeFactory(reference="PL-1", made_on=days_ago(97))
    PledgeFactory(reference="PL-2", made_on=days_ago(10), due_on=days_ago(1))
    it_stands(PledgeFactory(reference="PL-3", made_on=days_ago(97)), "withdrawn")

    assert listed(client, status="stale") == ["PL-1"]
    assert listed(client, status="late") == ["PL-2"]
    assert listed(client, status="ended") == ["PL-3"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"status": "splendid", "q": "bread"}, "Choose how it stands from the list"),
        ({"theme": "splendid", "q": "bread"}, "Choose a theme from the list"),
        ({"organisation": "nobody", "q": "bread"}, "Choose an organisation from the list"),
        ({"q": "bread" * 25}, "Enter words of 120 letters or fewer in all"),
    ],
    ids=["status", "theme", "organisation", "words"],
)
def test_a_filter_that_nobody_could_choose_is_said_and_what_was_typed_stays(client, asked, said):
    pledge = PledgeFactory(reference="PL-1")

    response = client.get(reverse("pledges:pledges"), asked)

    assert response.status_code == 422
    # Above the form, and beside the box.
    assert text_of(response).count(said) == 2
    assert f'value="{asked["q"]}"' in text_of(response)
    assert pledge.title not in text_of(response)


def test_each_pledge_says_who_how_and_when(client):
    pledge = owned_by(OrganisationFactory(name="South Quay (demo)"), made_on=days_ago(200))
    PledgeUpdateFactory(pledge=pledge, published_on=days_ago(97))
    PledgeFactory(made_on=days_ago(3))

    page = text_of(client.get(reverse("pledges:pledges")))

    assert "South Quay (demo)" in page
    assert "No update for 97 days" in page
    assert page.count("Owner not yet published") == 1
    assert "Last update: none yet" in page


# --- One pledge ----------------------------------------------------------------------------------


def test_stale_appears_by_the_date_alone(client):
    pledge = PledgeFactory(made_on=days_ago(90), review_every_days=90)
    assert "No update for" not in text_of(client.get(pledge.get_absolute_url()))

    Pledge.objects.filter(pk=pledge.pk).update(made_on=days_ago(91))

    assert "No update for 91 days" in text_of(client.get(pledge.get_absolute_url()))


def test_from_a_rough_date_no_days_are_counted(client):
    pledge = PledgeFactory(
        made_on=days_ago(700), due_on=days_ago(60), due_text="early autumn", review_every_days=90
    )
    update = PledgeUpdateFactory(
        pledge=pledge, published_on=days_ago(360), date_text="about November 2025"
    )
    it_stands(pledge, "in_progress")
    sign_in(client, a_person_with("programme_staff"))

    page = text_of(client.get(pledge.get_absolute_url()))

    for shown in (page, text_of(client.get(reverse("pledges:pledges")))):
        assert "No update for about a year" in shown
        assert "about 2 months late" in shown.lower()
        assert re.findall(r"\d+ days", shown) == []
    assert short_date(update.published_on) not in page
    assert 'Correct this update<span class="nhsuk-u-visually-hidden"> about November' in page


def test_a_date_that_passed_unknown_is_not_called_late(client):
    pledge = PledgeFactory(due_on=days_ago(30), due_text="2024", made_on=days_ago(40))

    page = text_of(client.get(pledge.get_absolute_url()))

    assert "Its date has passed, and we do not know whether it was done. It was due: 2024." in page
    assert "days late" not in page


def test_a_correction_keeps_the_earlier_words_on_the_page(client):
    first = PledgeUpdateFactory(what_changed="We used 28 hours.")
    PledgeUpdateFactory(pledge=first.pledge, corrects=first, what_changed="We used 18 hours.")

    page = text_of(client.get(first.pledge.get_absolute_url()))

    assert page.index("We used 18 hours.") < page.index("We used 28 hours.")
    assert "Corrected on 1 February 2026" in page


def test_the_page_costs_the_same_however_long_the_record_is(client, django_assert_num_queries):
    pledge = owned_by(OrganisationFactory())
    for _number in range(3):
        PledgeUpdateFactory(pledge=pledge)
        PledgeStatusChangeFactory(pledge=pledge)

    with django_assert_num_queries(5):  # pledge, owners, themes, updates, status changes
        response = client.get(pledge.get_absolute_url())

    assert len(response.context["thread"]) == 6


def test_a_pledge_says_who_accepted_it(client):
    lead = owned_by(OrganisationFactory(name="Lead (demo)"))
    lead.owners.create(
        organisation=OrganisationFactory(name="Partner (demo)"),
        part=Owner.Part.PARTNER,
        accepted_on=days_ago(1),
    )

    owners = client.get(lead.get_absolute_url()).context["pledge"].owners.all()

    assert [(owner.organisation.name, owner.part, bool(owner.accepted_on)) for owner in owners] == [
        ("Lead (demo)", "lead", False),
        ("Partner (demo)", "partner", True),
    ]


def test_a_pledge_that_is_not_published_is_nowhere(client):
    theme = ThemeFactory()
    theme.campaigns.add(Campaign.objects.create(slug="walks", name="Walks (demo)"))
    hidden = owned_by(
        OrganisationFactory(), title="CANARY (demo)", words="CANARY", is_published=False
    )
    hidden.themes.add(theme)
    PledgeUpdateFactory(pledge=hidden, what_changed="CANARY")
    PledgeStatusChangeFactory(pledge=hidden, reason="CANARY")
    PledgeFactory().themes.add(theme)

    pages = [
        reverse("pledges:pledges"),
        reverse("pledges:pledges") + "?q=canary",
        reverse("pledges:theme", args=[theme.slug]),
        reverse("anchors:organisations"),
    ]

    assert client.get(hidden.get_absolute_url()).status_code == 404
    found = [page for page in pages if b"CANARY" in client.get(page).content]
    assert found == []


# --- A theme -------------------------------------------------------------------------------------


def a_theme_with(how_many):
    theme = ThemeFactory()
    theme.campaigns.add(
        Campaign.objects.create(
            slug="walks", name="Walks (demo)", people_heard_text="over 40", dates_text="May 2025"
        )
    )
    for _number in range(how_many):
        pledge = owned_by(OrganisationFactory())
        pledge.themes.add(theme)
        PledgeStatusChangeFactory(pledge=pledge)
        PledgeUpdateFactory(pledge=pledge)
    return theme


@pytest.mark.parametrize("how_many", [1, 3])
def test_a_theme_costs_the_same_for_one_pledge_as_for_many(
    client, django_assert_num_queries, how_many
):
    theme = a_theme_with(how_many)

    # Theme; pledges, owners, themes; campaigns; updates.
    with django_assert_num_queries(6):
        response = client.get(reverse("pledges:theme", args=[theme.slug]))

    assert len(response.context["promises"]) == how_many
    assert len(response.context["deeds"]) == how_many


def test_a_theme_is_told_from_what_was_said_to_what_was_done(client):
    page = text_of(client.get(reverse("pledges:theme", args=[a_theme_with(1).slug])))

    parts = ["You said", "over 40", "We promised", "Promise ", "We did", "two Sundays"]
    places = [page.index(part) for part in parts]
    assert places == sorted(places)


def test_a_theme_without_a_pledge_says_so(client):
    page = text_of(client.get(reverse("pledges:theme", args=[a_theme_with(0).slug])))

    assert "Nothing yet. When there is a promise, it will be here with who made it." in page


def test_a_theme_that_is_not_published_has_no_page(client):
    ThemeFactory(slug="hidden", label="Hidden (demo)", is_published=False)

    assert client.get(reverse("pledges:theme", args=["hidden"])).status_code == 404


# --- Adding to the record ------------------------------------------------------------------------


def pages_of(pledge):
    update = pledge.updates.get()
    return [
        reverse("pledges:write_update", args=[pledge.reference]),
        reverse("pledges:correct_update", args=[pledge.reference, update.uuid]),
        reverse("pledges:change_status", args=[pledge.reference]),
    ]


def a_pledge_with_an_update(organisation, **facts):
    pledge = owned_by(organisation, **facts)
    PledgeUpdateFactory(pledge=pledge)
    return pledge


@pytest.mark.parametrize(
    ("who", "answers"),
    [
        ("programme staff", [200, 200, 200]),
        ("editor of the lead", [200, 200, 403]),
        ("editor of the partner", [200, 200, 403]),
        ("approver of the lead", [403, 403, 403]),
        ("programme lead", [403, 403, 403]),
        ("editor elsewhere", [404, 404, 404]),
        ("editor until yesterday", [404, 404, 404]),
        ("somebody signed in", [404, 404, 404]),
        ("a visitor", [302, 302, 302]),
    ],
)
def test_who_may_add_to_the_record(client, who, answers):
    lead, partner = OrganisationFactory(), OrganisationFactory()
    pledge = a_pledge_with_an_update(lead)
    pledge.owners.create(organisation=partner, part=Owner.Part.PARTNER)
    left = a_person_for(lead, Mandate.Kind.EDITOR)
    Mandate.objects.filter(user=left).update(ends_on=days_ago(1))
    people = {
        "programme staff": lambda: a_person_with("programme_staff"),
        "programme lead": lambda: a_person_with("programme_lead"),
        "editor of the lead": lambda: a_person_for(lead, Mandate.Kind.EDITOR),
        "editor of the partner": lambda: a_person_for(partner, Mandate.Kind.EDITOR),
        "approver of the lead": lambda: a_person_for(lead, Mandate.Kind.APPROVER),
        "editor elsewhere": lambda: a_person_for(OrganisationFactory(), Mandate.Kind.EDITOR),
        "editor until yesterday": lambda: left,
        "somebody signed in": UserFactory,
    }
    if who in people:
        sign_in(client, people[who]())

    assert [client.get(page).status_code for page in pages_of(pledge)] == answers
    assert [client.post(page).status_code for page in pages_of(pledge)] == [
        422 if answer == 200 else answer for answer in answers
    ]
    assert PledgeUpdate.objects.count() == 1
    assert PledgeStatusChange.objects.count() == 0


def test_nobody_publishes_anything_about_a_pledge_that_is_not_published(client):
    pledge = a_pledge_with_an_update(
        OrganisationFactory(), title="CANARY (demo)", made_on=days_ago(97), is_published=False
    )
    sign_in(client, a_person_with("programme_staff"))

    assert "CANARY" not in text_of(client.get(reverse("home:waiting")))
    assert [client.get(page).status_code for page in pages_of(pledge)] == [404, 404, 404]
    posted = [client.post(page, {"what_changed": "Open."}) for page in pages_of(pledge)]
    assert [answer.status_code for answer in posted] == [404, 404, 404]
    assert pledge.updates.count() == 1


def test_staff_write_an_update_and_everybody_reads_it(client):
    pledge = PledgeFactory(made_on=days_ago(97))
    sign_in(client, a_person_with("programme_staff"))

    response = client.post(
        reverse("pledges:write_update", args=[pledge.reference]),
        {
            "what_changed": "The gate is open.",
            "whats_next": "Benches.",
            "link_title": "Minutes",
            "link_url": "https://example.org/minutes",
        },
        follow=True,
    )

    assert response.redirect_chain == [(pledge.get_absolute_url(), 302)]
    assert "The update is published." in text_of(response)
    client.logout()
    page = text_of(client.get(pledge.get_absolute_url()))
    assert "The gate is open." in page
    assert '<a href="https://example.org/minutes" rel="noopener" lang="en">Minutes</a>' in page
    assert "No update for" not in page


@pytest.mark.parametrize("page", ["write_update", "correct_update"])
def test_two_presses_of_the_button_publish_one_update(client, page):
    update = PledgeUpdateFactory()
    sign_in(client, a_person_with("programme_staff"))
    address = reverse(
        f"pledges:{page}",
        args=[update.pledge.reference, *([update.uuid] if page == "correct_update" else [])],
    )
    form_id = client.get(address).context["form"]["form_id"].value()
    typed = {"what_changed": "The gate is open.", "form_id": form_id}

    answers = [client.post(address, typed) for _press in range(2)]
    changed = client.post(address, typed | {"what_changed": "The gate is wide open."})

    assert [answer.url for answer in answers] == [update.pledge.get_absolute_url()] * 2
    assert update.pledge.updates.count() == 2
    assert changed.status_code == 409
    assert "You sent this page before" in text_of(changed)
    assert "The gate is wide open." in text_of(changed)
    assert changed.context["form"]["form_id"].value() != form_id


def test_an_update_with_something_wrong_comes_back_with_everything_typed(client):
    pledge = PledgeFactory()
    sign_in(client, a_person_with("programme_staff"))
    typed = {
        "what_changed": "",
        "whats_next": "Benches next",
        "link_title": "",
        "link_url": "not an address",
    }

    response = client.post(reverse("pledges:write_update", args=[pledge.reference]), typed)

    assert response.status_code == 422
    page = text_of(response)
    assert "Write what has changed" in page
    assert "Benches next" in page
    assert 'value="not an address"' in page
    assert "<title>Error: " in page


def test_a_link_says_what_it_leads_to(client):
    pledge = PledgeFactory()
    sign_in(client, a_person_with("programme_staff"))

    response = client.post(
        reverse("pledges:write_update", args=[pledge.reference]),
        {"what_changed": "Open.", "link_url": "https://example.org/"},
    )

    assert response.status_code == 422
    assert response.context["form"].errors == {"link_title": ["Say what the link leads to"]}


def test_a_correction_starts_from_the_words_that_are_public(client):
    update = PledgeUpdateFactory(what_changed="We used 28 hours.")
    sign_in(client, a_person_with("programme_staff"))
    address = reverse("pledges:correct_update", args=[update.pledge.reference, update.uuid])

    assert "We used 28 hours." in text_of(client.get(address))
    response = client.post(address, {"what_changed": "We used 18 hours."})

    assert response.status_code == 302
    assert update.corrections.get().what_changed == "We used 18 hours."


def test_whoever_corrects_second_gets_409_and_keeps_their_words(client):
    update = PledgeUpdateFactory()
    PledgeUpdateFactory(pledge=update.pledge, corrects=update)
    sign_in(client, a_person_with("programme_staff"))
    address = reverse("pledges:correct_update", args=[update.pledge.reference, update.uuid])

    response = client.post(address, {"what_changed": "My better words."})

    assert response.status_code == 409
    assert "My better words." in text_of(response)
    assert "This update has been corrected in the meantime." in text_of(response)
    assert update.corrections.count() == 1


@pytest.mark.parametrize("typed", ["We used\r\n28 hours.", "We used 28 hours. "])
def test_a_correction_that_changes_no_word_is_not_published(client, typed):
    update = PledgeUpdateFactory(what_changed="We used\n28 hours.", whats_next="Count again.")
    sign_in(client, a_person_with("programme_staff"))
    address = reverse("pledges:correct_update", args=[update.pledge.reference, update.uuid])
    words = {"what_changed": typed, "whats_next": "Count again."}

    response = client.post(address, words)

    assert response.status_code == 422
    errors = {"what_changed": ["Change something first. These words are public already."]}
    assert response.context["form"].errors == errors
    assert response.context["form"]["whats_next"].value() == "Count again."
    assert update.pledge.updates.count() == 1
    assert client.post(address, words | {"whats_next": "Count them."}).status_code == 302


def test_an_update_of_another_pledge_is_not_corrected_under_this_one(client):
    update, other = PledgeUpdateFactory(), PledgeFactory()
    sign_in(client, a_person_with("programme_staff"))

    page = client.get(reverse("pledges:correct_update", args=[other.reference, update.uuid]))

    assert page.status_code == 404


def a_day(day):
    return {
        "effective_on_day": day.day,
        "effective_on_month": day.month,
        "effective_on_year": day.year,
    }


def test_staff_change_the_status_with_a_reason(client):
    pledge = PledgeFactory()
    sign_in(client, a_person_with("programme_staff"))

    response = client.post(
        reverse("pledges:change_status", args=[pledge.reference]),
        {"status": "in_progress", "reason": "The gate is open.", **a_day(days_ago(2))},
        follow=True,
    )

    assert response.redirect_chain == [(pledge.get_absolute_url(), 302)]
    assert response.context["standing"].status == "in_progress"
    assert "The gate is open." in text_of(response)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"status": "delivered"}, "status"),
        ({"status": "not_known"}, "status"),
        ({"reason": ""}, "reason"),
        ({"reason": "x"}, "reason"),
        ({"effective_on_year": "2999"}, "effective_on"),
        ({"effective_on_year": "1999"}, "effective_on"),
    ],
    ids=[
        "an end alone",
        "what it is already",
        "no reason",
        "a reason of one letter",
        "in the future",
        "before it",
    ],
)
def test_a_status_that_cannot_be_comes_back_with_everything_typed(client, typed, field):
    pledge = PledgeFactory()
    sign_in(client, a_person_with("programme_staff"))
    good = {"status": "in_progress", "reason": "Because of rain", **a_day(days_ago(2))}

    response = client.post(reverse("pledges:change_status", args=[pledge.reference]), good | typed)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert ("Because of rain" in text_of(response)) == ("reason" not in typed)
    assert PledgeStatusChange.objects.count() == 0


@pytest.mark.parametrize("wanted", ["in_progress", "not_started"])
def test_whoever_changes_the_status_second_gets_409_how_it_stands_and_all_they_typed(
    client, wanted
):
    pledge = PledgeFactory()
    sign_in(client, a_person_with("programme_staff"))
    address = reverse("pledges:change_status", args=[pledge.reference])
    seen = client.get(address).context["form"]["status_seen"].value()
    typed = {
        "status": wanted,
        "status_seen": seen,
        "reason": "Because of rain",
        **a_day(days_ago(2)),
    }
    PledgeStatusChangeFactory(pledge=pledge, status="in_progress", reason="CANARY of somebody else")

    response = client.post(address, typed)

    assert response.status_code == 409
    page = text_of(response)
    label = {"in_progress": "In progress", "not_started": "Not started"}[wanted]
    assert f"changed to “In progress” in the meantime. You chose “{label}”." in page
    assert "CANARY of somebody else" in page
    assert "Because of rain" in page
    assert response.context["standing"].status == "in_progress"
    form = response.context["form"]
    assert (form["status_seen"].value(), form["status"].value()) == ("in_progress", wanted)
    assert pledge.status_changes.count() == 1

    again = client.post(address, typed | {"status_seen": "in_progress", "status": "not_started"})

    assert again.status_code == 302
    assert pledge.status_changes.count() == 2


def test_whoever_wants_to_end_a_promise_is_told_who_does_it_and_how_to_reach_them(client, settings):
    settings.CONTACT_EMAIL = "office@example.org"
    pledge = PledgeFactory()
    sign_in(client, a_person_with("programme_staff"))

    page = text_of(client.get(reverse("pledges:change_status", args=[pledge.reference])))

    assert "Nobody ends a promise alone" in page
    assert f'href="{reverse("pledges:write_update", args=[pledge.reference])}"' in page
    assert 'href="mailto:office@example.org"' in page
    it_stands(pledge, "delivered")
    ended = text_of(client.get(reverse("pledges:change_status", args=[pledge.reference])))
    assert "It has ended. It can only be taken up again." in ended


def test_the_ways_to_add_are_shown_only_to_those_who_may(client):
    ours = OrganisationFactory()
    pledge = a_pledge_with_an_update(ours)
    write, correct, change = pages_of(pledge)

    def shown():
        page = client.get(pledge.get_absolute_url()).content.decode()
        return [f'href="{address}"' in page for address in (write, correct, change)]

    assert shown() == [False, False, False]
    sign_in(client, a_person_for(ours, Mandate.Kind.EDITOR))
    assert shown() == [True, True, False]
    sign_in(client, a_person_with("programme_staff"))
    assert shown() == [True, True, True]


def test_whoever_may_read_what_happened_finds_it_on_the_page(client):
    lead = OrganisationFactory()
    pledge = owned_by(lead)
    person = UserFactory(name="Sam Osei")
    services.write_update(
        pledge, by=person, today=today(), form_id=uuid4(), what_changed="The gate is open."
    )

    def history():
        page = text_of(client.get(pledge.get_absolute_url()))
        return "Update written" in page and "Sam Osei" in page

    assert not history()
    sign_in(client, a_person_for(lead, Mandate.Kind.EDITOR))
    assert not history()
    for role in ("programme_staff", "programme_lead", "administrator"):
        sign_in(client, a_person_with(role))
        assert history()
