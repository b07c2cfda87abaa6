"""Which papers a site asks for."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.forms import look
from spaces.forms.documents import PoundsField
from spaces.forms.needed import need
from spaces.forms.seen import VersionForm
from spaces.forms.site_fields import day_field, radios, space_of, which_rooms
from spaces.models import Site, SiteRequirement

Kind = SiteRequirement.Kind


def least_cover_field() -> PoundsField:
    return look(
        PoundsField(
            label=_("Up to how many pounds must the insurance pay at least?"),
            help_text=_("For example 5,000,000."),
            required=False,
            min_value=1,
            max_value=1_000_000_000,
            error_messages={
                "invalid": _("Enter a whole number of pounds, such as 5,000,000"),
                "min_value": _("Enter 1 or more"),
                "max_value": _("Enter 1,000,000,000 or less"),
            },
        ),
        width=10,
        prefix="£",
        optional=False,
    )


class AskForPaperForm(VersionForm):
    kind = look(
        radios(
            _("Which paper do you ask for?"),
            Kind.choices,
            required=_("Choose a paper"),
            invalid=_("Choose a paper from the list"),
        ),
        reveals={"insurance": "min_cover_pounds"},
    )
    min_cover_pounds = least_cover_field()
    when = radios(
        _("Who must have it?"),
        [
            ("always", _("Every group")),
            ("at_risk", _("Groups that bring children or adults at risk")),
            ("food", _("Groups that make or serve food")),
        ],
        required=_("Choose who must have it"),
        invalid=_("Choose from the list who must have it"),
    )
    starts_on = day_field(
        _("From which day?"),
        _("Asked for bookings on this day and later. For example, 1 12 2026"),
        missing=_("Enter the first day"),
    )

    def __init__(self, *args: Any, site: Site, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site, self.today = site, today
        self.fields["space"] = which_rooms(site)
        self.initial.setdefault("starts_on", today)
        self.order_fields(["space", "kind", "min_cover_pounds", "when", "starts_on"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == Kind.INSURANCE:
            need(self, "min_cover_pounds", __("Enter up to how many pounds it must pay"))
        elif "kind" in cleaned:
            cleaned["min_cover_pounds"] = None
            self.errors.pop("min_cover_pounds", None)
        if (starts_on := cleaned.get("starts_on")) and starts_on < self.today:
            self.add_error("starts_on", __("Choose today or a later day"))
        return cleaned

    def asked(self) -> dict[str, Any]:
        return self.cleaned_data | {"space": space_of(self.site, self.cleaned_data["space"])}

    def refuse(self, refusal: ValidationError) -> None:
        self.add_error("starts_on" if refusal.code == "past" else "kind", refusal)
