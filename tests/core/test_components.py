"""Our form fields and components draw what the design system's reference draws, token for token."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from jinja2 import ChainableUndefined, Environment, PackageLoader
from markupsafe import Markup

from core.forms import DateField, look

REFERENCE = Environment(
    undefined=ChainableUndefined,
    autoescape=True,
    loader=PackageLoader("nhsuk_frontend_jinja"),
)


class Tokens(HTMLParser):
    """HTML as a list of tags with sorted attributes, and of words; white space means nothing."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.inside_icon = 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "svg":
            self.inside_icon += 1
        if tag in ("svg", "path"):  # Our icons are drawn by us.
            return
        # A class list and the order of what describes a field have no meaning.
        pairs = [
            (
                name,
                " ".join(sorted(value.split())) if name in ("class", "aria-describedby") else value,
            )
            for name, value in attrs
        ]
        self.found.append((tag, *sorted(pairs, key=str)))

    def handle_endtag(self, tag):
        if tag not in ("svg", "path"):
            self.found.append(f"/{tag}")

    def handle_data(self, data):
        if data.strip():
            self.found.append(" ".join(data.split()))


def tokens(html):
    return Tokens(str(html)).found


def reference(component, params):
    head, *tail = component.split("-")
    name = {"tables": "table"}.get(component, head + "".join(part.title() for part in tail))
    template = REFERENCE.get_template(f"nhsuk/components/{component}/macro.jinja")
    return getattr(template.module, name)(params)


def render(source, **context):
    request = RequestFactory().get("/list/?borough=lewisham&page=2")
    return Template("{% load nhsuk dates %}" + source).render(
        Context(context | {"request": request})
    )


# --- Fields --------------------------------------------------------------------------------------

KINDS = [("hall", "A hall"), ("room", "A small room")]
LEGEND = {"legend": {"text": "Which one?", "size": "s"}}


def items(checked=(), **more):
    return [
        {"value": value, "text": text, "checked": value in checked} | more.get(value, {})
        for value, text in KINDS
    ]


def boxes(*typed):
    names = [("day", "Day", "2"), ("month", "Month", "2"), ("year", "Year", "4")]
    return [
        {"name": f"it_{part}", "id": f"id_it_{part}", "label": label, "width": width}
        | ({"value": text} if text else {})
        for (part, label, width), text in zip(names, typed or ("", "", ""), strict=True)
    ]


LABEL = {"id": "id_it", "name": "it", "label": {"text": "Which one?", "size": "s"}}

