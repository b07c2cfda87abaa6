"""docs/model.md and the models say the same."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

PAGE = Path(__file__).parent.parent / "docs" / "model.md"
APPS = [
    "accounts", "audit", "notifications", "anchors", "events", "listening", "pledges", "housing",
    "spaces", "home",
]  # fmt: skip


def built_rows() -> dict[str, tuple[set[str], set[str]]]:
    """Each built table of the page: its keys as written, and the names of its promises."""
    rows: dict[str, tuple[set[str], set[str]]] = {}
    app = ""
    for line in PAGE.read_text().splitlines():
        if heading := re.match(r"## (\w+)", line):
            app = heading[1]
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[1] == "built":
            name = f"{app}.{cells[0].strip('`')}"
            keys = {key.strip() for key in cells[3].split(",") if key.strip()}
            rows[name] = (keys, set(re.findall(r"`(\w+)`", cells[4])))
    return rows


def as_written(model: type[models.Model]) -> tuple[set[str], set[str]]:
    keys = set()
    for field in model._meta.get_fields():
        if field.auto_created or not field.is_relation:
            continue
        through = getattr(field.remote_field, "through", None)
        if through is not None and not through._meta.auto_created:
            continue
        mark = "*" if field.many_to_many else "?" if field.null else ""
        target = field.related_model._meta
        keys.add(f"{field.name}{mark} → {target.app_label}.{target.object_name}")
    return keys, {constraint.name for constraint in model._meta.constraints}


def test_the_page_names_every_table_that_is_built_and_no_other():
    tables = {
        f"{app}.{model.__name__}" for app in APPS for model in apps.get_app_config(app).get_models()
    }

    assert set(built_rows()) == tables


@pytest.mark.parametrize("table", sorted(built_rows()))
def test_the_page_tells_the_keys_and_promises_of(table):
    assert built_rows()[table] == as_written(apps.get_model(table))
