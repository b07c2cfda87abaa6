from datetime import date

import pytest
from django.urls import reverse

from anchors.models import Network, NetworkMembership, Organisation, OrganisationFact
from tests.factories.anchors import BoroughFactory, OrganisationFactory

pytestmark = pytest.mark.django_db

Sector = Organisation.Sector
Standing = NetworkMembership.Standing


def a_network(**facts):
    name = facts.pop("name", "Riverside Network (demo)")
    return Network.objects.create(name=name, slug=facts.pop("slug", "riverside"), **facts)


def names_on(response):
    return [organisation.name for organisation in response.context["page"]]


def listed(client, **filters):
    return client.get(reverse("anchors:organisations"), filters)


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_list_costs_the_same_for_one_organisation_as_for_many(
    client, django_assert_num_queries, how_many
):
    network = a_network()
    borough = BoroughFactory()
    for organisation in OrganisationFactory.create_batch(how_many, sector=Sector.COUNCIL):
        organisation.boroughs.add(borough)
        NetworkMembership.objects.create(
            network=network, organisation=organisation, standing=Standing.CONFIRMED
        )

    # To choose from: boroughs, networks. Arts members; count; page, boroughs, memberships; six boroughs.
    with django_assert_num_queries(8):
        response = listed(client)

    assert len(names_on(response)) == how_many


def test_an_organisation_is_found_by_its_name_or_by_another_name(client):
    OrganisationFactory(name="South Quay Hospitals (demo)", aliases=["SQH"])
    OrganisationFactory(name="Another College (demo)")

    assert names_on(listed(client, q="quay")) == ["South Quay Hospitals (demo)"]
    assert names_on(listed(client, q="sqh")) == ["South Quay Hospitals (demo)"]
    assert names_on(listed(client, q="nobody")) == []


def test_filters_are_read_together(client):
    lewisham, bexley = BoroughFactory(), BoroughFactory(name="Bexley")
    network = a_network()
    wanted = OrganisationFactory(name="Wanted (demo)", sector=Sector.COLLEGE)
    wanted.boroughs.add(lewisham)
    NetworkMembership.objects.create(
        network=network, organisation=wanted, standing=Standing.NOT_CONFIRMED
    )
    elsewhere = OrganisationFactory(name="Elsewhere (demo)", sector=Sector.COLLEGE)
    elsewhere.boroughs.add(bexley)

    both = names_on(listed(client, sector="college"))
    one = names_on(listed(client, sector="college", borough="lewisham", network="riverside"))

    assert both == ["Elsewhere (demo)", "Wanted (demo)"]
    assert one == ["Wanted (demo)"]


def test_a_filter_that_nobody_could_choose_is_named_and_keeps_what_was_typed(client):
    OrganisationFactory(name="Not asked for (demo)")
    wrong = {"sector": "circus", "borough": "atlantis", "network": "none"}

    response = listed(client, q="quay", **wrong)
    long = listed(client, q="q" * 121)

    assert (response.status_code, long.status_code) == (422, 422)
    page = response.content.decode()
    for what in ("kind", "borough", "network"):
        assert page.count(f"Choose a {what} from the list") == 2  # above the form, beside the box
    assert 'value="quay"' in page
    assert "Error: Partners" in " ".join(page.split())
    assert "Not asked for (demo)" not in page
    assert "Enter a name of 120 letters or fewer" in long.content.decode()
    assert "q" * 121 in long.content.decode()


def test_arts_organisations_are_to_be_confirmed_until_a_source_names_one(client):
    says = "Arts organisations: members to be confirmed."
    theatre = OrganisationFactory(name="Theatre (demo)", sector=Sector.ARTS)
    assert says in listed(client).content.decode()
    assert says in listed(client, sector="arts").content.decode()
    assert says not in listed(client, sector="nhs").content.decode()

    NetworkMembership.objects.create(
        network=a_network(), organisation=theatre, standing=Standing.CONFIRMED
    )

    assert says not in listed(client).content.decode()


def test_a_group_that_only_books_rooms_has_no_page(client):
    group = OrganisationFactory(name="Canary Club (demo)", is_listed=False)
    NetworkMembership.objects.create(
        network=a_network(), organisation=group, standing=Standing.CONFIRMED
    )
    pages = [
        reverse("anchors:organisations"),
        reverse("anchors:networks"),
        reverse("anchors:network", args=["riverside"]),
    ]

    assert client.get(group.get_absolute_url()).status_code == 404
    assert [page for page in pages if b"Canary" in client.get(page).content] == []