# name: (field, what was typed, component of the reference, its params)
FIELDS = {
    "text": (forms.CharField, {"it": "Hall"}, "input", LABEL | {"value": "Hall"}),
    "text of a known length": (
        lambda **how: look(forms.CharField(max_length=10, **how), width=10, size="l"),
        {"it": "Hall"},
        "input",
        LABEL | {"value": "Hall", "width": "10", "label": {"text": "Which one?", "size": "l"}},
    ),
    "text with autocomplete": (
        lambda **how: forms.CharField(widget=forms.TextInput({"autocomplete": "name"}), **how),
        {"it": "Ama"},
        "input",
        LABEL | {"value": "Ama", "autocomplete": "name"},
    ),
    "number": (
        lambda **how: look(forms.IntegerField(min_value=1, **how), suffix="people", width=4),
        {"it": "20"},
        "input",
        LABEL | {"value": "20", "inputmode": "numeric", "suffix": "people", "width": "4"},
    ),
    "e-mail": (
        lambda **how: forms.EmailField(widget=forms.EmailInput({"autocomplete": "email"}), **how),
        {"it": "ama@example.org"},
        "input",
        LABEL | {"value": "ama@example.org", "type": "email", "autocomplete": "email"},
    ),
    "money": (
        lambda **how: look(forms.DecimalField(**how), prefix="£"),
        {"it": "12"},
        "input",
        LABEL | {"value": "12", "inputmode": "numeric", "prefix": "£"},
    ),
    "long answer": (
        lambda **how: forms.CharField(
            widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}), **how
        ),
        {"it": "Damp"},
        "textarea",
        LABEL | {"value": "Damp", "rows": "8", "attributes": {"dir": "auto"}},
    ),
    "long answer that is the whole page": (
        lambda **how: look(forms.CharField(widget=forms.Textarea, **how), heading=True, size="xl"),
        {"it": "Damp"},
        "textarea",
        LABEL
        | {"value": "Damp", "label": {"text": "Which one?", "size": "xl", "isPageHeading": True}},
    ),
    "long answer with a limit": (
        lambda **how: forms.CharField(widget=forms.Textarea, max_length=2000, **how),
        {"it": "Damp"},
        "character-count",
        LABEL | {"value": "Damp", "maxlength": 2000},
    ),
    "select": (
        lambda **how: forms.ChoiceField(choices=[("", "Choose one"), *KINDS], **how),
        {"it": "room"},
        "select",
        LABEL
        | {
            "items": [
                {"value": "", "text": "Choose one"},
                {"value": "hall", "text": "A hall"},
                {"value": "room", "text": "A small room", "selected": True},
            ]
        },
    ),
    "radios": (
        lambda **how: forms.ChoiceField(choices=KINDS, widget=forms.RadioSelect, **how),
        {"it": "room"},
        "radios",
        {"name": "it", "idPrefix": "id_it", "fieldset": LEGEND, "items": items(["room"])},
    ),
    "radios side by side that are the whole page": (
        lambda **how: look(
            forms.ChoiceField(choices=KINDS, widget=forms.RadioSelect, **how),
            heading=True,
            size="l",
            inline=True,
            hints={"hall": "Up to 80 people"},
        ),
        {"it": "hall"},
        "radios",
        {
            "name": "it",
            "idPrefix": "id_it",
            "classes": "nhsuk-radios--inline",
            "fieldset": {"legend": {"text": "Which one?", "size": "l", "isPageHeading": True}},
            "items": items(["hall"], hall={"hint": {"text": "Up to 80 people"}}),
        },
    ),
    "checkboxes": (
        lambda **how: look(
            forms.MultipleChoiceField(choices=KINDS, widget=forms.CheckboxSelectMultiple, **how),
            exclusive=["room"],
        ),
        {"it": ["hall", "room"]},
        "checkboxes",
        {
            "name": "it",
            "idPrefix": "id_it",
            "fieldset": LEGEND,
            "items": items(["hall", "room"], room={"exclusive": True}),
        },
    ),
    "one checkbox": (
        forms.BooleanField,
        {"it": "on"},
        "checkboxes",
        {
            "name": "it",
            "idPrefix": "id_it",
            "items": [{"value": "on", "text": "Which one?", "checked": True}],
        },
    ),
    "date": (
        DateField,
        {"it_day": "1", "it_month": "12", "it_year": "2026"},
        "date-input",
        {"id": "id_it", "fieldset": LEGEND, "items": boxes("1", "12", "2026")},
    ),
    "file": (forms.FileField, {}, "file-upload", LABEL),
    "password": (
        lambda **how: forms.CharField(widget=forms.PasswordInput, **how),
        {"it": "not shown again"},
        "password-input",
        LABEL,
    ),
}


def form_with(make_field, typed, *, hint="", required=False, error=""):
    class OneField(forms.Form):
        it = make_field(label="Which one?", help_text=hint, required=required)

    OneField.base_fields["it"].required = required
    form = OneField(typed if error else None, initial=None if error else first(typed))
    # A field that may be left empty says so; that word is ours, so it is tested on its own.
    look_of = getattr(form.fields["it"], "look", None)
    kept = (
        {name: getattr(look_of, name) for name in ("size", "heading", "inline", "small")}
        if look_of
        else {}
    )
    if look_of:
        kept |= {name: getattr(look_of, name) for name in ("width", "prefix", "suffix", "hints")}
        kept["exclusive"] = look_of.exclusive
    look(form.fields["it"], **kept, optional=False)
    if error:
        form.full_clean()
        form.errors.clear()
        form.add_error("it", error)
    return form


def first(typed):
    """What was typed, as initial values: the same page before anything is sent."""
    if "it_day" in typed:
        return {"it": [typed["it_day"], typed["it_month"], typed["it_year"]]}
    return typed


