"""On what terms rooms are offered, and how a group gets in."""

from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.forms import LineField, look
from spaces.forms.arrival import ArrivalQuestions
from spaces.forms.needed import need
from spaces.forms.site_papers import least_cover_field
from spaces.forms.site_words import HouseRulesQuestion
from spaces.models import SiteRequirement

Kind, When = SiteRequirement.Kind, SiteRequirement.When

ASKED_WHEN = {Kind.PEOPLE_CHECK: When.AT_RISK, Kind.FOOD: When.FOOD}
"""Papers that mean something for some groups alone; all others are asked of every group."""


class TermsForm(HouseRulesQuestion, ArrivalQuestions):
    cost = look(
        forms.ChoiceField(
            label=_("What do community groups pay?"),
            choices=[("free", _("Nothing")), ("some", _("Something"))],
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Say whether groups pay nothing or something"),
                "invalid_choice": _("Say whether groups pay nothing or something"),
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
    papers = look(
        forms.MultipleChoiceField(
            label=_("Which papers do you ask for, beside those that every site asks for?"),
            help_text=_(
                "DBS checks count when children or adults at risk come, and food hygiene when food is"
                " made or served. All others are asked of every group."
            ),
            choices=Kind.choices,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            error_messages={
                "invalid_choice": _("Choose papers from the list"),
                "invalid_list": _("Choose papers from the list"),
            },
        ),
        reveals={"insurance": "min_cover_pounds"},
    )
    min_cover_pounds = least_cover_field()
    field_order = (
        *("cost", "price_text", "notice_days", "cancel_notice_working_days"),
        *("papers", "min_cover_pounds", "house_rules"),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cost = cleaned.pop("cost", "")
        if cost == "free":
            cleaned["price_text"] = ""
        elif cost:
            need(self, "price_text", __("Say what it costs"))
        cleaned["is_free"] = cost == "free"
        chosen = cleaned.get("papers", [])
        least = cleaned.pop("min_cover_pounds", None)
        if Kind.INSURANCE in chosen:
            if least is None and "min_cover_pounds" not in self.errors:
                self.add_error("min_cover_pounds", __("Enter up to how many pounds it must pay"))
        else:
            self.errors.pop("min_cover_pounds", None)
        cleaned["papers"] = {
            (kind, ASKED_WHEN.get(kind, When.ALWAYS)): least if kind == Kind.INSURANCE else None
            for kind in chosen
        }
        return cleaned
