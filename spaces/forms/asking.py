"""What is asked of whoever asks for a space: first for when it is, then what for."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core import clock
from core.forms import DateField, LineField, LongField, SentOnceForm, TimeField, look, with_typed
from spaces.forms.aside import MinutesAsideField
from spaces.models import AgreementVersion, Hirer, Layout, Space

FIELD_OF_REFUSAL: Mapping[str, str] = {
    "past": "day",
    "notice": "day",
    "horizon": "day",
    "not_open": "day",
    "closed": "day",
    "outside_hours": "starts",
    "step": "starts",
    "reversed": "ends",
    "overnight": "ends",
    "short": "ends",
    "long": "ends",
    "layout": "layout",
}
"""Beside which question a refusal of the service belongs, by its code."""


class LayoutField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Layout) -> str:
        return __("%(layout)s, up to %(people)d people") % {
            "layout": obj.get_kind_display(),
            "people": obj.capacity,
        }


class TimeForm(SentOnceForm):
    """When, how many people and how the room is set out: all that decides whether it can be had."""

    said = forms.CharField(required=False, widget=forms.HiddenInput)
    """What was written on the second page before, closed for the way back to it."""
    day = look(
        DateField(
            label=_("Which day?"),
            help_text=_("For example, 1 12 2026"),
            error_messages={"required": _("Enter the day")},
        ),
        size="s",
    )
    starts = look(
        TimeField(
            label=_("When does it start?"),
            help_text=_("For example, 6pm or 6:30pm"),
            error_messages={"required": _("Enter when it starts")},
        ),
        width=10,
    )
    ends = look(
        TimeField(
            label=_("When does it end?"),
            help_text=_("For example, 8pm"),
            error_messages={"required": _("Enter when it ends")},
        ),
        width=10,
    )
    attendance = look(
        forms.IntegerField(
            label=_("How many people will come?"),
            min_value=1,
            max_value=5000,
            error_messages={
                "required": _("Enter how many people will come"),
                "invalid": _("Enter a whole number, such as 12"),
                "min_value": _("Enter 1 or more"),
                "max_value": _("Enter 5,000 or fewer"),
            },
        ),
        width=4,
    )
    layout = look(
        LayoutField(
            label=_("How should the room be laid out?"),
            queryset=Layout.objects.none(),
            # Known by its kind, which another space may have too.
            to_field_name="kind",
            required=False,
            blank=True,
            widget=forms.RadioSelect,
            empty_label=_("It does not matter"),
            error_messages={"invalid_choice": _("Choose a layout that this space has")},
        ),
        optional=False,
    )
    setup_minutes = MinutesAsideField(label=_("How long do you need to set up before?"))
    cleardown_minutes = MinutesAsideField(label=_("How long do you need to clear away after?"))

    def __init__(self, data: Any = None, *, space: Space, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["layout"].queryset = space.layouts.order_by(  # type: ignore[attr-defined]
            "kind", "pk"
        )
        self.initial.setdefault("layout", "")
        for name in ("setup_minutes", "cleardown_minutes"):
            look(self.fields[name], optional=False)

    def clean(self) -> dict[str, Any]:
        """Day and wall clock become two moments."""
        cleaned = super().clean() or self.cleaned_data
        day, starts, ends = (cleaned.get(name) for name in ("day", "starts", "ends"))
        if day is None or starts is None or ends is None:
            return cleaned
        # Midnight as an end is the one that closes the day.
        ends_on = day + timedelta(days=1) if ends == time(0) else day
        for name, on, wall_clock in (("starts", day, starts), ("ends", ends_on, ends)):
            try:
                cleaned[f"{name}_at"] = clock.at(on, wall_clock)
            except ValidationError as no_such_time:
                self.add_error(name, no_such_time)
        return cleaned

    def asked(self) -> dict[str, Any]:
        """What the service is to be asked for."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in ("day", "starts", "ends", "said")
        }

    def refuse(self, refusal: ValidationError) -> None:
        """Put a refusal of the service beside the question it is about."""
        field = FIELD_OF_REFUSAL.get(getattr(refusal, "code", None) or "")
        self.add_error(field, refusal)


