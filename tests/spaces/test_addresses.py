"""Where a building stands: asked once, written one way, and told wherever somebody must find it."""

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditRecord
from core.clock import today
from home.demonstration.loader import load
from notifications.models import Message
from spaces import services
from spaces.forms.addresses import PostcodeField
from spaces.models import Booking, Site, SpaceOffer
from tests.factories.accounts import UserFactory
from tests.factories.spaces import NOW, SiteFactory, SpaceFactory, a_site_manager_of
from tests.spaces.test_arrival import a_lead, confirmed
from tests.spaces.test_offers import a_full_offer, building, page

ADDRESS = "/spaces/sites/weir-house/address/"
BLOCK = "Weir House (demo)<br>1 Weir Lane<br>Lewisham, SE13 1KM"
ONE_LINE = "Weir House (demo), 1 Weir Lane, Lewisham, SE13 1KM"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def site():
    return SiteFactory(
        slug="weir-house",
        name="Weir House (demo)",
        street="1 Weir Lane",
        postcode="SE13 1KM",
        district="SE13",
        borough__name="Lewisham",
    )


@pytest.fixture
def old_site():
    """Told of before anybody was asked for a street."""
    return SiteFactory(slug="weir-house", name="Weir House (demo)", borough__name="Lewisham")


def text_of(answer):
    return " ".join(answer.content.decode().split())


class TestAPostcode:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("SE13 1KM", "SE13 1KM"),
            ("se131km", "SE13 1KM"),
            ("  s e 1 3   1 k m ", "SE13 1KM"),
            ("br1 5ko", "BR1 5KO"),
            ("ec1a1bb", "EC1A 1BB"),
            ("m1 1ae", "M1 1AE"),
        ],
    )
    def test_is_kept_in_capitals_with_one_space_however_it_is_written(self, typed, kept):
        assert PostcodeField().clean(typed) == kept

    @pytest.mark.parametrize("typed", ["", "SE13", "1KM", "SE13 1K", "13SE 1KM", "SE13 1KM 2", "№"])
    def test_of_no_such_form_is_refused_with_an_example(self, typed):
        with pytest.raises(ValidationError) as refused:
            PostcodeField().clean(typed)

        assert set(refused.value.messages) == {"Enter a full UK postcode, such as AA3 1AB"}

    @pytest.mark.parametrize(
        ("district", "postcode", "name"),
        [
            ("SE13", "SE13 1km", "a_postcode_is_written_in_capitals_with_one_space"),
            ("SE1", "SE1  1KM", "a_postcode_is_written_in_capitals_with_one_space"),
            ("SE1", "SE13 1KM", "a_postcode_begins_with_its_district"),
            ("SE15", "SE13 1KM", "a_postcode_begins_with_its_district"),
        ],
    )
    def test_written_otherwise_is_refused_by_the_database(self, district, postcode, name):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            SiteFactory(district=district, postcode=postcode)


@pytest.mark.parametrize(
    ("facts", "lines"),
    [
        (
            {"street": "1 Weir Lane", "postcode": "SE13 1KM"},
            ["Weir House", "1 Weir Lane", "Lewisham, SE13 1KM"],
        ),
        ({"street": "1 Weir Lane"}, ["Weir House", "1 Weir Lane", "Lewisham, SE13"]),
        ({"postcode": "SE13 1KM"}, ["Weir House", "Lewisham, SE13 1KM"]),
        ({}, ["Weir House", "Lewisham, SE13"]),
        ({"district": ""}, ["Weir House", "Lewisham"]),
    ],
)
def test_an_address_says_what_is_told_of_it(facts, lines):
    site = SiteFactory(**{"name": "Weir House", "borough__name": "Lewisham"} | facts)

    assert site.address == lines
    assert site.has_full_address == ({"street", "postcode"} <= facts.keys())