def test_each_fact_stands_with_its_source(client):
    organisation = OrganisationFactory()
    OrganisationFact.objects.create(
        organisation=organisation,
        text="It has 12 allotments.",
        source_title="The allotment list",
        source_url="https://example.org/allotments",
        source_date="May 2024",
        checked_on=date(2026, 11, 21),
    )

    page = client.get(organisation.get_absolute_url()).content.decode()

    assert "It has 12 allotments." in page
    assert (
        '<a href="https://example.org/allotments" rel="noopener" lang="en">The allotment list</a>'
        in page
    )
    assert "Checked on 21 November 2026" in page


def test_the_page_of_an_organisation_costs_the_same_however_much_is_known(
    client, django_assert_num_queries
):
    organisation = OrganisationFactory()
    for number in range(3):
        OrganisationFact.objects.create(organisation=organisation, text=f"Fact {number}")
        NetworkMembership.objects.create(
            network=a_network(name=f"Network {number}", slug=f"network-{number}"),
            organisation=organisation,
            standing=Standing.CONFIRMED,
        )

    with django_assert_num_queries(4):  # organisation, boroughs, facts, memberships
        response = client.get(organisation.get_absolute_url())

    assert len(response.context["memberships"]) == 3


def test_a_page_leads_to_what_the_organisation_promised(client):
    organisation = OrganisationFactory(slug="south-quay")

    page = client.get(organisation.get_absolute_url()).content.decode()

    assert reverse("pledges:pledges") + "?organisation=south-quay" in page


@pytest.mark.parametrize("how_many", [1, 3])
def test_a_network_costs_the_same_for_one_member_as_for_many(
    client, django_assert_num_queries, how_many
):
    network = a_network()
    for organisation in OrganisationFactory.create_batch(how_many):
        NetworkMembership.objects.create(
            network=network, organisation=organisation, standing=Standing.CONFIRMED
        )

    with django_assert_num_queries(2):  # network, members
        response = client.get(network.get_absolute_url())

    assert len(response.context["confirmed"]) == how_many


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_list_of_networks_costs_the_same_for_one_as_for_many(
    client, django_assert_num_queries, how_many
):
    for number in range(how_many):
        a_network(name=f"Network {number}", slug=f"network-{number}")

    with django_assert_num_queries(1):
        response = client.get(reverse("anchors:networks"))

    assert len(response.context["networks"]) == how_many


def test_members_that_a_source_confirms_stand_apart_from_the_others(client):
    network = a_network()
    for name, standing in [
        ("Sure (demo)", Standing.CONFIRMED),
        ("Unsure (demo)", Standing.NOT_CONFIRMED),
    ]:
        NetworkMembership.objects.create(
            network=network, organisation=OrganisationFactory(name=name), standing=standing
        )

    response = client.get(network.get_absolute_url())

    assert [one.organisation.name for one in response.context["confirmed"]] == ["Sure (demo)"]
    assert [one.organisation.name for one in response.context["not_confirmed"]] == ["Unsure (demo)"]


def test_who_has_left_a_network_is_confirmed_on_no_page(client):
    network = a_network()
    for name, ends_on in [("Stays (demo)", None), ("Left (demo)", date(2024, 12, 31))]:
        NetworkMembership.objects.create(
            network=network,
            organisation=OrganisationFactory(name=name),
            standing=Standing.CONFIRMED,
            ends_on=ends_on,
        )

    response = client.get(network.get_absolute_url())
    networks = client.get(reverse("anchors:networks")).content.decode()

    assert [one.organisation.name for one in response.context["confirmed"]] == ["Stays (demo)"]
    assert [one.organisation.name for one in response.context["ended"]] == ["Left (demo)"]
    page = response.content.decode()
    assert (
        page.index("Stays (demo)") < page.index("Members in the past") < page.index("Left (demo)")
    )
    assert "1 confirmed member here, 1 in the past." in networks


def test_a_network_that_has_ended_has_no_confirmed_members(client):
    network = a_network(ends_on=date(2024, 12, 31))
    NetworkMembership.objects.create(
        network=network, organisation=OrganisationFactory(), standing=Standing.CONFIRMED
    )

    page = client.get(network.get_absolute_url()).content.decode()

    assert "Members in the past" in page
    assert "Members that a source confirms" not in page


def test_a_borough_says_how_many_people_live_there_only_when_a_source_does(client):
    BoroughFactory(
        name="Southwark", population=307_637, population_year=2021, source_title="Census 2021"
    )
    BoroughFactory(name="Bexley")

    page = listed(client).content.decode()

    assert "307,637 people in 2021" in page
    assert page.count("Number of people: not yet published here") == 1
