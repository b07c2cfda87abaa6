"""When something is broken the page that says so needs nothing that may be broken."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.template.loader import render_to_string
from django.test import override_settings
from django.utils import translation

ALONE = ["400", "403_csrf", "413", "415", "429", "500", "503"]
HASHED = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}


@pytest.mark.parametrize("name", ALONE)
def test_an_error_page_stands_without_database_request_or_collected_files(name, tmp_path):
    # No database mark on this test: a query would fail it.
    with override_settings(STORAGES=HASHED, STATIC_ROOT=tmp_path):
        html = render_to_string(f"{name}.html")

    assert re.findall("<h1", html) == ["<h1"]
    assert settings.SERVICE_NAME in html
    assert '<html lang="en' in html
    assert "<script" not in html
    assert "style=" not in html


def test_an_error_page_reads_from_the_right_in_arabic():
    with translation.override("ar"):
        assert '<html lang="ar" dir="rtl">' in render_to_string("500.html")


def test_what_an_error_page_links_to_is_served_under_that_name_in_production(tmp_path):
    with override_settings(STORAGES=HASHED, STATIC_ROOT=tmp_path, DEBUG=False):
        call_command("collectstatic", interactive=False, verbosity=0)

    linked = re.findall(r'href="/static/([^"]+)"', render_to_string("500.html"))
    assert linked == ["images/favicon.svg", "build/portal.css"]
    assert [name for name in linked if not Path(tmp_path, name).is_file()] == []
