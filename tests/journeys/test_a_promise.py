"""Programme staff keep the public record of a promise, and nothing that was said is lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from anchors.models import Mandate
from core.clock import today
from core.templatetags.dates import short_date
from notifications.delivery import deliver_due
from pledges.models import PledgeUpdate
from tests.factories.anchors import OrganisationFactory, a_person_for
from tests.factories.pledges import PledgeUpdateFactory, owned_by
from tests.factories.spaces import a_programme_worker, with_second_factor
from tests.journeys.walking import SCRIPTS_OFF

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def trust():
    return OrganisationFactory(name="River Trust (demo)", slug="river-trust")


@pytest.fixture
def promise(trust):
    promise = owned_by(trust, reference="PL-7", title="Open the garden (demo)")
    earlier = today() - timedelta(days=30)
    PledgeUpdateFactory(pledge=promise, what_changed="The gate is mended.", published_on=earlier)
    return promise


@pytest.fixture
def staff():
    return a_programme_worker(name="Cleo Example")


def the_editor_of(organisation):
    return with_second_factor(a_person_for(organisation, Mandate.Kind.EDITOR))


def thread_of(walker):
    """What the public page says has happened: the day and the words, from the top."""
    days = walker.reads_each(".app-timeline__date")
    return list(zip(days, walker.reads_each(".app-timeline__text"), strict=True))


def test_an_update_is_written_read_and_corrected_in_public(street, office, trust, promise, staff):
    cleo, visitor = street.somebody(staff), street.somebody()
    editor = the_editor_of(trust)
    now, before = short_date(today()), short_date(today() - timedelta(days=30))

    # She publishes an empty update at first, and what she typed beside it stays.
    assert cleo.open("/pledges/") == 200
    assert cleo.follow("Open the garden (demo)") == 200
    assert cleo.follow("Write an update") == 200
    cleo.fill(whats_next="We buy benches.", link_title="Minutes of the garden group")
    assert cleo.press("main form button[type=submit]") == 422
    assert cleo.page.title().startswith("Error: ")
    assert cleo.reads_each(".nhsuk-error-summary li") == ["Write what has changed"]
    kept = ["We buy benches.", "Minutes of the garden group"]
    assert cleo.holds("whats_next", "link_title") == kept

    cleo.fill(what_changed="The garden opened on one Sunday.")
    assert cleo.press("main form button[type=submit]") == 200
    assert "The update is published. Everybody can read it now." in cleo.reads("body")

    # Somebody without an account reads it, the newest first.
    assert visitor.open("/pledges/PL-7/") == 200
    assert thread_of(visitor) == [
        (now, "The garden opened on one Sunday."),
        (before, "The gate is mended."),
    ]
    assert "Next: We buy benches." in visitor.reads()
    assert visitor.page.locator("main a:has-text('update')").count() == 0

    # She was wrong: the better words come first, and the earlier ones stay for all to see.
    cleo.press("main li:first-child a:has-text('Correct this update')")
    assert cleo.holds("what_changed", "whats_next") == [
        "The garden opened on one Sunday.",
        "We buy benches.",
    ]
    cleo.fill(what_changed="The garden opened on two Sundays.")
    assert cleo.press("main form button[type=submit]") == 200
    assert "The correction is published. The earlier words stay." in cleo.reads("body")

    assert visitor.open("/pledges/PL-7/") == 200
    assert thread_of(visitor) == [
        (now, "The garden opened on two Sundays."),
        (before, "The gate is mended."),
    ]
    assert visitor.reads(".app-timeline__tag") == f"Corrected on {now}"
    visitor.page.click("main details summary")
    said = f"What it said before, from {now} The garden opened on one Sunday."
    assert visitor.reads("main details").startswith(said)
    assert PledgeUpdate.objects.count() == 3

    # Whoever made the promise is told both times.
    deliver_due(now=timezone.now())
    assert [letter.recipients for letter in office.letters] == [[editor.email], [editor.email]]
    assert all("/pledges/PL-7/" in str(letter.content) for letter in office.letters)
    assert street.faults == []


@pytest.mark.parametrize("street", [SCRIPTS_OFF], indirect=True)
def test_an_editor_writes_about_promises_of_their_own_organisation_alone(street, trust, promise):
    its_own = street.somebody(the_editor_of(trust))
    another = street.somebody(the_editor_of(OrganisationFactory()))
    update = promise.updates.get()

    assert another.open("/pledges/PL-7/") == 200
    assert another.page.locator("main a:has-text('update')").count() == 0
    assert another.open("/pledges/PL-7/update/") == 404
    assert another.open(f"/pledges/PL-7/update/{update.uuid}/correct/") == 404

    its_own.open("/pledges/PL-7/")
    assert its_own.follow("Write an update") == 200
    its_own.fill(what_changed="The garden is open.")
    assert its_own.press("main form button[type=submit]") == 200
    assert promise.updates.count() == 2
    assert street.faults == []
