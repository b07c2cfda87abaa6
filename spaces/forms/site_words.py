"""What groups read about a building: how to get there, whom to ask, and its house rules."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import EmailField, LineField, LongField
from spaces.forms.phones import PhoneField
from spaces.forms.seen import VersionForm
from spaces.models import Site


class AskAndFindQuestions(forms.Form):
    getting_there = LongField(
        label=_("How do people get there?"),
        help_text=_("Buses, trains, parking, and the way on foot or on wheels."),
        max_length=1000,
        error_messages={"required": _("Say how people get there")},
    )
    contact_name = LineField(
        label=_("Who answers questions about the building?"),
        help_text=_("A name or an office. Everybody can read it."),
        max_length=120,
        error_messages={"required": _("Enter a name or an office")},
    )
    contact_email = EmailField(
        label=_("What is their e-mail address?"),
        max_length=254,
        error_messages={
            "required": _("Enter an e-mail address"),
            "invalid": _("Enter an e-mail address, such as name@example.org"),
            "max_length": _("Use 254 characters or fewer"),
        },
    )
    contact_phone = PhoneField(label=_("What is their phone number?"), required=False)


class HouseRulesQuestion(forms.Form):
    house_rules = LongField(
        label=_("Which house rules must a group keep?"),
        help_text=_("One to a line. For example: No candles."),
        max_length=2000,
        required=False,
        rows=5,
    )


class DescribeSiteForm(AskAndFindQuestions, HouseRulesQuestion, VersionForm):
    """The same, for a building whose rooms groups book."""

    field_order = ("contact_name", "contact_email", "contact_phone", "getting_there", "house_rules")

    def __init__(self, data: Any = None, *, site: Site) -> None:
        super().__init__(data, initial={name: getattr(site, name) for name in self.field_order})
        self.fields["contact_email"].help_text = _(
            "Everybody can read it. Our letters about your rooms go there too."
        )

    @staticmethod
    def in_words(site: Site) -> list[str]:
        """How it is now, for whoever was too late."""
        contact = ", ".join(
            filter(None, (site.contact_name, site.contact_phone, site.contact_email))
        )
        said = [contact, *site.getting_there.splitlines(), *site.house_rules.splitlines()]
        return [line for line in said if line.strip()]