@pytest.mark.parametrize("name", FIELDS)
def test_a_clean_field_is_drawn_as_the_reference_draws_it(name):
    make_field, typed, component, params = FIELDS[name]
    form = form_with(make_field, typed)

    ours = render("{% nhsuk_field form.it %}", form=form)

    assert tokens(ours) == tokens(reference(component, params))


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_in_error_with_a_hint_is_drawn_as_the_reference_draws_it(name):
    make_field, typed, component, params = FIELDS[name]
    form = form_with(make_field, typed, hint="Say <which> & why.", error="Choose one")

    ours = render("{% nhsuk_field form.it %}", form=form)

    hint = {"text": "Say <which> & why."}
    wanted = params | {"errorMessage": {"text": "Choose one"}}
    if name == "one checkbox":
        wanted["items"] = [params["items"][0] | {"hint": hint}]
    else:
        wanted["hint"] = hint
    assert tokens(ours) == tokens(reference(component, wanted))


def test_a_choice_may_open_another_field_that_is_drawn_once():
    class Help(forms.Form):
        help_needed = look(
            forms.ChoiceField(
                label="Do you need help?",
                choices=[("yes", "Yes"), ("no", "No")],
                widget=forms.RadioSelect,
            ),
            reveals={"yes": "which_help"},
        )
        which_help = forms.CharField(label="Which help?", required=False)

    html = render("{% load crispy_forms_tags %}{{ form|crispy }}", form=Help())

    inner = reference(
        "input",
        {
            "id": "id_which_help",
            "name": "which_help",
            "label": {"text": "Which help?", "size": "s"},
        },
    )
    assert tokens(html) == tokens(
        reference(
            "radios",
            {
                "name": "help_needed",
                "idPrefix": "id_help_needed",
                "fieldset": {"legend": {"text": "Do you need help?", "size": "s"}},
                "items": [
                    {"value": "yes", "text": "Yes", "conditional": {"html": Markup(inner)}},
                    {"value": "no", "text": "No"},
                ],
            },
        )
    )


def test_a_field_that_may_be_left_empty_says_so():
    class Phone(forms.Form):
        phone = forms.CharField(label="What is your phone number?", required=False)

    form = Phone()

    assert "What is your phone number? (optional)" in tokens(
        render("{% nhsuk_field form.phone %}", form=form)
    )
    assert "What is your phone number?" in tokens(
        render("{% nhsuk_field form.phone mark_optional=False %}", form=form)
    )


def test_a_select_keeps_its_groups():
    class Borough(forms.Form):
        place = forms.ChoiceField(
            choices=[("", "Any"), ("South", [("se6", "Catford"), ("se18", "Woolwich")])]
        )

    html = render("{% nhsuk_field form.place %}", form=Borough({"place": "se18"}))

    assert [token for token in tokens(html) if token[0] in ("optgroup", "option")] == [
        ("option", ("value", "")),
        ("optgroup", ("label", "South")),
        ("option", ("value", "se6")),
        ("option", ("selected", None), ("value", "se18")),
    ]


@pytest.mark.parametrize("widget", [forms.SelectMultiple, forms.SelectDateWidget])
def test_a_control_that_nothing_draws_is_refused_with_its_name(widget):
    class Odd(forms.Form):
        it = forms.CharField(widget=widget)

    with pytest.raises(TypeError, match=f"it: nothing here draws a {widget.__name__}"):
        render("{% nhsuk_field form.it %}", form=Odd())


# --- A whole form --------------------------------------------------------------------------------


class Booking(forms.Form):
    purpose = forms.CharField(
        label="What is it for?", error_messages={"required": "Enter what it is for"}
    )
    kind = forms.ChoiceField(
        choices=KINDS,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a hall or a small room"},
    )
    on = DateField(label="On which day?")
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


def test_the_summary_of_errors_leads_to_the_first_control_of_each_field():
    form = Booking({})
    form.add_error(None, "The room is taken at that time.")

    html = render("{% error_summary form %}", form=form)

    assert tokens(html) == tokens(
        reference(
            "error-summary",
            {
                "titleText": "There is a problem",
                "errorList": [
                    {"text": "The room is taken at that time."},
                    {"text": "Enter what it is for", "href": "#id_purpose"},
                    {"text": "Choose a hall or a small room", "href": "#id_kind"},
                    {"text": "Enter a date", "href": "#id_on_day"},
                ],
            },
        )
    )
    page = render("{% load crispy_forms_tags %}{{ form|crispy }}", form=form)
    for target in re.findall(r'href="#([^"]+)"', html):
        assert page.count(f'id="{target}"') == 1


