"""The NHS.UK design system in Django templates.

`{% error_summary form %}` and `{% nhsuk_field field %}` are what the template pack `nhsuk` is made
of. The block tags (`{% inset %}`, `{% details %}`, `{% warning %}`, `{% panel %}`,
`{% summary_list %}`) wrap content; `{% tag %}`, `{% status %}` and `{% pagination %}` stand alone.
Components that only need values are includes in templates/components/.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms, template
from django.conf import settings
from django.core.paginator import Page
from django.forms import BoundField
from django.forms.formsets import BaseFormSet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.context import site
from core.forms import DateInput, Look

register = template.Library()

PLAIN = Look()
# What Django or the browser would add and the design system leaves out: the server judges what was
# typed and says why in words, so nothing is cut off or refused in silence.
LEFT_OUT = {"class", "id", "name", "type", "value", "rows", "cols", "maxlength", "minlength"} | {
    "required",
    "min",
    "max",
    "step",
    "placeholder",
    "aria-describedby",
    "aria-invalid",
}


# --- Form fields ---------------------------------------------------------------------------------


def _look(field: BoundField) -> Look:
    found = getattr(field.field, "look", PLAIN)
    assert isinstance(found, Look)
    return found


def _kind(field: BoundField) -> str:
    """The template that draws this field. The order matters: some widgets are subclasses."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return "checkboxes"
    if isinstance(widget, forms.RadioSelect):
        return "radios"
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    if isinstance(widget, DateInput):
        return "date_input"
    if isinstance(widget, forms.MultiWidget | forms.SelectDateWidget | forms.SelectMultiple):
        raise TypeError(f"{field.name}: nothing here draws a {type(widget).__name__}.")
    if isinstance(widget, forms.Select):
        return "select"
    if isinstance(widget, forms.Textarea):
        long_answer = widget.attrs.get("maxlength") and _look(field).count
        return "character_count" if long_answer else "textarea"
    if isinstance(widget, forms.PasswordInput):
        return "password_input"
    if isinstance(widget, forms.FileInput):
        return "file_upload"
    return "input"


def first_id(field: BoundField) -> str:
    """The id of the element that a link in the error summary leads to."""
    return f"{field.auto_id}_day" if _kind(field) == "date_input" else field.auto_id


def _input_type(widget: forms.Widget) -> tuple[str, str]:
    """The type and the keyboard of a text box. Numbers are typed as text, so none is lost."""
    if isinstance(widget, forms.NumberInput):
        return "text", "numeric"
    return getattr(widget, "input_type", "text"), ""


def _chosen(field: BoundField) -> set[str]:
    value = field.value()
    many = value if isinstance(value, list | tuple | set) else [value]
    return {str(getattr(one, "pk", one)) for one in many if one is not None}


def _choices(field: BoundField) -> list[dict[str, Any]]:
    """One item for each choice, with ids as the reference numbers them: id, id-2, id-3."""
    how, chosen = _look(field), _chosen(field)
    items: list[dict[str, Any]] = []
    for value, label in field.field.widget.choices:
        value = "" if value is None else str(value)
        if not value and str(label).startswith("---"):
            continue  # Django's empty choice means nothing among radios
        number = len(items) + 1
        item_id = field.auto_id if number == 1 else f"{field.auto_id}-{number}"
        opens = how.reveals.get(value)
        items.append(
            {
                "value": value,
                "label": label,
                "id": item_id,
                "checked": value in chosen,
                "hint": how.hints.get(value, ""),
                "exclusive": value in how.exclusive,
                "opens": field.form[opens] if opens else None,
            }
        )
    return items


def _options(field: BoundField) -> list[dict[str, Any]]:
    """The options of a select, in groups; a group without a label stands for loose options."""
    chosen = _chosen(field)
    groups: list[dict[str, Any]] = []

    def option(value: Any, label: Any) -> dict[str, Any]:
        value = "" if value is None else str(value)
        selected = value in chosen or (not value and not chosen)
        return {"value": value, "label": label, "selected": selected and bool(value)}

    for value, label in field.field.widget.choices:
        if isinstance(label, list | tuple):
            groups.append({"label": value, "options": [option(*pair) for pair in label]})
        elif groups and not groups[-1]["label"]:
            groups[-1]["options"].append(option(value, label))
        else:
            groups.append({"label": "", "options": [option(value, label)]})
    return groups