class TestWhereItIsRead:
    def test_everybody_reads_it_on_the_page_of_a_space(self, client, site):
        space = SpaceFactory(site=site)

        answer = client.get(space.get_absolute_url())

        assert f"<dt>Where it is</dt><dd>{BLOCK}</dd>" in text_of(answer)

    def test_what_is_written_in_it_is_shown_and_not_obeyed(self, client, site):
        Site.objects.update(street="<b>1</b> Weir Lane")

        answer = client.get(SpaceFactory(site=site).get_absolute_url())

        assert "<br>&lt;b&gt;1&lt;/b&gt; Weir Lane<br>" in text_of(answer)

    @pytest.mark.parametrize("state", Booking.State.values)
    def test_a_group_reads_it_with_how_to_get_in_once_confirmed(self, client, site, state):
        booking, member = confirmed(SpaceFactory(site=site), state=state)
        client.force_login(member)

        answer = text_of(client.get(booking.get_absolute_url()))

        assert (BLOCK in answer) == (state == "confirmed")

    def test_a_group_reads_it_where_nothing_else_is_said_of_getting_in(self, client, site):
        site.arrival_facts.all().delete()
        booking, member = confirmed(SpaceFactory(site=site))
        client.force_login(member)

        assert BLOCK in text_of(client.get(booking.get_absolute_url()))

    def test_letters_and_calendars_say_it_in_one_line(self, client, site):
        space = SpaceFactory(site=site)
        booking, member = confirmed(space, days=0.5)
        _waiting, waits = confirmed(space, days=0.8, state=Booking.State.APPROVED)

        services.send_reminders(now=NOW)

        told = [f"Where it is: {ONE_LINE}\n" in letter_to(one).body for one in (member, waits)]
        assert told == [True, False]
        place = "LOCATION:" + ONE_LINE.replace(",", "\\,")
        entry = services.diary_entry(booking, method="PUBLISH", stamp=NOW).text
        feed = services.group_feed(booking.hirer, now=NOW)
        assert [place in text.replace("\r\n ", "") for text in (entry, feed)] == [True, True]

    def test_the_calendar_of_a_private_group_does_not_say_it(self, site):
        booking, _member = confirmed(SpaceFactory(site=site), hirer__is_sensitive=True)

        feed = services.group_feed(booking.hirer, now=NOW)

        assert feed.count("BEGIN:VEVENT") == 1
        assert "Weir Lane" not in feed
        assert "SE13 1KM" not in feed


def letter_to(person):
    return Message.objects.get(address=person.email)


