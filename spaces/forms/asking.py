"""What is asked first of whoever wants a space: all that decides whether it can be had."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core import clock
from core.forms import (
    OF_A_START,
    OF_AN_END,
    DateField,
    LineField,
    SentOnceForm,
    TimeField,
    look,
)
from spaces.forms.aside import MinutesAsideField
from spaces.forms.asked import how_many_come, how_many_use_wheelchairs
from spaces.forms.less_time import LessTimeForm
from spaces.models import Hirer, Layout, Space
from spaces.models.hirers import HirerQuerySet

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
            error_messages={"required": _("Enter when it starts"), **OF_A_START},
        ),
        width=10,
    )
    ends = look(
        TimeField(
            label=_("When does it end?"),
            help_text=_("For example, 8pm"),
            error_messages={"required": _("Enter when it ends"), **OF_AN_END},
        ),
        width=10,
    )
    attendance = how_many_come()
    wheelchair_users = how_many_use_wheelchairs()
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
            error_messages={"invalid_choice": _("Choose a layout that this room has")},
        ),
        optional=False,
    )
    setup_minutes = MinutesAsideField(label=_("How long do you need to set up before?"))
    cleardown_minutes = MinutesAsideField(label=_("How long do you need to clear away after?"))

    def __init__(self, data: Any = None, *, space: Space, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        layouts: LayoutField = self.fields["layout"]  # type: ignore[assignment]
        layouts.queryset = space.layouts.all()
        # Of those that were read with the space.
        layouts.choices = [
            ("", layouts.empty_label),
            *(
                (one.kind, layouts.label_from_instance(one))
                for one in sorted(space.layouts.all(), key=lambda one: (one.kind, one.pk))
            ),
        ]
        self.initial.setdefault("layout", "")
        for name in ("setup_minutes", "cleardown_minutes"):
            look(self.fields[name], optional=False)

    def ask_about_the_group(self) -> None:
        """For staff: it is not they who set up and clear away."""
        self.fields["setup_minutes"].label = _("How long does the group need to set up before?")
        self.fields["cleardown_minutes"].label = _(
            "How long does the group need to clear away after?"
        )

    def clean_wheelchair_users(self) -> int:
        return self.cleaned_data["wheelchair_users"] or 0

    def clean(self) -> dict[str, Any]:
        """Day and wall clock become two moments."""
        cleaned = super().clean() or self.cleaned_data
        day, starts, ends = (cleaned.get(name) for name in ("day", "starts", "ends"))
        if day is None or starts is None or ends is None:
            return cleaned
        for name, wall_clock, moment in (
            ("starts", starts, clock.at),
            ("ends", ends, clock.at_end),
        ):
            try:
                cleaned[f"{name}_at"] = moment(day, wall_clock)
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
        mine = list(hirers)
        # Read once. To ask again whose groups these are takes longer than to name them.
        named = Hirer.objects.filter(pk__in=[one.pk for one in mine])
        self.fields["hirer"].queryset = named  # type: ignore[attr-defined]
        self.fields["hirer"].choices = [(one.pk, str(one)) for one in mine]  # type: ignore[attr-defined]
        self.only_hirer = mine[0] if len(mine) == 1 else None
        if self.only_hirer:
            self.initial.setdefault("hirer", self.only_hirer.pk)
        # Shown when there is a choice, also because the group that was sent is none of them now.
        sent = self["hirer"].value()
        if not mine or (self.only_hirer and str(self.only_hirer.pk) == str(sent)):
            self.fields["hirer"].widget = forms.HiddenInput()


class HoldForGroupForm(LessTimeForm, TimeForm):
    """For those who look after the site, while somebody of a group is on the telephone.

    Whoever knows every group chooses one. Others type its name as the caller says it, so that the
    page lists nobody; a group that asks for privacy is to them like one that does not exist.
    """

    hirer = forms.ModelChoiceField(
        label=_("Which group telephones?"),
        queryset=Hirer.objects.none(),
        empty_label=_("Choose a group"),
        help_text=_("A group that may not book at the moment is not in the list."),
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
        hirers: HirerQuerySet,
        chooses: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, space=space, **kwargs)
        self.hirers = hirers
        self.fields["hirer"].queryset = hirers  # type: ignore[attr-defined]
        del self.fields["group" if chooses else "hirer"]
        self.ask_about_the_group()

    def clean_group(self) -> Hirer:
        typed = self.cleaned_data["group"]
        known = list(self.hirers.called(typed))
        exactly = [one for one in known if str(one) == typed]
        if len(found := exactly or known) != 1:
            raise ValidationError(
                __(
                    "We know no group of this name for which you can ask. Check how it is written, or"
                    " perhaps the group may not book at the moment. Programme staff can help."
                )
            )
        return found[0]

    def refuse(self, refusal: ValidationError) -> None:
        if not self.asks_why(refusal):
            super().refuse(refusal)

    def asked(self) -> dict[str, Any]:
        asked = super().asked()
        return asked | {"hirer": asked.pop("group")} if "group" in asked else asked
