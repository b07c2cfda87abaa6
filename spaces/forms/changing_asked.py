"""What is asked of whoever changes what a booking is for and who comes."""

from typing import Any, Literal

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import LineField, with_typed
from spaces.forms.asked import AskedForm, how_many_come, how_many_use_wheelchairs
from spaces.forms.less_time import LessTimeForm
from spaces.forms.seen import SeenForm
from spaces.models import Booking
from spaces.rules.changing import Asked, Outcome
from spaces.rules.deciding import Use


class ChangeAskedForm(LessTimeForm, SeenForm, AskedForm):
    """The questions of the second page of asking, with the answers that stand now."""

    outcome_seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=10)
    """What the page said would become of the booking."""
    price_seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)
    attendance = how_many_come()
    wheelchair_users = how_many_use_wheelchairs()
    caller_name = LineField(
        label=_("Who of the group telephoned?"),
        max_length=120,
        error_messages={"required": _("Enter the name of who telephoned")},
    )
    field_order = ("caller_name", "purpose", "attendance", "wheelchair_users")

    def __init__(
        self,
        data: Any = None,
        *,
        booking: Booking,
        belongs: bool,
        knows: bool,
        asks_who_calls: bool,
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = {
            "purpose": booking.purpose,
            "attendance": booking.attendance,
            "wheelchair_users": booking.wheelchair_users or None,
            "ages": booking.ages,
            "adults_at_risk": booking.has_adults_at_risk,
            "has_food": "yes" if booking.has_food else "no",
            "needs": booking.needs,
            "seen_at": booking.updated_at.isoformat(),
        }
        super().__init__(data, **kwargs)
        self.booking = booking
        if not belongs:
            self.ask_what_the_group_does()
        if not knows:
            # What a private group does is not for whoever lets it in.
            del self.fields["purpose"]
        if not asks_who_calls:
            del self.fields["caller_name"]

    def shows_outcome(self, outcome: Outcome | Literal[""], price: str) -> None:
        """Whoever sends this page has read what becomes of the booking, and what it costs then; or neither."""
        self.data = with_typed(self.data, outcome_seen=outcome, price_seen=price)

    def typed_besides(self) -> list[tuple[str, str]]:
        """All that was typed, for the page that is read before it is sent."""
        own = {"csrfmiddlewaretoken", "again"}
        return [
            (name, value)
            for name, values in self.data.lists()  # type: ignore[attr-defined]
            for value in values
            if name not in own
        ]

    def clean_wheelchair_users(self) -> int:
        return self.cleaned_data["wheelchair_users"] or 0

    def use(self) -> Use:
        names = ("attendance", "wheelchair_users")
        changed = {name: self.cleaned_data[name] for name in names}
        return Use(**vars(Use.of(self.booking)) | changed)

    def as_asked(self) -> Asked:
        """What it is for stays as it is where the reader may not know it."""
        self.cleaned_data.setdefault("purpose", self.booking.purpose)
        asked = self.asked()
        return Asked(**asked | {"ages": tuple(asked["ages"])})