def test_the_summary_names_the_fields_of_which_it_says_the_same():
    class Layouts(forms.Form):
        circle = forms.IntegerField(label="In a circle", error_messages={"invalid": "Enter 12"})
        rows = forms.IntegerField(label="And in rows?", error_messages={"invalid": "Enter 12"})
        name = forms.CharField(error_messages={"required": "Enter a name"})

    html = render("{% error_summary form %}", form=Layouts({"circle": "many", "rows": "lots"}))

    assert re.findall(r'<a href="#id_(\w+)">([^<]+)</a>', html) == [
        ("circle", "In a circle: Enter 12"),
        ("rows", "And in rows? Enter 12"),
        ("name", "Enter a name"),
    ]


def test_a_form_without_errors_has_no_summary():
    assert render("{% error_summary form %}", form=Booking()).strip() == ""


def test_the_form_component_keeps_everything_typed_and_has_one_button():
    form = Booking({"purpose": "Choir & tea", "on_day": "31", "on_month": "2", "on_year": "2027"})
    form.is_valid()

    html = render_to_string("components/form.html", {"form": form, "submit": "Ask for this room"})

    assert html.count("<form ") == 1
    assert html.count('type="submit"') == 1
    assert 'value="Choir &amp; tea"' in html
    assert re.findall(r'name="on_\w+" type="text" value="(\d+)"', html) == ["31", "2", "2027"]
    assert "Enter a real date, such as 1 12 2026" in html
    assert "multipart" not in html


def test_a_form_with_a_file_can_carry_it():
    class Picture(forms.Form):
        picture = forms.FileField()

    html = render_to_string("components/form.html", {"form": Picture(), "submit": "Send"})

    assert 'enctype="multipart/form-data"' in html


def test_a_formset_draws_every_form_once():
    Lines = forms.formset_factory(Booking, extra=2)

    html = render("{% load crispy_forms_tags %}{{ formset|crispy }}", formset=Lines())

    assert re.findall(r'id="(id_form-\d-purpose)"', html) == [
        "id_form-0-purpose",
        "id_form-1-purpose",
    ]
    assert html.count('name="form-TOTAL_FORMS"') == 1


def test_a_crispy_layout_is_followed():
    from crispy_forms.helper import FormHelper
    from crispy_forms.layout import Fieldset, Layout, Submit

    form = Booking()
    form.helper = FormHelper()
    form.helper.layout = Layout(Fieldset("Your booking", "kind", "purpose"))
    form.helper.add_input(Submit("ask", "Ask for this room"))

    html = render("{% load crispy_forms_tags %}{% crispy form %}", form=form)

    assert html.index("id_kind") < html.index("id_purpose")
    assert html.count('name="purpose"') == 1
    assert "id_on_day" not in html
    assert "Ask for this room" in html


# --- Components ----------------------------------------------------------------------------------

