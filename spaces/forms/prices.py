"""What groups pay at a site."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.forms import look, plain_digits
from spaces.forms.seen import VersionForm
from spaces.forms.site_fields import FromDayToDayForm, day_field, radios, space_of, which_rooms
from spaces.models import Charge, Site


class PenceField(forms.CharField):
    """Money as people write it: 12.50, £12.50 or 12; handed on as pence."""

    default_error_messages = {
        "invalid": _("Enter an amount of pounds, such as 12 or 12.50"),
        "high": _("Enter less than £10,000"),
    }

    def to_python(self, value: Any) -> Any:
        typed = re.sub(r"[\s,£]", "", plain_digits(super().to_python(value) or ""))
        if not typed:
            return None
        found = re.fullmatch(r"(\d{1,9})(?:\.(\d{1,2}))?", typed, re.ASCII)
        if not found:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        pence = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
        if pence >= 1_000_000:
            raise ValidationError(self.error_messages["high"], code="high")
        return pence

    def validate(self, value: Any) -> None:
        if value is None:
            raise ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """A number has no length."""


class SetPriceForm(VersionForm, FromDayToDayForm):
    what = radios(
        _("What do groups pay for?"),
        Charge.What.choices,
        required=_("Choose what it is for"),
        invalid=_("Choose from the list what it is for"),
    )
    amount = look(
        PenceField(
            label=_("How much is it?"),
            help_text=_("In pounds, such as 12.50. Write 0 if it is free."),
            error_messages={"required": _("Enter how much it is, or 0 if it is free")},
        ),
        width=10,
        prefix="£",
    )
    per = radios(
        _("How does it count?"),
        Charge.Per.choices,
        required=_("Choose how it counts"),
        invalid=_("Choose from the list how it counts"),
    )
    when = radios(
        _("When do they pay it?"),
        Charge.When.choices,
        required=_("Choose when they pay it"),
        invalid=_("Choose from the list when they pay it"),
    )

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site
        self.fields["space"] = which_rooms(site)
        self.fields["ends_on"].help_text = _(
            "Leave it empty if there is no end. After that day the price before holds again."
        )
        self.order_fields(["space", "what", "amount", "per", "when", "starts_on", "ends_on"])

    def asked(self) -> dict[str, Any]:
        asked = dict(self.cleaned_data)
        asked["pence"] = asked.pop("amount")
        asked["space"] = space_of(self.site, asked["space"])
        return asked

    def refuse(self, refusal: ValidationError) -> None:
        self.add_error("starts_on", refusal)


class EndPriceForm(VersionForm):
    ends_on = day_field(
        _("Which is the last day of this price?"),
        _("For example, 31 12 2026"),
        missing=_("Enter the last day"),
    )

    def refuse(self, refusal: ValidationError) -> None:
        self.add_error("ends_on", refusal)
