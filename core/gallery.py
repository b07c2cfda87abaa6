"""Every component of the portal on one page, in each state, for those who build and check pages."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from core.forms import DateField, TimeField, look
from core.templatetags.nhsuk import MEANS, TONES

LAYOUTS = [("circle", _("Chairs in a circle")), ("rows", _("Rows")), ("tables", _("Tables"))]
NEEDS = [
    ("loop", _("Hearing loop")),
    ("step_free", _("Step-free all the way")),
    ("kitchen", _("Kitchen")),
    ("none", _("None of these")),
]


class SpecimenForm(forms.Form):
    """One field of each kind that the template pack draws."""

    purpose = look(
        forms.CharField(
            label=_("What is it for?"),
            help_text=_("A few words that people may see on the door."),
            max_length=80,
            error_messages={"required": _("Enter what it is for")},
        ),
        size="m",
    )
    people = look(
        forms.IntegerField(
            label=_("How many people will come?"),
            min_value=1,
            error_messages={"required": _("Enter how many people will come")},
        ),
        width=4,
        suffix=_("people"),
    )
    email = forms.EmailField(
        label=_("What is your e-mail address?"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Enter your e-mail address")},
    )
    on = DateField(label=_("On which day?"), help_text=_("For example, 1 12 2026"))
    starts = look(
        TimeField(label=_("From what time?"), help_text=_("For example, 6pm or 6:30pm")), width=5
    )
    layout = look(
        forms.ChoiceField(
            label=_("How should the room be set out?"),
            choices=LAYOUTS,
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose how the room should be set out")},
        ),
        hints={"rows": _("Everybody faces the front")},
    )
    help_needed = look(
        forms.ChoiceField(
            label=_("Do you need help on the day?"),
            choices=[("yes", _("Yes")), ("no", _("No"))],
            widget=forms.RadioSelect,
            error_messages={"required": _("Say whether you need help on the day")},
        ),
        reveals={"yes": "which_help"},
    )
    which_help = forms.CharField(label=_("Which help?"), required=False)
    needs = look(
        forms.MultipleChoiceField(
            label=_("What must the room have?"),
            choices=NEEDS,
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("Choose what the room must have, or none of these")},
        ),
        exclusive=["none"],
    )
    borough = forms.ChoiceField(
        label=_("In which borough?"),
        choices=[("", _("Choose one")), ("bexley", "Bexley"), ("lewisham", "Lewisham")],
        error_messages={"required": _("Choose a borough")},
    )
    story = forms.CharField(
        label=_("What would make it work for you?"),
        widget=forms.Textarea(attrs={"dir": "auto"}),
        max_length=500,
        error_messages={"required": _("Enter what would make it work for you")},
    )
    paper = forms.FileField(
        label=_("Add your insurance certificate"),
        help_text=_("A PDF or a picture, up to 5 MB"),
        error_messages={"required": _("Add your insurance certificate")},
    )
    secret = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput,
        error_messages={"required": _("Enter your password")},
    )
    agreed = forms.BooleanField(
        label=_("I have read the rules of the house"),
        help_text=_("They are one page long."),
        error_messages={"required": _("Read the rules of the house and say that you have")},
    )


class SpecimenFilter(forms.Form):
    borough = forms.ChoiceField(
        label=_("Borough"),
        required=False,
        choices=[("", _("Any")), ("bexley", "Bexley"), ("lewisham", "Lewisham")],
    )
    people = look(forms.IntegerField(label=_("People"), required=False), width=4)
    on = DateField(label=_("Day"), required=False)
    step_free = look(forms.BooleanField(label=_("Step-free"), required=False), small=True)


MONDAY = date(2026, 11, 30)


def _week() -> list[dict[str, Any]]:
    """A week as components/week.html takes it, with each state a slot can have."""
    states = ["free", "taken", "free", "closed", "free", "past", "free"]
    week = []
    for number in range(7):
        slots = [
            {
                "starts": time(9 + 3 * place),
                "ends": time(12 + 3 * place),
                "state": states[(number + place) % 7],
                "url": "#week" if states[(number + place) % 7] == "free" else "",
            }
            for place in range(4)
        ]
        week.append(
            {
                "date": MONDAY + timedelta(days=number),
                "today": number == 1,
                "closed": "" if number < 6 else _("Closed on Sundays"),
                "slots": slots if number < 6 else [],
            }
        )
    return week


STORY = {
    "said": _("The walls are wet again. I have called eleven times and nobody wrote it down."),
    "theme_title": _("Homes that make people ill"),
    "pledged": {
        "title": _("Teach 200 staff to help with housing problems where people are seen"),
        "url": "#story",
        "owner": "Marlow Street University Hospital Trust (demo)",
        "made": date(2026, 3, 12),
    },
    "did": [
        {"date_text": _("June 2026"), "text": _("The first 40 people were taught.")},
        {
            "date_text": _("September 2026"),
            "text": _("A housing line opened in two hospitals."),
            "source_title": _("Meeting notes (demo)"),
            "source_url": "#story",
        },
    ],
}


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Show every component in each state. For anybody with a part in the programme."""
    if not getattr(request.user, "programme_roles", None):
        raise PermissionDenied
    in_error = SpecimenForm({"people": "many", "on_day": "31", "on_month": "2", "on_year": "2027"})
    in_error.is_valid()
    moment = datetime(2026, 12, 1, 18, tzinfo=UTC)
    context = {
        "clean_form": SpecimenForm(prefix="clean", initial={"help_needed": "no"}),
        "error_form": in_error,
        "filter_form": SpecimenFilter(request.GET or None, prefix="filter"),
        "tones": list(TONES),
        "states": [code for codes in MEANS.values() for code in codes],
        "story": STORY,
        "timeline": [
            {
                "date": date(2026, 9, 3),
                "title": _("A housing line opened"),
                "tag": _("In progress"),
                "tone": "in_progress",
                "text": _("Two hospitals now answer questions about homes on the same day."),
                "source_title": _("Meeting notes (demo)"),
                "source_url": "#timeline",
            },
            {"date": date(2026, 3, 12), "title": _("The pledge was made")},
        ],
        "week": _week(),
        "records": [
            {"at": moment, "what": _("Approved the booking"), "who": "Priya Shah (demo)"},
            {
                "at": moment - timedelta(days=1),
                "what": _("Asked for the room"),
                "who": "Amina Osei (demo)",
                "detail": _("20 people"),
            },
        ],
        "steps": [
            _("The site manager answers within 2 working days."),
            _("We write to you when the answer is there."),
        ],
        "rows": [
            {"key": _("Room"), "value": _("Garden Room (demo)"), "url": "#summary"},
            {"key": _("Price"), "value": _("Free")},
        ],
        "head": [_("Borough"), _("Rooms"), _("Free rooms")],
        "table": [["Bexley", 3, 2], ["Lewisham", 11, 9]],
        "page": Paginator(range(90), 10).get_page(request.GET.get("page", "2")),
        "drawings": ["room", "people", "pledge", "house", "calendar", "magnifier", "letters"],
        "starts": moment,
        "ends": moment + timedelta(hours=2),
        "today": date(2026, 11, 28),
        "prices": [0, 1800, 1250, 125000],
    }
    return render(request, "core/gallery.html", context)