STILL = {
    "inset text": (
        "{% inset %}<p>Stand apart</p>{% endinset %}",
        "inset-text",
        {"html": Markup("<p>Stand apart</p>")},
    ),
    "details": (
        "{% details summary='Why we ask' %}<p>Because</p>{% enddetails %}",
        "details",
        {"summaryText": "Why we ask", "html": Markup("<p>Because</p>")},
    ),
    "warning": (
        "{% warning heading='Closed on Monday' level=3 %}<p>Bank holiday</p>{% endwarning %}",
        "warning-callout",
        {"heading": "Closed on Monday", "html": Markup("<p>Bank holiday</p>")},
    ),
    "panel": (
        "{% panel title='Asked' %}Your reference{% endpanel %}",
        "panel",
        {"titleText": "Asked", "text": "Your reference"},
    ),
    "summary list": (
        "{% summary_list %}{% summary_row key='Room' change='/c/' about='room' %}Hall"
        "{% endsummary_row %}{% summary_row key='Day' %}Tuesday{% endsummary_row %}{% endsummary_list %}",
        "summary-list",
        {
            "rows": [
                {
                    "key": {"text": "Room"},
                    "value": {"text": "Hall"},
                    "actions": {
                        "items": [{"href": "/c/", "text": "Change", "visuallyHiddenText": "room"}]
                    },
                },
                {"key": {"text": "Day"}, "value": {"text": "Tuesday"}},
            ]
        },
    ),
    "action link": (
        "{% include 'components/action_link.html' with url='/x/' text='Ask for a room' %}",
        "action-link",
        {"href": "/x/", "text": "Ask for a room"},
    ),
    "back link": (
        "{% include 'components/back_link.html' with url='/x/' %}",
        "back-link",
        {"href": "/x/", "text": "Back"},
    ),
    "skip link": (
        "{% include 'nhsuk/skip_link.html' %}",
        "skip-link",
        {"href": "#maincontent", "text": "Skip to main content"},
    ),
    "button link": (
        "{% include 'components/button_link.html' with url='/x/' text='Go' tone='secondary' %}",
        "button",
        {"href": "/x/", "text": "Go", "variant": "secondary"},
    ),
    "breadcrumb": (
        "{% include 'components/breadcrumb.html' with url='/spaces/' text='Rooms' %}",
        "breadcrumb",
        {"items": [{"href": "/", "text": "Home"}, {"href": "/spaces/", "text": "Rooms"}]},
    ),
    "tag": (
        "{% tag 'Delivered' 'good' %}",
        "tag",
        {"text": "Delivered", "colour": "green", "classes": "app-tag"},
    ),
    "status": (
        "{% status 'not_known' 'not known' %}",
        "tag",
        {"text": "Not known", "colour": "white", "classes": "app-tag"},
    ),
    "card": (
        "{% include 'components/card.html' with url='/x/' title='A hall' text='For 80' %}",
        "card",
        {"heading": "A hall", "href": "/x/", "clickable": True, "description": "For 80"},
    ),
}


@pytest.mark.parametrize("name", STILL)
def test_a_component_is_drawn_as_the_reference_draws_it(name):
    source, component, params = STILL[name]
    ignored = ("circle", "rect", "/circle", "/rect")

    ours = [token for token in tokens(render(source)) if token[0] not in ignored]
    ours = [token for token in ours if token not in ignored]

    assert ours == tokens(reference(component, params))


def test_pagination_is_drawn_as_the_reference_draws_it_and_keeps_the_filters():
    from django.core.paginator import Paginator

    page = Paginator(range(90), 10).page(2)

    html = render("{% pagination page %}", page=page)

    def address(number):
        return f"?borough=lewisham&page={number}"

    assert tokens(html) == tokens(
        reference(
            "pagination",
            {
                "previous": {"href": address(1)},
                "next": {"href": address(3)},
                "items": [
                    {"number": 1, "href": address(1)},
                    {"number": 2, "href": address(2), "current": True},
                    {"number": 3, "href": address(3)},
                    {"ellipsis": True},
                    {"number": 9, "href": address(9)},
                ],
            },
        )
    )


def test_one_page_needs_no_pagination():
    from django.core.paginator import Paginator

    assert render("{% pagination page %}", page=Paginator([1], 10).page(1)).strip() == ""


# --- What is built -------------------------------------------------------------------------------

BUILD = Path(settings.BASE_DIR) / "static" / "build"


@pytest.mark.parametrize("name", ["portal.css", "portal.js"])
def test_what_is_built_fetches_nothing_from_another_host(name):
    text = (BUILD / name).read_text()

    assert re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}[^\s\"')]*", text) == []
    assert "sourceMappingURL" not in text
    assert "Frutiger" not in text


def test_every_picture_the_styles_name_is_there():
    css = (BUILD / "portal.css").read_text()

    named = {address.strip("\"'") for address in re.findall(r"url\(([^)]*)\)", css)}

    assert named
    assert [address for address in named if not (BUILD / address).is_file()] == []


def test_every_component_that_a_page_names_is_dressed():
    css = (BUILD / "portal.css").read_text()
    dressed = set(re.findall(r"\.(app-[a-z]+(?:-[a-z]+)*)", css))

    named = {
        (word.split("__")[0].split("--")[0], path.name)
        for path in (Path(settings.BASE_DIR) / "templates").rglob("*.html")
        for classes in re.findall(r'class="([^"]*)"', path.read_text())
        for word in re.findall(r"app-[a-z][a-z_-]*", classes)
    }

    assert {(block, page) for block, page in named if block not in dressed} == set()


def test_the_lock_names_no_registry():
    lock = (Path(settings.BASE_DIR) / "package-lock.json").read_text()

    assert '"resolved"' not in lock
    assert "registry" not in lock