class HoldSpaceForm(TimeForm):
    """For people of a group."""

    hirer = forms.ModelChoiceField(
        label=_("Which group is it for?"),
        queryset=Hirer.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": _("Choose the group that will use the room"),
            "invalid_choice": _(
                "You cannot ask for a room for this group now. Choose another of your groups, or"
                " contact us"
            ),
        },
    )

    field_order = ("hirer",)

    def __init__(
        self, data: Any = None, *, space: Space, hirers: QuerySet[Hirer], **kwargs: Any
    ) -> None:
        super().__init__(data, space=space, **kwargs)
        self.fields["hirer"].queryset = hirers  # type: ignore[attr-defined]
        mine = list(hirers[:2])
        self.only_hirer = mine[0] if len(mine) == 1 else None
        if self.only_hirer:
            self.initial.setdefault("hirer", self.only_hirer.pk)
        # Shown when there is a choice, also because the group that was sent is none of them now.
        sent = self["hirer"].value()
        if not mine or (self.only_hirer and str(self.only_hirer.pk) == str(sent)):
            self.fields["hirer"].widget = forms.HiddenInput()


class HoldForGroupForm(TimeForm):
    """For those who look after the site, while somebody of a group is on the telephone.

    Whoever knows every group chooses one. Others type its name as the caller says it, so that the
    page lists nobody; a group that asks for privacy is to them like one that does not exist.
    """

    hirer = forms.ModelChoiceField(
        label=_("Which group telephones?"),
        queryset=Hirer.objects.none(),
        empty_label=_("Choose a group"),
        error_messages={
            "required": _("Choose the group that telephones"),
            "invalid_choice": _("Choose a group from the list"),
        },
    )
    group = LineField(
        label=_("Which group telephones?"),
        help_text=_("Type its name exactly as it is registered."),
        max_length=160,
        error_messages={"required": _("Enter the name of the group")},
    )
    caller_name = LineField(
        label=_("Who is on the telephone?"),
        help_text=_(
            "Their name. Ask a question that only the group can answer: that they belong to it is"
            " your word."
        ),
        max_length=120,
        error_messages={"required": _("Enter the name of the person on the telephone")},
    )
    field_order = ("hirer", "group", "caller_name")

    def __init__(
        self,
        data: Any = None,
        *,
        space: Space,
        hirers: QuerySet[Hirer],
        chooses: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, space=space, **kwargs)
        self.hirers = hirers
        self.fields["hirer"].queryset = hirers  # type: ignore[attr-defined]
        del self.fields["group" if chooses else "hirer"]

    def clean_group(self) -> Hirer:
        typed = self.cleaned_data["group"]
        found = self.hirers.filter(
            Q(organisation__name__iexact=typed) | Q(organisation__slug=typed)
        ).first()
        if found is None:
            raise ValidationError(
                __(
                    "We know no group of this name for which you can ask. Check how it is written."
                    " Programme staff can help."
                )
            )
        return found

    def asked(self) -> dict[str, Any]:
        asked = super().asked()
        return asked | {"hirer": asked.pop("group")} if "group" in asked else asked


