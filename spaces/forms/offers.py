"""What is asked of an owner who offers rooms, a page at a time, and of whoever checks the offer."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from anchors.models import Borough, Organisation
from core.forms import DateField, LineField, LongField, TimeField, look
from spaces.forms.arrival import ArrivalQuestions
from spaces.forms.phones import PhoneField
from spaces.models import AccessFact, Layout, Space, SpaceOffer
from spaces.models.access import MEASURES

ANOTHER = "another"


class StartOfferForm(forms.Form):
    """Asks for whom somebody speaks: one of their own organisations, or another by name."""

    organisation_name = LineField(
        label=_("What is the organisation called?"),
        max_length=160,
        required=False,
    )

    def __init__(self, *args: Any, organisations: list[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisations = {one.slug: one for one in organisations}
        if not organisations:
            self.fields["organisation_name"].label = _("Which organisation owns or runs the rooms?")
            look(self.fields["organisation_name"], optional=False)
            return
        choices = [(slug, one.name) for slug, one in self.organisations.items()]
        organisation = look(
            forms.ChoiceField(
                label=_("Which organisation owns or runs the rooms?"),
                choices=[*choices, (ANOTHER, _("Another organisation"))],
                widget=forms.RadioSelect,
                error_messages={
                    "required": _("Choose an organisation"),
                    "invalid_choice": _("Choose an organisation from the list"),
                },
            ),
            reveals={ANOTHER: "organisation_name"},
        )
        self.fields = {"organisation": organisation, **self.fields}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        chosen = self.organisations.get(cleaned.get("organisation", ""))
        is_named = chosen is None and not self.errors
        if is_named and not cleaned.get("organisation_name"):
            self.add_error("organisation_name", __("Enter the name of the organisation"))
        return {
            "organisation": chosen,
            "organisation_name": cleaned.get("organisation_name", "") if is_named else "",
        }


class BuildingForm(forms.Form):
    name = LineField(
        label=_("What is the building called?"),
        max_length=120,
        error_messages={"required": _("Enter the name of the building")},
    )
    borough = forms.ModelChoiceField(
        label=_("Which borough is it in?"),
        queryset=Borough.objects.public(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": _("Choose a borough"),
            "invalid_choice": _("Choose a borough from the list"),
        },
    )
    district = look(
        LineField(
            label=_("What is the first half of its postcode?"),
            help_text=_("For example, SE13."),
            max_length=5,
            validators=[
                RegexValidator(
                    r"(?i)^[a-z]{1,2}\d[a-z\d]?$",
                    _("Enter the first half of the postcode, such as SE13"),
                    code="invalid",
                )
            ],
            error_messages={
                "required": _("Enter the first half of the postcode"),
                "max_length": _("Enter the first half of the postcode, such as SE13"),
            },
        ),
        width=5,
    )
    getting_there = LongField(
        label=_("How do people get there?"),
        help_text=_(
            "Begin with the street and the postcode. Then buses, trains, parking, and the way on foot"
            " or on wheels."
        ),
        max_length=1000,
        error_messages={"required": _("Say how people get there")},
    )
    contact_name = LineField(
        label=_("Who answers questions about the building?"),
        help_text=_("A name or an office. Everybody can read it."),
        max_length=120,
        error_messages={"required": _("Enter a name or an office")},
    )
    contact_email = forms.EmailField(
        label=_("What is their e-mail address?"),
        max_length=254,
        error_messages={
            "required": _("Enter an e-mail address"),
            "invalid": _("Enter an e-mail address, such as name@example.org"),
            "max_length": _("Use 254 characters or fewer"),
        },
    )
    contact_phone = PhoneField(label=_("What is their phone number?"), required=False)

    def clean_district(self) -> str:
        return str(self.cleaned_data["district"]).upper()


class OfferedRoomForm(forms.Form):
    name = LineField(
        label=_("What is the room called?"),
        max_length=80,
        error_messages={"required": _("Enter the name of the room")},
    )
    kind = forms.ChoiceField(
        label=_("What kind of room is it?"),
        choices=Space.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what kind of room it is"),
            "invalid_choice": _("Choose one of the kinds in the list"),
        },
    )
    summary = LongField(
        label=_("What is it good for, and what is in it?"),
        help_text=_("Two or three sentences are enough."),
        max_length=600,
        error_messages={"required": _("Say what the room is good for")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, label in Layout.Kind.choices:
            self.fields[f"holds_{kind}"] = look(
                forms.IntegerField(
                    label=_("How many people: %(layout)s") % {"layout": str(label).lower()},
                    min_value=1,
                    max_value=2000,
                    required=False,
                    error_messages={
                        "invalid": _("Enter a whole number, such as 20"),
                        "min_value": _("Enter 1 or more"),
                        "max_value": _("Enter 2,000 or fewer"),
                    },
                ),
                width=4,
            )
        first = self.fields[f"holds_{Layout.Kind.values[0]}"]
        first.help_text = _("Fill in at least one of these four.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        holds = {kind: cleaned.pop(f"holds_{kind}", None) for kind in Layout.Kind.values}
        wrong = {name for name in self.errors if name.startswith("holds_")}
        if not any(holds.values()) and not wrong:
            self.add_error(
                f"holds_{Layout.Kind.values[0]}", __("Say how many people it holds in one way")
            )
        cleaned["holds"] = {kind: number for kind, number in holds.items() if number}
        return cleaned


class HoursForm(forms.Form):
    """Two boxes for each day of the week; both empty on a day that it is closed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday, name in WEEKDAYS.items():
            for box, label in (("opens", _("from")), ("closes", _("until"))):
                field = TimeField(label=f"{name}, {label}", required=False)
                self.fields[f"{box}_{weekday}"] = look(field, width=5, optional=False)

    @property
    def days(self) -> list[dict[str, Any]]:
        """The boxes as they stand beside one another."""
        return [
            {"name": name, "opens": self[f"opens_{day}"], "closes": self[f"closes_{day}"]}
            for day, name in WEEKDAYS.items()
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        hours = {}
        for day, name in WEEKDAYS.items():
            opens, closes = cleaned.get(f"opens_{day}"), cleaned.get(f"closes_{day}")
            names = {f"opens_{day}", f"closes_{day}"}
            if names & set(self.errors) or (opens is None and closes is None):
                continue
            if opens is None or closes is None:
                empty = "opens" if opens is None else "closes"
                words = __("%(day)s: enter both times, or leave both empty")
                self.add_error(f"{empty}_{day}", words % {"day": name})
            elif minutes_of(closes, ends=True) <= minutes_of(opens):
                words = __("%(day)s: it must close after it opens")
                self.add_error(f"closes_{day}", words % {"day": name})
            else:
                hours[day] = minutes_of(opens), minutes_of(closes, ends=True)
        if not hours and not self.errors:
            self.add_error("opens_0", __("Say for one day at least when it is open"))
        return {"hours": hours}


def minutes_of(clock: time, *, ends: bool = False) -> int:
    """Minutes after midnight; a day that ends at midnight ends at 1440."""
    return clock.hour * 60 + clock.minute or (24 * 60 if ends else 0)


def clock_of(minutes: int) -> time:
    """The time of day so many minutes after midnight; 1440 is midnight again."""
    return time(minutes // 60 % 24, minutes % 60)


class AccessForm(forms.Form):
    """Every access fact that the portal knows, whatever they are; and one day for all of them."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        for key, label in AccessFact.Key.choices:
            is_measure = key in MEASURES
            choices = [
                (AccessFact.Value.YES.value, _("We know it") if is_measure else _("Yes")),
                (AccessFact.Value.NO.value, _("No")),
                (AccessFact.Value.NOT_CHECKED.value, AccessFact.Value.NOT_CHECKED.label),
            ]
            value = forms.ChoiceField(
                label=label,
                choices=[choice for choice in choices if not (is_measure and choice[0] == "no")],
                widget=forms.RadioSelect,
                initial=AccessFact.Value.NOT_CHECKED.value,
                error_messages={
                    "required": _("Choose an answer, or “Not yet checked”"),
                    "invalid_choice": _("Choose one of the answers"),
                },
            )
            note = LineField(
                label=_("%(fact)s: how wide, how far or where") % {"fact": label}
                if is_measure
                else _("%(fact)s: more about it") % {"fact": label},
                max_length=200,
                required=False,
            )
            self.fields[f"value_{key}"] = look(value, inline=True, small=True)
            self.fields[f"note_{key}"] = note
        self.fields["surveyed_on"] = DateField(
            label=_("On which day did somebody check all this?"),
            help_text=_("For example, 1 12 2026. Leave it empty if nothing has been checked."),
            required=False,
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        facts = {}
        for key in AccessFact.Key.values:
            value, note = cleaned.get(f"value_{key}", ""), cleaned.get(f"note_{key}", "")
            if key in MEASURES and value == AccessFact.Value.YES and not note:
                self.add_error(f"note_{key}", __("Write it down, or choose “Not yet checked”"))
            facts[key] = (value, note)
        day = cleaned.get("surveyed_on")
        is_known = any(value != AccessFact.Value.NOT_CHECKED for value, _note in facts.values())
        if "surveyed_on" not in self.errors:
            if is_known and day is None:
                self.add_error("surveyed_on", __("Enter the day on which this was checked"))
            elif day and day > self.today:
                self.add_error("surveyed_on", __("Enter a day that is not in the future"))
        return {"facts": facts, "surveyed_on": day if is_known else None}


class TermsForm(ArrivalQuestions):
    cost = look(
        forms.ChoiceField(
            label=_("What do community groups pay?"),
            choices=[("free", _("Nothing")), ("some", _("Something"))],
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Choose one answer"),
                "invalid_choice": _("Choose one of the answers"),
            },
        ),
        reveals={"some": "price_text"},
    )
    price_text = LineField(
        label=_("What does it cost?"),
        help_text=_("For example: Free in the day. Security costs £35 for an evening."),
        max_length=200,
        required=False,
    )
    notice_days = look(
        forms.IntegerField(
            label=_("How many days ahead must a group ask?"),
            min_value=0,
            max_value=60,
            error_messages={
                "required": _("Enter how many days"),
                "invalid": _("Enter a whole number, such as 2"),
                "min_value": _("Enter 0 or more"),
                "max_value": _("Enter 60 or fewer"),
            },
        ),
        width=2,
        suffix=_("days"),
    )
    cancel_notice_working_days = look(
        forms.IntegerField(
            label=_("How many working days ahead must a group cancel?"),
            min_value=0,
            max_value=60,
            error_messages={
                "required": _("Enter how many working days"),
                "invalid": _("Enter a whole number, such as 5"),
                "min_value": _("Enter 0 or more"),
                "max_value": _("Enter 60 or fewer"),
            },
        ),
        width=2,
        suffix=_("working days"),
    )
    house_rules = LongField(
        label=_("Which house rules must a group keep?"),
        help_text=_("One to a line. For example: No candles."),
        max_length=2000,
        required=False,
        rows=5,
    )
    field_order = ("cost", "price_text", "notice_days", "cancel_notice_working_days", "house_rules")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        is_free = cleaned.pop("cost", "") == "free"
        if is_free:
            cleaned["price_text"] = ""
        elif not self.errors and not cleaned.get("price_text"):
            self.add_error("price_text", __("Say what it costs"))
        cleaned["is_free"] = is_free
        return cleaned


class DecideOfferForm(forms.Form):
    # When the offer was sent that the page shows.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    outcome = look(
        forms.ChoiceField(
            label=_("What do you answer?"),
            choices=[
                ("publish", _("Publish it")),
                ("ask", _("Ask for changes")),
                ("decline", _("Say no")),
            ],
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Choose an answer"),
                "invalid_choice": _("Choose one of the answers"),
            },
        ),
        reveals={"publish": "makes_manager", "ask": "question", "decline": "reason"},
    )
    makes_manager = forms.BooleanField(
        label=_("Whoever offers the rooms decides about requests for them"), required=False
    )
    question = LongField(
        label=_("What should they change or tell you?"),
        help_text=_("They read this as you write it."),
        max_length=600,
        required=False,
    )
    reason = LongField(
        label=_("Why not?"),
        help_text=_("They read this as you write it."),
        max_length=600,
        required=False,
    )

    def __init__(self, *args: Any, offer: SpaceOffer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"seen": as_seen(offer.sent_at), "makes_manager": True}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        outcome = cleaned.get("outcome")
        if outcome == "ask" and not cleaned.get("question"):
            self.add_error("question", __("Say what they should change or tell you"))
        if outcome == "decline" and not cleaned.get("reason"):
            self.add_error("reason", __("Say why not"))
        return cleaned


def as_seen(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
