"""What a browser tells of a broken policy: the rule and the host, nothing of who read what."""

import json

import pytest
from django.urls import reverse

from core.views import REPORTS_PER_MINUTE

REPORT = {
    "csp-report": {
        "document-uri": "https://portal.example.org/listening/your-words/?code=ABCD",
        "violated-directive": "script-src",
        "blocked-uri": "https://ads.example.com/track.js?who=amina",
    }
}


def send(client, report):
    body = report if isinstance(report, str) else json.dumps(report)
    return client.post(reverse("core:csp_report"), body, content_type="application/csp-report")


@pytest.mark.parametrize(
    ("blocked", "named"),
    [(REPORT["csp-report"]["blocked-uri"], "'ads.example.com'"), ("inline", "'inline'")],
)
def test_the_rule_and_the_host_are_logged_and_nothing_else(client, caplog, blocked, named):
    report = {"csp-report": {**REPORT["csp-report"], "blocked-uri": blocked}}

    assert send(client, report).status_code == 204
    assert caplog.messages == [f"Content policy: 'script-src' stopped {named}"]


@pytest.mark.parametrize(
    "report", ["", "{", "[" * 100_000, "[]", '{"csp-report": 1}', '{"csp-report": {}}', "7"]
)
def test_what_is_no_report_is_refused_quietly(client, caplog, report):
    assert send(client, report).status_code == 400
    assert [line for line in caplog.messages if "Content policy" in line] == []


def test_a_form_instead_of_a_report_is_refused_quietly(client):
    assert client.post(reverse("core:csp_report"), {"csp-report": "x"}).status_code == 400


def test_nobody_fills_the_log_with_reports(client, caplog):
    for _time in range(REPORTS_PER_MINUTE + 5):
        assert send(client, REPORT).status_code == 204

    assert REPORTS_PER_MINUTE <= len(caplog.messages) <= REPORTS_PER_MINUTE * 2


def test_a_page_tells_the_browser_where_to_report(client):
    policy = client.get(reverse("core:healthz")).headers["Content-Security-Policy"]

    assert "report-uri /csp-report/" in policy