class TestChangingIt:
    def typed(self, site, **changed):
        return {
            "version": services.version_of_address(site),
            "street": "2 Mill Lane",
            "postcode": "se62vc",
        } | changed

    def test_who_runs_a_site_says_where_it_is(self, client, old_site):
        keeper = a_site_manager_of(old_site)
        client.force_login(keeper)
        hub = reverse("spaces:site", args=["weir-house"])
        assert "groups may not find it" in text_of(client.get(hub))

        answer = client.post(ADDRESS, self.typed(old_site))

        assert (answer.status_code, answer.url) == (302, hub)
        old_site.refresh_from_db()
        kept = (old_site.street, old_site.postcode, old_site.district)
        assert kept == ("2 Mill Lane", "SE6 2VC", "SE6")
        entry = AuditRecord.objects.get()
        assert (entry.verb, entry.actor) == ("spaces.address_changed", keeper)
        shown = text_of(client.get(hub))
        assert "Weir House (demo)<br>2 Mill Lane<br>Lewisham, SE6 2VC" in shown
        assert "groups may not find it" not in shown

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"street": ""}, "Enter the number and the street"),
            ({"postcode": ""}, "Enter a full UK postcode, such as AA3 1AB"),
            ({"postcode": "SE6"}, "Enter a full UK postcode, such as AA3 1AB"),
            ({"street": "x" * 161}, "Use 160 characters or fewer"),
        ],
    )
    def test_what_cannot_be_is_refused_and_nothing_typed_is_lost(self, client, site, wrong, said):
        client.force_login(a_site_manager_of(site))
        typed = self.typed(site, **wrong)

        answer = client.post(ADDRESS, typed)

        assert answer.status_code == 422
        assert said in text_of(answer)
        form = answer.context["form"]
        assert {name: form[name].value() for name in typed} == typed
        assert Site.objects.get().street == "1 Weir Lane"

    def test_the_second_of_two_sees_what_the_first_has_said(self, client, site):
        client.force_login(a_site_manager_of(site))
        mine = self.typed(site)
        services.change_address(
            site,
            by=a_site_manager_of(site),
            now=NOW,
            version=services.version_of_address(site),
            street="3 Mill Lane",
            postcode="SE6 2VC",
        )

        raced = client.post(ADDRESS, mine)

        assert raced.status_code == 409
        assert "Somebody has changed this since you opened the page." in text_of(raced)
        assert "Weir House (demo), 3 Mill Lane, Lewisham, SE6 2VC" in text_of(raced)
        form = raced.context["form"]
        assert form["street"].value() == "2 Mill Lane"
        assert Site.objects.get().street == "3 Mill Lane"

        again = client.post(ADDRESS, mine | {"version": form["version"].value()})

        assert again.status_code == 302
        assert Site.objects.get().street == "2 Mill Lane"

    def test_who_comes_in_the_next_days_is_told_and_nobody_else(self, client, site):
        space, elsewhere = SpaceFactory(site=site), SpaceFactory()
        _soon, comes_soon = confirmed(space, days=6)
        confirmed(space, days=8)
        confirmed(space, days=2, state=Booking.State.APPROVED)
        confirmed(elsewhere, days=3)
        client.force_login(a_site_manager_of(site))

        answer = client.post(ADDRESS, self.typed(site), follow=True)

        said = "Saved. We have written to the group of 1 booking in the next 7 days."
        assert said in text_of(answer)
        letter = Message.objects.get()
        assert letter.address == comes_soon.email
        assert letter.subject.startswith("How you get in now: ")
        assert "Where it is: Weir House (demo), 2 Mill Lane, Lewisham, SE6 2VC\n" in letter.body

    def test_saving_the_same_is_no_change(self, site):
        services.change_address(
            site,
            by=a_site_manager_of(site),
            now=NOW,
            version="of another day",
            street="1 Weir Lane",
            postcode="SE13 1KM",
        )

        assert AuditRecord.objects.count() == 0

    def test_nobody_else_says_it(self, site):
        for person in (UserFactory(), a_site_manager_of(SiteFactory()), a_lead()):
            with pytest.raises(PermissionDenied):
                services.change_address(
                    site, by=person, now=NOW, version="", street="3 Mill Lane", postcode="SE6 2VC"
                )


class TestAnOffer:
    @pytest.mark.parametrize(
        ("missing", "called"), [("street", "the street"), ("postcode", "the postcode")]
    )
    def test_is_saved_without_it_and_sent_only_with_it(self, client, missing, called):
        offer = a_full_offer(**{missing: ""})
        client.force_login(offer.by)

        listed = client.get(offer.get_absolute_url()).content.decode()
        read = client.get(page("send_offer", offer)).content.decode()
        refused = client.post(page("send_offer", offer))

        assert "4 of 5 parts are done" in listed
        assert f"Still missing: {called}</div>" in listed
        link = f'<li><a href="{page("offer_building", offer)}">The building ({called})</a></li>'
        assert link in read
        assert refused.status_code == 409
        assert f"Something is still missing: The building ({called})." in refused.content.decode()

        client.post(
            page("offer_building", offer), building(borough=offer.site.borough_id, **{missing: ""})
        )
        assert client.post(page("send_offer", offer)).status_code == 409
        client.post(page("offer_building", offer), building(borough=offer.site.borough_id))
        assert client.post(page("send_offer", offer)).status_code == 302
        offer.refresh_from_db()
        assert offer.state == SpaceOffer.State.SENT

    def test_shows_it_before_it_is_sent(self, client):
        offer = a_full_offer()
        client.force_login(offer.by)

        checked = client.get(page("send_offer", offer)).content.decode()

        assert "Heron House (demo)<br>22 Heron Street<br>" in checked
        assert ", SE6 2MC" in checked


def test_no_address_of_the_demonstration_can_be_a_real_one():
    load(now=timezone.now(), today=today())

    told = Site.objects.exclude(street="").exclude(postcode="")
    assert told.count() == Site.objects.count() > 0
    assert [site.name for site in told if not site.name.endswith("(demo)")] == []
    # Royal Mail uses none of these letters at the end.
    assert {letter for site in told for letter in site.postcode[-2:]} <= set("CIKMOV")
