"""The shape of the portal, kept by machine: who may import whom, and the two doors to the data.

Each rule is a function that lists what breaks it, so that the tests at the end can show it finding
a planted fault.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

GROUND = ["core", "accounts", "audit", "notifications", "anchors", "events"]
DOMAIN: dict[str, set[str]] = {
    "spaces": set(),  # what two or more of these need together is shown by `home`
    "listening": set(),
    "pledges": {"listening"},  # a pledge answers a theme
    "housing": {"listening", "pledges"},  # the action plan carries pledges out
}
HOME = "home"
APPS = [*GROUND, *DOMAIN, HOME]
DOORS = {"views", "tasks", "admin", "urls"}
# The outbox pokes its own drain: the one service that knows a task.
KNOWN_EXCEPTION = ("notifications/services.py", "notifications.tasks")


def may_import(app: str) -> set[str]:
    """The apps that a module of this app may import, itself included."""
    if app == HOME:
        return set(APPS)
    if app in GROUND:
        return set(GROUND[: GROUND.index(app) + 1])
    return {app, *GROUND, *DOMAIN[app]}


def imports_of(source: str) -> Iterator[str]:
    """Every module named in an import, wherever it stands in the file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules_of(app: str) -> list[Path]:
    return sorted(path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)


def wrong_directions(app: str, source: str) -> set[str]:
    """Apps that this source of `app` imports and may not."""
    seen = {name.split(".")[0] for name in imports_of(source)} & {*APPS, "config"}
    return seen - may_import(app)


def doors_opened(source: str) -> set[str]:
    """Modules of other files' doors that this source imports."""
    return {
        name
        for name in imports_of(source)
        if name.split(".")[0] in APPS and DOORS & set(name.split(".")[1:])
    }


def third_doors(source: str) -> list[str]:
    """Lines of a view that reach a table by another door than `visible_to(user)` or `public()`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
            is_manager = node.value.attr in {"objects", "_default_manager", "_base_manager"}
            if is_manager and node.attr not in {"visible_to", "public"}:
                found.append(f"line {node.lineno}: .objects.{node.attr}")
    return found


def is_door(path: Path) -> bool:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return bool(DOORS & set(parts)) or "management" in parts


@pytest.mark.parametrize("app", APPS)
def test_apps_only_look_towards_the_ground(app):
    wrong = {
        str(path.relative_to(ROOT)): seen
        for path in modules_of(app)
        if (seen := wrong_directions(app, path.read_text()))
    }

    assert wrong == {}


@pytest.mark.parametrize("app", APPS)
def test_nobody_imports_a_door(app):
    opened = {}
    for path in modules_of(app):
        name = str(path.relative_to(ROOT))
        seen = doors_opened(path.read_text())
        if is_door(path):
            # A urls module names its own app's views, and a package of doors its own parts.
            seen = {door for door in seen if door.split(".")[0] != app}
        seen = {
            door
            for door in seen
            if not (KNOWN_EXCEPTION[0] == name and door.startswith(KNOWN_EXCEPTION[1]))
        }
        if seen:
            opened[name] = seen

    assert opened == {}


@pytest.mark.parametrize("app", APPS)
def test_views_show_only_what_the_person_may_see(app):
    views = [path for path in modules_of(app) if "views" in path.with_suffix("").parts]
    found = {
        str(path.relative_to(ROOT)): lines
        for path in views
        if (lines := third_doors(path.read_text()))
    }

    assert found == {}


def test_every_app_of_ours_is_held_to_these_rules():
    from django.conf import settings

    ours = {app for app in settings.INSTALLED_APPS if (ROOT / app).is_dir()}

    assert ours == set(APPS)


@pytest.mark.parametrize(
    ("app", "source", "wrong"),
    [
        ("core", "from spaces.models import Space", {"spaces"}),
        ("events", "def later():\n    from pledges.models import Pledge", {"pledges"}),
        ("listening", "import spaces.models", {"spaces"}),
        ("anchors", "from home import services", {"home"}),
        ("pledges", "from config.celery import app", {"config"}),
        ("housing", "from pledges.models import Pledge", set()),
    ],
)
def test_a_wrong_direction_is_found(app, source, wrong):
    assert wrong_directions(app, source) == wrong


def test_an_opened_door_is_found():
    assert "spaces.tasks" in doors_opened("from spaces.tasks import send_booking_reminders")
    assert "events.views" in doors_opened("from events import views")


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("Booking.objects.get(pk=1)", True),
        ("get_object_or_404(Booking.objects.filter(pk=1))", True),
        ("models.Booking._default_manager.all()", True),
        ("Booking.objects.visible_to(request.user).filter(pk=1)", False),
        ("Space.objects.public()", False),
    ],
)
def test_a_third_door_to_the_data_is_found(line, is_found):
    assert bool(third_doors(line)) == is_found
