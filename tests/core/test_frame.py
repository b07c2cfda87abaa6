"""The frame around every page, and the gallery of what goes inside it."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.urls import reverse
from django.utils import translation

from accounts.models import ProgrammeRole
from tests.factories.accounts import UserFactory, a_person_with

pytestmark = pytest.mark.django_db


def cookies_page(client, **headers):
    return client.get(reverse("home:cookies"), **headers).content.decode()


def test_a_page_names_its_language_and_offers_the_others_in_their_own_words(client):
    html = cookies_page(client)

    assert '<html lang="en" dir="ltr">' in html
    assert re.findall(r'name="language" value="(\w+)">(\w+)', html) == [
        ("es", "Español"),
        ("pt", "Português"),
    ]


def test_choosing_a_language_leads_back_to_the_same_page_in_it(client):
    page = reverse("home:cookies")

    response = client.post(reverse("core:set_language"), {"language": "es", "next": page})

    assert response.status_code == 302
    assert response.url == page
    assert '<html lang="es" dir="ltr">' in cookies_page(client)


def test_a_page_that_answers_a_form_offers_no_language_that_would_lose_what_was_typed(client):
    address = reverse("account_login")

    assert 'name="language"' in client.get(address).content.decode()
    refused = client.post(address, {"login": "nobody"})
    assert refused.status_code == 422
    assert 'name="language"' not in refused.content.decode()


def test_a_page_loads_nothing_from_another_host_and_styles_nothing_inline(client):
    html = cookies_page(client)

    assert re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]*"', html) == []
    assert "style=" not in html
    assert re.findall(r"\son\w+=", html) == []


def test_a_first_visit_is_light(client):
    html = client.get(reverse("home:home")).content
    files = re.findall(r'(?:src|href)="/static/([^"]+)"', html.decode())

    assert files == ["images/favicon.svg", "build/portal.css", "build/portal.js"]
    weights = [len(gzip.compress(html))]
    weights += [
        len(gzip.compress(Path(settings.BASE_DIR, "static", name).read_bytes())) for name in files
    ]
    assert sum(weights) < 100_000


def test_the_one_inline_script_carries_the_nonce_of_its_answer(client):
    response = client.get(reverse("home:cookies"))

    [nonce] = re.findall(r'<script nonce="([^"]+)"', response.content.decode())
    assert f"'nonce-{nonce}'" in response["Content-Security-Policy"]


def test_the_ribbon_is_there_only_in_the_demonstration(client, settings):
    settings.DEMONSTRATION = False
    assert "app-ribbon" not in cookies_page(client)

    settings.DEMONSTRATION = True
    assert "Names that end in (demo) are made up." in cookies_page(client)


def test_a_visitor_may_sign_in_and_a_signed_in_person_sees_who_they_are(client):
    assert reverse("account_login") in cookies_page(client)

    client.force_login(UserFactory(name="Amina Osei"))
    html = cookies_page(client)

    assert "Amina Osei" in html
    assert reverse("home:waiting") in html
    assert f'action="{reverse("account_logout")}" method="post"' in html


def test_the_navigation_says_where_we_are(rf):
    def item(path):
        request = rf.get(path)
        template = Template("{% load nhsuk %}{% header_item 'spaces:spaces' 'Find a room' %}")
        return template.render(Context({"request": request}))

    spaces = reverse("spaces:spaces")
    assert re.findall(r'aria-current="(\w+)"', item(spaces)) == ["page"]
    assert re.findall(r'aria-current="(\w+)"', item(spaces + "garden-room/")) == ["true"]
    assert re.findall(r'aria-current="(\w+)"', item(reverse("events:events"))) == []


def test_a_page_for_staff_is_named_as_its_entry_and_lights_no_entry_for_everybody(client, settings):
    settings.MIDDLEWARE = [
        name for name in settings.MIDDLEWARE if not name.endswith("SecondFactorRequired")
    ]
    client.force_login(a_person_with(ProgrammeRole.Role.PROGRAMME_STAFF))

    html = client.get(reverse("listening:responses")).content.decode()
    public, _nav, staff = html.partition('<nav class="app-staff-nav"')

    assert "nhsuk-header__navigation-item--current" not in public
    assert re.findall(r'aria-current="page">(\w+)<', staff) == ["Answers"]
    assert re.search(r"<h1[^>]*>\s*Answers\s*</h1>", staff)
    assert "<title>Answers" in html


def test_an_error_in_a_form_comes_first_in_the_title(client):
    page = reverse("account_login")
    assert "<title>Error: " not in client.get(page).content.decode()

    response = client.post(page, {"login": "not an address"})

    assert "<title>Error: " in response.content.decode()


def test_a_page_that_is_not_there_says_so_in_the_same_clothes(client, settings):
    settings.DEBUG = False

    response = client.get("/no-such-page/")

    html = response.content.decode()
    assert response.status_code == 404
    assert "Page not found" in html
    assert "nhsuk-header" in html


# --- The gallery ---------------------------------------------------------------------------------


def test_the_gallery_is_for_people_with_a_part_in_the_programme(client):
    gallery = reverse("core:gallery")

    assert client.get(gallery).status_code == 302

    client.force_login(UserFactory())
    assert client.get(gallery).status_code == 403


@pytest.mark.parametrize("language", ["en", "es", "pt", "ar"])
def test_the_gallery_shows_every_component_in_every_language(rf, language):
    from core.gallery import gallery

    request = rf.get("/gallery/")
    request.user = a_person_with(ProgrammeRole.Role.PROGRAMME_STAFF)

    with translation.override(language):
        html = gallery(request).content.decode()

    for anchor in ["tags", "story", "timeline", "week", "form", "form-in-error", "done"]:
        assert f'id="{anchor}"' in html
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert sorted(ids) == sorted(set(ids))
