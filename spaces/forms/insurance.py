"""The questions that tell which insurance a group needs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import look
from spaces.models import Site
from spaces.rules.insurance import Answers

YES_OR_NO = [("yes", _("Yes")), ("no", _("No"))]


def yes_or_no(label: Any, missing: Any, help_text: Any = "") -> forms.ChoiceField:
    return look(
        forms.ChoiceField(
            label=label,
            help_text=help_text,
            choices=YES_OR_NO,
            widget=forms.RadioSelect,
            error_messages={"required": missing, "invalid_choice": missing},
        ),
        inline=True,
    )


class InsuranceForm(forms.Form):
    site = forms.ModelChoiceField(
        label=_("Where do you want to meet?"),
        queryset=Site.objects.public().order_by("name"),
        to_field_name="slug",
        required=False,
        empty_label=_("We do not know yet"),
        error_messages={"invalid_choice": _("Choose a site from the list")},
    )
    policy = yes_or_no(
        _("Does your group have public liability insurance of its own?"),
        _("Say whether your group has insurance of its own"),
    )
    business = yes_or_no(
        _("Is it a business?"),
        _("Say whether your group is a business"),
        _("For example, somebody earns money with courses or sales."),
    )
    paid = yes_or_no(
        _("Is anybody paid for work in the group?"), _("Say whether anybody is paid for work")
    )
    elsewhere = yes_or_no(
        _("Do you meet in more than one place?"), _("Say whether you meet in more than one place")
    )
    risks = forms.MultipleChoiceField(
        label=_("What do you do there?"),
        help_text=_("Choose all that fit, or none."),
        choices=[
            ("inflatables", _("Bouncy castle or the like")),
            ("sport", _("Sport or other exercise")),
            ("food", _("Food made or sold for the public")),
        ],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": _("Choose from the list"),
            "invalid_list": _("Choose from the list"),
        },
    )
    people = look(
        forms.IntegerField(
            label=_("How many people come at most?"),
            min_value=1,
            max_value=5000,
            error_messages={
                "required": _("Enter how many people come"),
                "invalid": _("Enter a whole number, such as 12"),
                "min_value": _("Enter 1 or more"),
                "max_value": _("Enter 5,000 or fewer"),
            },
        ),
        width=4,
    )

    def said(self) -> Answers:
        told = self.cleaned_data
        return Answers(
            is_business=told["business"] == "yes",
            pays_somebody=told["paid"] == "yes",
            meets_elsewhere=told["elsewhere"] == "yes",
            risks=frozenset(told["risks"]),
            people=told["people"],
            has_policy=told["policy"] == "yes",
        )
