"""Photographs of spaces: who keeps them, who sees them, and that nothing else comes in with them."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditRecord
from core.pictures import open_picture
from spaces import services
from spaces.models import Photograph, Space
from spaces.rules.photographs import MOST_PHOTOGRAPHS
from tests.factories.accounts import UserFactory
from tests.factories.spaces import (
    NOW,
    SpaceFactory,
    a_programme_worker,
    a_site_manager_of,
    with_second_factor,
)
from tests.pictures import HARMFUL, INERT, REFUSED, a_photograph
from tests.racing import at_once

WORDS = "A bright hall with a wooden floor"


def picture_of(colour="seagreen"):
    from io import BytesIO

    return open_picture(BytesIO(a_photograph(colour=colour)))


def added(space, *, by=None, colour="seagreen", words=WORDS, caption=""):
    return services.add_photograph(
        space,
        by=by or a_programme_worker(),
        now=NOW,
        picture=picture_of(colour),
        alternative_text=words,
        caption=caption,
    )


def page(name, space, *more):
    return reverse(f"spaces:{name}", args=[space.slug, *more])


def send(client, space, content, name="room.jpg", **more):
    file = SimpleUploadedFile("room.jpg", content, content_type="text/html")
    file._name = name
    typed = {"picture": file, "alternative_text": WORDS, "caption": ""} | more
    return client.post(page("photographs", space), typed)


def manager_with_space():
    space = SpaceFactory()
    return a_site_manager_of(space.site), space


@pytest.mark.django_db
class TestKeepingThem:
    def test_a_site_manager_adds_a_photograph_and_the_space_shows_it(self, client):
        manager, space = manager_with_space()
        client.force_login(manager)

        answer = send(client, space, a_photograph(), caption="The hall in the morning")

        assert answer.status_code == 302
        photograph = space.photographs.get()
        assert (photograph.alternative_text, photograph.added_by) == (WORDS, manager)
        record = AuditRecord.objects.get(verb="spaces.photograph_added")
        assert (record.subject_id, record.actor) == (str(space.pk), manager)
        shown = client.get(space.get_absolute_url()).content.decode()
        assert f'alt="{WORDS}" width="800" height="600"' in shown
        assert f"{photograph.small_address} 480w, {photograph.large_address} 800w" in shown
        assert "The hall in the morning" in shown
        assert "There is no photograph yet" not in shown
        found = client.get(reverse("spaces:spaces")).content.decode()
        assert photograph.small_address in found
        assert photograph.large_address not in found

    @pytest.mark.parametrize("what", REFUSED)
    def test_a_hostile_file_is_refused_in_words_and_nothing_is_kept(self, client, what):
        manager, space = manager_with_space()
        client.force_login(manager)
        name, content = REFUSED[what]

        answer = send(client, space, content, name=name)

        assert answer.status_code == 422
        text = answer.content.decode()
        assert text.count('id="id_picture-error"') == 1
        assert f'value="{WORDS}"' in text
        assert name not in text or name == "room.jpg"
        assert HARMFUL.decode() not in text
        assert not Photograph.objects.exists()

    @pytest.mark.parametrize("what", INERT)
    def test_a_picture_with_a_trick_is_kept_as_a_picture_and_served_as_nothing_else(
        self, client, what
    ):
        manager, space = manager_with_space()
        client.force_login(manager)
        name, content = INERT[what]

        assert send(client, space, content, name=name).status_code == 302

        row = Photograph.objects.values().get()
        assert not any(name[:200] in str(value) for value in row.values())
        client.logout()
        for address in (
            Photograph.objects.get().large_address,
            Photograph.objects.get().small_address,
        ):
            answer = client.get(address)
            assert answer.headers["Content-Type"] == "image/webp"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Disposition"] == 'inline; filename="room.webp"'
            assert HARMFUL not in answer.content
            assert answer.content[8:12] == b"WEBP"

    def test_a_request_larger_than_any_form_is_refused_before_it_is_read(self, client, settings):
        settings.LARGEST_REQUEST = 10_000
        manager, space = manager_with_space()
        client.force_login(manager)

        answer = send(client, space, a_photograph() + b"\0" * 20_000)

        assert answer.status_code == 413
        assert not Photograph.objects.exists()

    @pytest.mark.parametrize(
        ("words", "why"),
        [
            ("", "Say what can be seen"),
            ("A hall", "Use 10 characters or more"),
            ("x y" * 70, "Use 200 characters or fewer"),
            ("IMG_20261124_101530.jpg", "Say what somebody would see"),
            ("the great hall.JPEG", "Say what somebody would see"),
            ("DSC01234 and more", "Say what somebody would see"),
            ("picturepicture", "Say what somebody would see"),
        ],
    )
    def test_a_photograph_without_words_for_those_who_cannot_see_it_is_refused(
        self, client, words, why
    ):
        manager, space = manager_with_space()
        client.force_login(manager)

        answer = send(client, space, a_photograph(), alternative_text=words, caption="Ours")

        assert answer.status_code == 422
        assert why in answer.content.decode()
        assert "Choose the file again." in answer.content.decode()
        assert 'value="Ours"' in answer.content.decode()
        assert not Photograph.objects.exists()

    def test_the_same_photograph_is_not_added_twice_nor_more_than_six(self, client):
        manager, space = manager_with_space()
        client.force_login(manager)
        send(client, space, a_photograph())

        again = send(client, space, a_photograph())
        for number in range(1, MOST_PHOTOGRAPHS):
            send(client, space, a_photograph(colour=f"#0000{number}0"))
        one_more = send(client, space, a_photograph(colour="tomato"))

        assert (again.status_code, one_more.status_code) == (422, 422)
        assert "This photograph is there already." in again.content.decode()
        assert "Remove one first." in one_more.content.decode()
        assert space.photographs.count() == MOST_PHOTOGRAPHS
        assert "Add this photograph" not in client.get(page("photographs", space)).content.decode()

    def test_words_are_changed_and_a_photograph_is_shown_earlier_and_removed(self, client):
        manager, space = manager_with_space()
        client.force_login(manager)
        first = added(space, by=manager)
        second = added(space, by=manager, colour="tomato", words="The kitchen with two hobs")

        words = client.post(
            page("describe_photograph", space, first.uuid),
            {"alternative_text": "The hall set out in rows", "caption": ""},
        )
        moved = client.post(page("move_photograph", space, second.uuid))
        order = [one.pk for one in space.photographs_in_order]
        removed = client.post(page("remove_photograph", space, first.uuid))

        assert (words.status_code, moved.status_code, removed.status_code) == (302, 302, 302)
        assert order == [second.pk, first.pk]
        assert list(space.photographs.values_list("pk", flat=True)) == [second.pk]
        assert client.get(first.large_address).status_code == 404
        assert set(
            AuditRecord.objects.filter(subject_id=space.pk).values_list("verb", flat=True)
        ) == {
            "spaces.photograph_added",
            "spaces.photograph_described",
            "spaces.photograph_moved",
            "spaces.photograph_removed",
        }

    def test_looking_at_the_pages_changes_nothing(self, client):
        manager, space = manager_with_space()
        client.force_login(manager)
        photograph = added(space, by=manager)

        for name in ("describe_photograph", "remove_photograph"):
            assert client.get(page(name, space, photograph.uuid)).status_code == 200
        assert client.get(page("move_photograph", space, photograph.uuid)).status_code == 405
        assert space.photographs.count() == 1

    @pytest.mark.parametrize("who", ["visitor", "member of the public", "manager of another site"])
    def test_nobody_else_may_open_or_change_anything(self, client, who):
        manager, space = manager_with_space()
        photograph = added(space, by=manager)
        person = {
            "visitor": None,
            "member of the public": UserFactory(),
            "manager of another site": a_site_manager_of(SpaceFactory().site),
        }[who]
        expected = 404 if person else 302
        if person:
            client.force_login(person)

        answers = [
            client.get(page("photographs", space)).status_code,
            send(client, space, a_photograph(colour="tomato")).status_code,
            client.post(page("remove_photograph", space, photograph.uuid)).status_code,
            client.post(page("move_photograph", space, photograph.uuid)).status_code,
            client.post(
                page("describe_photograph", space, photograph.uuid), {"alternative_text": "x" * 20}
            ).status_code,
        ]

        # Whoever is signed out gets back the words they sent with a photograph.
        assert answers == [expected, expected if person else 403, expected, expected, expected]
        assert list(Photograph.objects.values_list("alternative_text", flat=True)) == [WORDS]

    def test_the_service_asks_who_it_is_whatever_the_page_did(self):
        space = SpaceFactory()

        with pytest.raises(PermissionDenied):
            added(space, by=with_second_factor(UserFactory()))

        assert not space.photographs.exists()

    def test_a_photograph_of_another_space_is_out_of_reach(self, client):
        manager, space = manager_with_space()
        other = added(SpaceFactory(), colour="tomato")
        client.force_login(manager)

        assert client.post(page("remove_photograph", space, other.uuid)).status_code == 404
        assert Photograph.objects.count() == 1


@pytest.mark.django_db
class TestShowingThem:
    def test_everybody_may_keep_a_public_photograph_for_a_year(self, client):
        photograph = added(SpaceFactory())

        answer = client.get(photograph.large_address)
        client.force_login(UserFactory())
        signed_in = client.get(photograph.large_address)

        for one in (answer, signed_in):
            assert one.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert client.get(reverse("home:waiting")).headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("how", ["space is a draft", "site is not published"])
    def test_what_is_not_on_offer_is_seen_by_its_site_alone(self, client, how):
        manager, space = manager_with_space()
        photograph = added(space, by=manager)
        if how == "space is a draft":
            Space.objects.filter(pk=space.pk).update(status="draft")
        else:
            type(space.site).objects.filter(pk=space.site_id).update(is_published=False)

        answers = [client.get(photograph.large_address).status_code]
        client.force_login(a_site_manager_of(SpaceFactory().site))
        answers.append(client.get(photograph.small_address).status_code)
        client.force_login(manager)
        own = client.get(photograph.large_address)

        assert answers == [404, 404]
        assert (own.status_code, own.headers["Cache-Control"]) == (200, "no-store")

    @pytest.mark.parametrize("address", ["huge", "position", "large,uuid"])
    def test_there_is_no_other_size(self, client, address):
        photograph = added(SpaceFactory())

        found = client.get(reverse("spaces:picture", args=[photograph.fingerprint, address]))

        assert found.status_code == 404

    def test_a_list_of_rooms_costs_the_same_for_one_photograph_as_for_many(self, client):
        weights, sizes = [], []
        client.get(reverse("spaces:spaces"))  # the boroughs are remembered for a minute
        for number in range(3):
            space = SpaceFactory()
            for other in range(number + 1):
                added(space, colour=f"#00{number}0{other}0")
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(reverse("spaces:spaces"))
            weights.append(len(queries))
            sizes.append("webp" in answer.content.decode())
            asked_for = " ".join(query["sql"] for query in queries)
            assert '"spaces_photograph"."large"' not in asked_for
            assert '"spaces_photograph"."small"' not in asked_for

        assert weights[0] == weights[2]
        assert sizes == [True] * 3


@pytest.mark.django_db(transaction=True)
def test_two_who_add_at_once_never_make_seven():
    manager, space = manager_with_space()
    for number in range(MOST_PHOTOGRAPHS - 1):
        added(space, by=manager, colour=f"#0000{number}0")
    pictures = [picture_of("tomato"), picture_of("gold")]

    done = at_once(
        *(
            lambda picture=picture: services.add_photograph(
                space, by=manager, now=NOW, picture=picture, alternative_text=WORDS
            )
            for picture in pictures
        )
    )

    assert done == ["done", "too_many"]
    assert space.photographs.count() == MOST_PHOTOGRAPHS


@pytest.mark.django_db(transaction=True)
def test_two_who_move_at_once_leave_every_photograph_a_place():
    manager, space = manager_with_space()
    _first, second, third = (added(space, by=manager, colour=c) for c in ("red", "blue", "gold"))

    at_once(
        lambda: services.move_photograph(second, by=manager),
        lambda: services.move_photograph(third, by=manager),
    )

    assert sorted(space.photographs.values_list("position", flat=True)) == [0, 1, 2]


@pytest.mark.django_db
def test_a_photograph_that_somebody_else_removed_is_said_to_be_gone():
    manager, space = manager_with_space()
    photograph = added(space, by=manager)
    services.remove_photograph(photograph, by=manager)
    photograph.pk = 1 + (photograph.pk or 0)

    with pytest.raises(ValidationError, match="removed already"):
        services.remove_photograph(photograph, by=manager)