def _boxes(field: BoundField) -> list[dict[str, Any]]:
    """The three boxes of a date, with what was typed."""
    value = field.value()
    widget = field.field.widget
    assert isinstance(widget, DateInput)
    typed = value if isinstance(value, list) else widget.decompress(value)
    names = [("day", _("Day"), 2), ("month", _("Month"), 2), ("year", _("Year"), 4)]
    return [
        {
            "name": f"{field.html_name}_{part}",
            "id": f"{field.auto_id}_{part}",
            "label": label,
            "width": width,
            "value": "" if text is None else text,
        }
        for (part, label, width), text in zip(names, typed, strict=True)
    ]


def _rows(attrs: dict[str, Any]) -> str:
    rows = str(attrs.get("rows", ""))
    return "5" if rows in ("", "10") else rows  # 10 is Django's own default


def field_context(field: BoundField, *, mark_optional: bool = True) -> dict[str, Any]:
    """Everything the templates in nhsuk/fields/ need to draw one field."""
    widget, how, kind = field.field.widget, _look(field), _kind(field)
    label = field.label
    may_be_left = not field.field.required and kind != "checkbox"
    if mark_optional and how.optional and may_be_left and field.name not in _revealed(field.form):
        label = _("%(label)s (optional)") % {"label": label}
    error = " ".join(str(error) for error in field.errors)
    described = [f"{field.auto_id}-hint"] if field.help_text and kind != "checkbox" else []
    if error:
        described.append(f"{field.auto_id}-error")
    context = {
        "field": field,
        "kind": kind,
        "look": how,
        "id": field.auto_id,
        "name": field.html_name,
        "label": label,
        "hint": field.help_text,
        "error": error,
        "describedby": " ".join(described),
        "attrs": {name: text for name, text in widget.attrs.items() if name not in LEFT_OUT},
        "disabled": field.field.disabled,
    }
    if kind in ("radios", "checkboxes"):
        context["items"] = _choices(field)
    elif kind == "select":
        context["groups"] = _options(field)
    elif kind == "date_input":
        context["boxes"] = _boxes(field)
    elif kind == "checkbox":
        context["checked"] = bool(field.value())
    else:
        context["value"] = widget.format_value(field.value())
        context["type"], context["inputmode"] = _input_type(widget)
        context["rows"] = _rows(widget.attrs)
        context["maxlength"] = widget.attrs.get("maxlength")
    return context


def _revealed(form: forms.BaseForm) -> set[str]:
    """Names of the fields that a choice opens; they are drawn inside that choice."""
    names: set[str] = set()
    for field in form.fields.values():
        names.update(getattr(field, "look", PLAIN).reveals.values())
    return names


@register.simple_tag
def nhsuk_field(field: BoundField, mark_optional: bool = True) -> SafeString:
    """Draw one field of a form: label, hint, error and control."""
    if field.is_hidden:
        return SafeString(field)
    context = field_context(field, mark_optional=mark_optional)
    return render_to_string(f"nhsuk/fields/{context['kind']}.html", context)


@register.inclusion_tag("nhsuk/fields/_control.html")
def nhsuk_control(field: BoundField) -> dict[str, Any]:
    """The box or the list alone, with the classes of its widget: for a page with words of its own
    around it. Django's own widgets take three times as long to draw.
    """
    return {**field_context(field), "classes": field.field.widget.attrs.get("class", "")}


@register.filter
def top_fields(form: forms.BaseForm) -> list[BoundField]:
    """The visible and hidden fields of a form, without those that a choice opens."""
    inside = _revealed(form)
    return [field for field in form if field.name not in inside]


