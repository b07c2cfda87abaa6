"""What is asked of an owner who offers rooms: for whom, which building and rooms, and when it is open."""

from datetime import date
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from anchors.models import Borough, Organisation
from core.forms import LineField, LongField, TimeField, look
from core.templatetags.dates import long_date
from spaces.forms.addresses import AddressForm
from spaces.forms.site_fields import of_day
from spaces.forms.site_words import AskAndFindQuestions
from spaces.models import Equipment, Layout, Space
from spaces.models.minutes import minutes_of

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


class BuildingForm(AddressForm, AskAndFindQuestions):
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
    field_order = ("name", "borough", "street", "postcode")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("street", "postcode"):
            field = self.fields[name]
            field.required = False
            field.help_text = _("You can save without it. It is needed before you send the offer.")
            look(field, optional=False, width=10 if name == "postcode" else None)


def _how_many(label: Any, *, least: int = 1) -> forms.IntegerField:
    return look(
        forms.IntegerField(
            label=label,
            min_value=least,
            max_value=2000,
            required=False,
            error_messages={
                "invalid": _("Enter a whole number, such as 20"),
                "min_value": _("Enter %(limit_value)s or more"),
                "max_value": _("Enter 2,000 or fewer"),
            },
        ),
        width=4,
    )


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
        label=_("What is it good for?"),
        help_text=_("Two or three sentences are enough."),
        max_length=600,
        error_messages={"required": _("Say what the room is good for")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, label in Layout.Kind.choices:
            words = _("How many people: %(layout)s") % {"layout": str(label).lower()}
            self.fields[f"holds_{kind}"] = _how_many(words)
            using = _how_many(_("How many of them may use a wheelchair?"), least=0)
            self.fields[f"wheelchairs_{kind}"] = look(using, width=4, optional=False)
        for kind, label in Equipment.Kind.choices:
            self.fields[f"has_{kind}"] = look(_how_many(label), width=4, optional=False)
        first = self.fields[f"holds_{Layout.Kind.values[0]}"]
        first.help_text = _("Fill in at least one of these four.")
        first = self.fields[f"wheelchairs_{Layout.Kind.values[0]}"]
        first.help_text = _("Leave it empty if nobody has checked. 0 means none.")

    # What is asked of a room beside how many it holds and how many there are of each thing.
    SAID: tuple[str, ...] = ("name", "kind", "summary")

    @classmethod
    def said_of(cls, space: Space) -> dict[str, Any]:
        """A room as it is told now, by the names of the questions."""
        holds = {f"holds_{one.kind}": one.capacity for one in space.layouts.all()}
        using = {f"wheelchairs_{one.kind}": one.wheelchair_spaces for one in space.layouts.all()}
        has = {f"has_{one.kind}": one.count for one in space.equipment.all()}
        return {name: getattr(space, name) for name in cls.SAID} | holds | using | has

    @property
    def questions(self) -> list[forms.BoundField]:
        """All but how many there are of each thing."""
        return [one for one in self.visible_fields() if not one.name.startswith("has_")]

    @property
    def things(self) -> list[forms.BoundField]:
        return [self[f"has_{kind}"] for kind in Equipment.Kind.values]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        has = {kind: cleaned.pop(f"has_{kind}", None) for kind in Equipment.Kind.values}
        cleaned["equipment"] = {kind: number for kind, number in has.items() if number}
        holds = {kind: cleaned.pop(f"holds_{kind}", None) for kind in Layout.Kind.values}
        wrong = {name for name in self.errors if name.startswith("holds_")}
        if not any(holds.values()) and not wrong:
            self.add_error(
                f"holds_{Layout.Kind.values[0]}", __("Say how many people it holds in one way")
            )
        cleaned["holds"] = {kind: number for kind, number in holds.items() if number}
        using = {kind: cleaned.pop(f"wheelchairs_{kind}", None) for kind in Layout.Kind.values}
        cleaned["wheelchairs"] = {
            kind: number for kind, number in using.items() if number is not None
        }
        for kind, number in cleaned["wheelchairs"].items():
            if number > (holds[kind] or 0) and f"holds_{kind}" not in wrong:
                self.add_error(
                    f"wheelchairs_{kind}",
                    __("Enter no more than the room holds laid out like this"),
                )
        return cleaned


class HoursForm(forms.Form):
    """Two boxes for each day of the week; both empty on a day that it is closed. Below them the bank
    holidays, ticked where it is closed.
    """

    def __init__(self, *args: Any, holidays: list[tuple[date, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.holidays = [day for day, _name in holidays]
        for weekday, name in WEEKDAYS.items():
            for box, label in (("opens", _("from")), ("closes", _("until"))):
                faults = {
                    code: of_day(name, str(words))
                    for code, words in TimeField.default_error_messages.items()
                }
                field = TimeField(label=f"{name}, {label}", required=False, error_messages=faults)
                self.fields[f"{box}_{weekday}"] = look(field, width=5, optional=False)
        self.fields["closed_on"] = look(
            forms.MultipleChoiceField(
                label=_("On which bank holidays is it closed?"),
                help_text=_("Take the tick away where somebody is there to open the door."),
                choices=[(day.isoformat(), f"{long_date(day)}, {name}") for day, name in holidays],
                required=False,
                initial=[day.isoformat() for day in self.holidays],
                widget=forms.CheckboxSelectMultiple,
                error_messages={
                    "invalid_choice": _("Choose bank holidays from the list"),
                    "invalid_list": _("Choose bank holidays from the list"),
                },
            ),
            optional=False,
        )

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
        closed = set(cleaned.get("closed_on", ()))
        holidays = {day: day.isoformat() in closed for day in self.holidays}
        return {"hours": hours, "holidays": holidays}