class RequestBookingForm(forms.Form):
    """What for, who comes, and money: whatever does not decide whether the room can be had."""

    purpose = LineField(
        label=_("What will you do there?"),
        help_text=_("One sentence, such as “Tea and talk for carers”."),
        max_length=200,
        error_messages={"required": _("Say what you will do there")},
    )
    who_comes = look(
        forms.MultipleChoiceField(
            label=_("Who will come?"),
            help_text=_(
                "Choose all that fit, or none. If you choose one, we check that everybody is kept"
                " safe, and the site asks for more papers."
            ),
            choices=[
                ("children", _("People under 18")),
                ("adults_at_risk", _("Adults at risk")),
            ],
            widget=forms.CheckboxSelectMultiple,
            required=False,
            error_messages={
                "invalid_choice": _("Choose from the list"),
                "invalid_list": _("Choose from the list"),
            },
        ),
        hints={
            "children": _("Babies, children and young people, with or without their parents."),
            "adults_at_risk": _(
                "Adults who need care or support, and because of that may not be able to keep"
                " themselves safe from harm."
            ),
        },
        optional=False,
    )
    has_food = look(
        forms.ChoiceField(
            label=_("Will food be made or served?"),
            help_text=_("Tea, coffee and biscuits from a packet do not count."),
            choices=[("yes", _("Yes")), ("no", _("No"))],
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Say whether food will be made or served"),
                "invalid_choice": _("Choose yes or no"),
            },
        ),
        inline=True,
    )
    asks_free_use = look(
        forms.ChoiceField(
            label=_("Do you want to ask to pay nothing?"),
            help_text=_("Asking is free, and it does not make a yes to the room less likely."),
            choices=[("yes", _("Yes, we ask to pay nothing")), ("no", _("No, we can pay"))],
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Say whether you want to ask to pay nothing"),
                "invalid_choice": _("Choose yes or no"),
            },
        ),
        reveals={"yes": "free_use_reason"},
    )
    free_use_reason = look(
        LongField(
            label=_("Why can your group not pay?"),
            help_text=_("A sentence or two. The people who decide read this."),
            max_length=400,
            required=False,
            rows=3,
        ),
        optional=False,
    )
    needs = LongField(
        label=_("What do people need to take part?"),
        help_text=_(
            "Such as a hearing loop or room for wheelchairs. The people who run the site read this:"
            " leave out names and anything about one person’s health."
        ),
        max_length=400,
        required=False,
        rows=3,
    )

    version = forms.UUIDField(widget=forms.HiddenInput, required=False)
    accepts = look(
        forms.BooleanField(
            label=_("Our group has read the conditions of hire and keeps to them"),
            required=False,
        ),
        optional=False,
    )
    role = look(
        LineField(
            label=_("What do you do in the group?"),
            help_text=_("For example: chair, treasurer or organiser."),
            max_length=120,
            required=False,
        ),
        optional=False,
    )

    def __init__(
        self,
        data: Any = None,
        *,
        costs_money: bool,
        conditions: AgreementVersion | None,
        **kwargs: Any,
    ) -> None:
        """Only where it costs something is there anything to be let off, and only where there are
        conditions anything to accept.
        """
        super().__init__(data, **kwargs)
        if conditions is None:
            del self.fields["version"], self.fields["accepts"], self.fields["role"]
        else:
            self.initial["version"] = conditions.uuid
            self.fields["accepts"].help_text = format_html(
                '<a href="{}" target="_blank">{}</a> {}',
                conditions.get_absolute_url(),
                __("Read the conditions (opens in a new tab)."),
                __("You can also accept them later, on the page of your booking."),
            )
        if not costs_money:
            del self.fields["asks_free_use"], self.fields["free_use_reason"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        wants = cleaned.get("asks_free_use") == "yes"
        if wants and "free_use_reason" in cleaned and not cleaned["free_use_reason"]:
            self.add_error("free_use_reason", __("Say why your group cannot pay"))
        if cleaned.get("accepts") and "role" in cleaned and not cleaned["role"]:
            self.add_error("role", __("Enter what you do in the group"))
        return cleaned

    def show_newer(self, conditions: AgreementVersion | None) -> None:
        """Others hold by now than were read: these are to be accepted, or later."""
        newer = str(conditions.uuid) if conditions else ""
        self.data = with_typed(self.data, version=newer, accepts="")

    @property
    def ticked(self) -> dict[str, bool]:
        """What a site may ask papers for, as far as it was answered."""
        typed = self.data if self.is_bound else self.initial
        who = self["who_comes"].value() or []
        return {
            "children": "children" in who,
            "adults_at_risk": "adults_at_risk" in who,
            "food": typed.get("has_food") == "yes",
        }

    def asked(self) -> dict[str, Any]:
        """What the service is to be asked for."""
        said = self.cleaned_data
        wants = said.get("asks_free_use") == "yes"
        return {
            "purpose": said["purpose"],
            "needs": said["needs"],
            "has_children": "children" in said["who_comes"],
            "has_adults_at_risk": "adults_at_risk" in said["who_comes"],
            "has_food": said["has_food"] == "yes",
            "free_use_reason": said["free_use_reason"] if wants else "",
        }

    def accepted(self) -> tuple[UUID, str] | None:
        """Which version of the conditions the group accepts, and as what; None if it does not yet."""
        said = self.cleaned_data
        if not said.get("accepts") or not said.get("version"):
            return None
        return said["version"], said["role"]


def typed_instead(posted: QueryDict) -> QueryDict:
    """What was typed; whoever chose one of the alternatives has its time in place of their own."""
    typed = posted.copy()
    for name, chosen in zip(
        ("day", "starts", "ends"), typed.get("instead", "").split(), strict=False
    ):
        typed[name] = chosen
    return typed


class InsteadForm(forms.Form):
    """One of the alternatives, as its button says it: a day and two times of its clock."""

    instead = forms.RegexField(r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2} \d{2}:\d{2}$")

    def clean_instead(self) -> tuple[datetime, datetime]:
        day, *clock_times = self.cleaned_data["instead"].split()
        try:
            on = date.fromisoformat(day)
            starts, ends = (time.fromisoformat(one) for one in clock_times)
        except ValueError as not_a_time:
            raise ValidationError("invalid") from not_a_time
        return moments(on, starts, ends)


def moments(day: date, starts: time, ends: time) -> tuple[datetime, datetime]:
    """Day and wall clock as two moments. Midnight as an end is the one that closes the day."""
    ends_on = day + timedelta(days=1) if ends == time(0) else day
    return clock.at(day, starts), clock.at(ends_on, ends)
