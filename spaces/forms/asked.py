"""What is asked of a use besides when and how many: what for, who comes, food, and what people need."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import LineField, LongField, look
from spaces.models.ages import ASKED_AGES, has_children, in_order

EVERYBODY = "all"
"""One box instead of six, for what most groups do: everybody is welcome."""


def how_many_come() -> forms.IntegerField:
    return look(
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


def how_many_use_wheelchairs() -> forms.IntegerField:
    return look(
        forms.IntegerField(
            label=_("How many of them use a wheelchair?"),
            help_text=_("Leave it empty if nobody does, or you do not know yet."),
            min_value=0,
            max_value=5000,
            required=False,
            error_messages={
                "invalid": _("Enter a whole number, such as 2"),
                "min_value": _("Enter 0 or more"),
                "max_value": _("Enter 5,000 or fewer"),
            },
        ),
        width=4,
        optional=False,
    )


class AskedForm(forms.Form):
    """For those who ask for a room, and for those who change what they asked."""

    purpose = LineField(
        label=_("What will you do there?"),
        help_text=_("One sentence, such as “Tea and talk for carers”."),
        max_length=200,
        error_messages={"required": _("Say what you will do there")},
    )
    ages = look(
        forms.MultipleChoiceField(
            label=_("How old are the people who will come?"),
            help_text=_(
                "Choose all that fit. If somebody under 18 comes, we check that everybody is kept safe,"
                " and the site asks for more papers."
            ),
            choices=[(EVERYBODY, _("All ages"))] + [(age.value, age.label) for age in ASKED_AGES],
            widget=forms.CheckboxSelectMultiple,
            error_messages={
                "required": _("Say how old the people are who will come"),
                "invalid_choice": _("Choose from the list"),
                "invalid_list": _("Choose from the list"),
            },
        ),
        hints={EVERYBODY: _("Babies, children, young people and adults.")},
    )
    adults_at_risk = look(
        forms.BooleanField(
            label=_("Adults at risk will come"),
            help_text=_(
                "Adults who need care or support, and because of that may not be able to keep"
                " themselves safe from harm. For them the same is checked as for children."
            ),
            required=False,
        ),
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

    def ask_what_the_group_does(self) -> None:
        """For staff: it is not they who do it."""
        self.fields["purpose"].label = _("What will the group do there?")
        self.fields["purpose"].error_messages["required"] = _("Say what the group will do there")

    @property
    def ticked(self) -> dict[str, bool]:
        """What a site may ask papers for, as far as it was answered."""
        typed = self.data if self.is_bound else self.initial
        return {
            "at_risk": has_children(_chosen(self["ages"].value() or []))
            or bool(self["adults_at_risk"].value()),
            "food": typed.get("has_food") == "yes",
        }

    def asked(self) -> dict[str, Any]:
        """What the service is to be asked for."""
        said = self.cleaned_data
        return {
            "purpose": said["purpose"],
            "needs": said["needs"],
            "ages": _chosen(said["ages"]),
            "has_adults_at_risk": said["adults_at_risk"],
            "has_food": said["has_food"] == "yes",
        }


def _chosen(ages: list[str]) -> list[str]:
    return in_order(ASKED_AGES if EVERYBODY in ages else ages)
