"""What is asked of whoever asks for a space."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core import clock
from core.forms import DateField, SentOnceForm, TimeField, look
from spaces.forms.aside import MinutesAsideField
from spaces.models import Hirer, Layout, Space

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


class RequestBookingForm(SentOnceForm):
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
    purpose = forms.CharField(
        label=_("What will you do there?"),
        help_text=_("One sentence, such as “Tea and talk for carers”."),
        max_length=200,
        error_messages={
            "required": _("Say what you will do there"),
            "max_length": _("Use 200 characters or fewer"),
        },
    )
    needs = forms.CharField(
        label=_("What do people need to take part?"),
        help_text=_(
            "Such as a hearing loop or room for wheelchairs. The people who run the site read this:"
            " leave out names and anything about one person’s health."
        ),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 400}),
        error_messages={"max_length": _("Use 400 characters or fewer")},
    )
    setup_minutes = MinutesAsideField(label=_("How long do you need to set up before?"))
    cleardown_minutes = MinutesAsideField(label=_("How long do you need to clear away after?"))

    def __init__(
        self, data: Any = None, *, space: Space, hirers: QuerySet[Hirer], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.fields["hirer"].queryset = hirers  # type: ignore[attr-defined]
        self.fields["layout"].queryset = space.layouts.order_by(  # type: ignore[attr-defined]
            "kind", "pk"
        )
        self.initial.setdefault("layout", "")
        for name in ("setup_minutes", "cleardown_minutes"):
            look(self.fields[name], optional=False)
        mine = list(hirers[:2])
        self.only_hirer = mine[0] if len(mine) == 1 else None
        if self.only_hirer:
            self.initial.setdefault("hirer", self.only_hirer.pk)
        # Shown when there is a choice, also because the group that was sent is none of them now.
        sent = self["hirer"].value()
        if not mine or (self.only_hirer and str(self.only_hirer.pk) == str(sent)):
            self.fields["hirer"].widget = forms.HiddenInput()

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
            if name not in ("day", "starts", "ends")
        }

    def refuse(self, refusal: ValidationError) -> None:
        """Put a refusal of the service beside the question it is about."""
        field = FIELD_OF_REFUSAL.get(getattr(refusal, "code", None) or "")
        self.add_error(field, refusal)