def _errors_of(form: forms.BaseForm) -> Iterable[dict[str, str]]:
    for error in form.non_field_errors():
        yield {"text": str(error), "href": ""}
    wrong = [(field, str(error)) for field in form for error in field.errors]
    times = Counter(text for _field, text in wrong)
    for field, text in wrong:
        # Said of several fields, the same words do not tell which of them is meant.
        colon = "" if str(field.label).endswith("?") else ":"
        named = text if times[text] == 1 else f"{field.label}{colon} {text}"
        yield {"text": named, "href": "" if field.is_hidden else f"#{first_id(field)}"}


@register.inclusion_tag("nhsuk/error_summary.html")
def error_summary(form: forms.BaseForm | BaseFormSet[Any] | None) -> dict[str, Any]:
    """The box on top of a page that lists what went wrong; each line leads to its field."""
    errors: list[dict[str, str]] = []
    if isinstance(form, BaseFormSet):
        errors += [{"text": str(error), "href": ""} for error in form.non_form_errors()]
        for one in form:
            errors += _errors_of(one)
    elif form is not None and form.is_bound:
        errors += _errors_of(form)
    return {"errors": errors}


# --- Tags and states -----------------------------------------------------------------------------

# What a state means to the eye: a colour and a shape. The word always comes first.
TONES = {
    "good": "green",
    "going": "blue",
    "waiting": "yellow",
    "careful": "orange",
    "bad": "red",
    "changed": "purple",
    "quiet": "grey",
    "unknown": "white",
}
MEANS = {
    "good": ("delivered", "confirmed", "approved", "sent", "completed", "accepted", "free", "done")
    + ("published", "open", "active", "on_track", "attended"),
    "going": ("in_progress", "in_use", "planned", "scheduled", "held", "going", "new"),
    "waiting": (
        "waiting",
        "pending",
        "requested",
        "changes_wanted",
        "registered",
        "submitted",
        "not_started",
        "draft",
        "review",
    )
    + ("awaiting_approval", "offered", "waiting_list", "information_needed"),
    "careful": ("part_delivered", "stale", "slipping", "late", "at_risk", "no_show", "quiet"),
    "bad": ("not_delivered", "overdue", "failed", "declined", "rejected", "refused", "recalled"),
    "changed": ("superseded", "changed", "moved"),
    "quiet": (
        "withdrawn",
        "cancelled",
        "expired",
        "closed",
        "released",
        "ended",
        "stopped",
        "past",
    ),
    "unknown": ("not_known", "unknown", "not_checked", "not_confirmed"),
}
TONE_OF = {code: tone for tone, codes in MEANS.items() for code in codes}


@register.inclusion_tag("components/tag.html")
def tag(text: object, tone: str = "quiet") -> dict[str, str]:
    """A word in a coloured tag with a shape, with a capital. Tones: see TONES."""
    words = str(text)
    return {"text": words[:1].upper() + words[1:], "tone": tone, "colour": TONES[tone]}


@register.inclusion_tag("components/tag.html")
def status(code: object, label: object = "") -> dict[str, str]:
    """The tag for a state: `{% status booking.status booking.get_status_display %}`."""
    tone = TONE_OF.get(str(code).lower(), "quiet")
    return tag(str(label or code).replace("_", " "), tone)


# --- Blocks that wrap content --------------------------------------------------------------------


@register.simple_block_tag
def inset(content: str) -> SafeString:
    """{% inset %}<p>…</p>{% endinset %}: words that stand apart."""
    return render_to_string("nhsuk/inset_text.html", {"content": content})


@register.simple_block_tag
def details(content: str, summary: str, is_open: bool = False) -> SafeString:
    """{% details summary="…" %}…{% enddetails %}: more for those who want it."""
    context = {"content": content, "summary": summary, "is_open": is_open}
    return render_to_string("nhsuk/details.html", context)


@register.simple_block_tag
def warning(content: str, heading: str, level: int = 2) -> SafeString:
    """{% warning heading="…" %}<p>…</p>{% endwarning %}: what must not be missed."""
    context = {"content": content, "heading": heading, "level": level}
    return render_to_string("nhsuk/warning_callout.html", context)


