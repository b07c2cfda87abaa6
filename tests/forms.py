"""The forms of a page as a browser sees them: their fields, and what stands in each."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

LINES = {"text", "email", "tel", "search", "number", "url"}
KEPT_BY_NOBODY = {"password", "file"}
"""A browser is never sent these back."""


@dataclass
class Field:
    """One named field: its kind, its limit, the choices it offers and what it holds."""

    name: str
    kind: str
    limit: int | None = None
    choices: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)

    @property
    def is_written_in(self) -> bool:
        return self.kind in LINES or self.kind == "textarea"


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)

    def visible(self) -> list[Field]:
        return [one for one in self.fields.values() if one.kind not in {"hidden", "button"}]

    def held(self) -> dict[str, list[str]]:
        return {one.name: one.held for one in self.fields.values()}


class FormsOf(HTMLParser):
    """Reads the forms in the main part of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._field: Field | None = None
        self.feed(html.partition("<main")[2].partition("</main>")[0])

    def _named(self, name: str, kind: str, limit: str | None = None) -> Field:
        assert self._form is not None
        found = self._form.fields.setdefault(name, Field(name, kind))
        found.limit = int(limit) if limit else found.limit
        return found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        name, value = told.get("name"), told.get("value") or ""
        if tag == "form":
            self._form = Form(told.get("action") or "", (told.get("method") or "get").lower())
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "input" and name:
            kind = told.get("type") or "text"
            one = self._named(name, kind, told.get("maxlength"))
            if kind in {"radio", "checkbox"}:
                one.choices.append(value)
                one.held += [value] if "checked" in told else []
            else:
                one.held.append(value)
        elif tag == "textarea" and name:
            self._field = self._named(name, "textarea", told.get("maxlength"))
            self._field.held.append("")
        elif tag == "select" and name:
            self._field = self._named(name, "select")
        elif tag == "option" and self._field:
            self._field.choices.append(value)
            self._field.held += [value] if "selected" in told else []
        elif tag == "button" and name:
            # Enter presses the first button, so that is what a form sends by itself.
            button = self._named(name, "button")
            button.held = button.held or [value]

    def handle_data(self, data: str) -> None:
        if self._field and self._field.kind == "textarea":
            self._field.held[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if self._field and tag == "textarea":
            # The first line break after the tag is not part of what was written.
            self._field.held[-1] = self._field.held[-1].removeprefix("\n")
        if tag in {"textarea", "select"}:
            self._field = None
        if tag == "form":
            self._form = None


def forms_of(html: str) -> list[Form]:
    return FormsOf(html).forms
