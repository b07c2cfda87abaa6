"""What is asked of whoever says how requests for rooms are decided."""

from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.forms import look
from spaces.models import FURTHEST_WEEKS, Site, Space

Words = Any
"""A text that is translated when it is shown."""

HOURS_OF_A_WEEK = 7 * 24

YES_OR_NO = [("yes", _("Yes")), ("no", _("No"))]


def _yes_or_no(label: Words, help_text: Words, required: Words) -> forms.TypedChoiceField:
    return look(
        forms.TypedChoiceField(
            label=label,
            help_text=help_text,
            choices=YES_OR_NO,
            coerce=lambda chosen: chosen == "yes",
            widget=forms.RadioSelect,
            error_messages={"required": required, "invalid_choice": _("Choose yes or no")},
        ),
        inline=True,
    )


def _number(label: Words, help_text: Words, most: int, suffix: Words) -> forms.IntegerField:
    return look(
        forms.IntegerField(
            label=label,
            help_text=help_text,
            min_value=0,
            max_value=most,
            error_messages={
                "required": _("Enter a number"),
                "invalid": _("Enter a whole number"),
                "min_value": _("Enter 0 or more"),
                "max_value": _("Enter %(limit_value)d or fewer"),
            },
        ),
        width=4,
        suffix=suffix,
    )


class NamedSpaces(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Space) -> str:
        return obj.name


class RulesOfAskingForm(forms.Form):
    # What was said when the page was opened.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    programme_decides = _yes_or_no(
        _("Should programme staff say yes or no too?"),
        _("Then a group needs two yeses: that of the site and that of the programme."),
        _("Say whether programme staff decide too"),
    )
    trusts_groups = _yes_or_no(
        _("Should a trusted group get the yes of the site at once?"),
        _(
            "A group is trusted when it has kept ten bookings, and cancelled none late in the last"
            " year. Programme staff are not asked about it either. People under 18, adults at risk, 200"
            " people or more, and asking to pay nothing always need somebody to look."
        ),
        _("Say whether trusted groups get their yes at once"),
    )
    competing = look(
        NamedSpaces(
            label=_("Where may several groups ask for the same time?"),
            help_text=_(
                "There you choose among them, and we tell the others at once. In all other rooms the"
                " first request keeps the room until it is decided."
            ),
            queryset=Space.objects.none(),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            error_messages={
                "invalid_choice": _("Choose rooms of this site"),
                "invalid_pk_value": _("Choose rooms of this site"),
                "invalid_list": _("Choose from the list"),
            },
        ),
        optional=False,
    )
    min_notice_hours = _number(
        _("How long before must a group ask?"),
        _("In hours. Two days are 48."),
        24 * 60,
        _("hours"),
    )
    horizon_weeks = _number(
        _("How far ahead may a group ask?"),
        _("In weeks. A year is 52."),
        FURTHEST_WEEKS,
        _("weeks"),
    )
    cancel_notice_working_days = _number(
        _("How long before must a group cancel?"),
        _(
            "In working days. Later than that it counts as late, and a booking can only be made smaller."
        ),
        60,
        _("working days"),
    )

    def __init__(
        self, data: Any = None, *, site: Site, seen: str, is_programme: bool, **kwargs: Any
    ) -> None:
        kwargs["initial"] = {
            "seen": seen,
            "programme_decides": "yes" if site.programme_decides else "no",
            "trusts_groups": "yes" if site.trusts_groups else "no",
            "competing": list(site.spaces.filter(pending_policy=Space.PendingPolicy.COMPETE)),
            "min_notice_hours": site.min_notice_hours,
            "horizon_weeks": site.horizon_weeks,
            "cancel_notice_working_days": site.cancel_notice_working_days,
        }
        super().__init__(data, **kwargs)
        self.fields["competing"].queryset = site.spaces.order_by(  # type: ignore[attr-defined]
            "name", "pk"
        )
        if not is_programme:
            del self.fields["programme_decides"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        weeks, hours = cleaned.get("horizon_weeks"), cleaned.get("min_notice_hours")
        if weeks is not None and hours is not None and weeks * HOURS_OF_A_WEEK <= hours:
            self.add_error(
                "horizon_weeks",
                __("Nobody could ask at all then. Enter more than how long before they must ask"),
            )
        return cleaned