@register.simple_block_tag
def panel(content: str, title: str) -> SafeString:
    """{% panel title="…" %}…{% endpanel %}: the confirmation at the end of a task."""
    return render_to_string("nhsuk/panel.html", {"content": content, "title": title})


@register.simple_block_tag
def summary_list(content: str, compact: bool = False) -> SafeString:
    """{% summary_list %}{% summary_row key="…" %}…{% endsummary_row %}{% endsummary_list %}."""
    return render_to_string("nhsuk/summary_list.html", {"content": content, "compact": compact})


@register.simple_block_tag
def summary_row(
    content: str, key: str, change: str = "", change_label: str = "", about: str = ""
) -> SafeString:
    """One line of a summary list. `change` is the address of a link, `about` names it for the ear."""
    context = {
        "content": content,
        "key": key,
        "change": change,
        "change_label": change_label or _("Change"),
        "about": about or str(key),
    }
    return render_to_string("nhsuk/summary_row.html", context)


# --- Lists of pages ------------------------------------------------------------------------------


@register.inclusion_tag("nhsuk/pagination.html", takes_context=True)
def pagination(context: template.Context, page: Page[Any], param: str = "page") -> dict[str, Any]:
    """Links to the other pages of a list. Keeps every filter in the address."""

    def address(number: int) -> str:
        query = context["request"].GET.copy()
        query[param] = str(number)
        return f"?{query.urlencode()}"

    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    items = [
        {"number": number, "href": address(number), "current": number == page.number}
        if isinstance(number, int)
        else {"ellipsis": True}
        for number in numbers
    ]
    return {
        "items": items if page.paginator.num_pages > 1 else [],
        "previous": address(page.previous_page_number()) if page.has_previous() else "",
        "next": address(page.next_page_number()) if page.has_next() else "",
    }


@register.simple_tag(takes_context=True)
def query_with(context: template.Context, **changes: object) -> str:
    """The address of this page with some filters changed; None takes one away."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    query.pop("page", None)
    return f"?{query.urlencode()}"


@register.inclusion_tag("nhsuk/header_item.html", takes_context=True)
def header_item(context: template.Context, name: str, text: str) -> dict[str, str]:
    """One place in the header. `page` when we are on it, `true` when we are somewhere below.

    A page that the navigation of staff has as its own is not below a place for everybody.
    """
    url = reverse(name)
    path = getattr(context.get("request"), "path", "")
    root = url.split("/")[1]
    is_for_staff = any(place["current"] for place in context.get("staff_nav") or [])
    below = path.split("/")[1:2] == [root] and not is_for_staff
    return {"url": url, "text": text, "current": "page" if path == url else "true" if below else ""}


# --- Small things --------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def our_site(context: template.Context) -> object:
    """Names and languages of the portal, whatever a view of somebody else calls `site`."""
    return site(context["request"])["site"]


SAID_ALOUD = {
    "SERVICE_NAME",
    "PROGRAMME_NAME",
    "ORG_NAME",
    "CONTACT_EMAIL",
    "CONTACT_PHONE",
    "SESSION_COOKIE_NAME",
    "CSRF_COOKIE_NAME",
    "LANGUAGE_COOKIE_NAME",
}


@register.simple_tag
def setting(name: str) -> str:
    """A name from the settings, for pages that must stand without a request."""
    assert name in SAID_ALOUD, name
    return str(getattr(settings, name))


@register.simple_tag
def drawing(name: str) -> SafeString:
    """One of our line drawings, said aloud by nobody: room, people, pledge, house, calendar…"""
    return render_to_string(f"components/drawings/{name}.html")


@register.filter
def at(values: Sequence[Any], index: int) -> Any:
    """The value at a place in a list: a column's heading, when a table becomes a list."""
    return values[index]


@register.filter
def phone_link(number: str) -> str:
    """020 7946 0000 -> tel:02079460000."""
    return "tel:" + "".join(sign for sign in str(number) if sign.isdigit() or sign == "+")


@register.simple_tag
def mailto(address: str) -> SafeString:
    return format_html('<a href="mailto:{0}">{0}</a>', address)
