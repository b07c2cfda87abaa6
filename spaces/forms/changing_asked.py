"""What is asked of whoever changes what a booking is for and who comes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import LineField, look, with_typed
from spaces.forms.asked import AskedForm
from spaces.forms.seen import SeenForm
from spaces.models import Booking
from spaces.rules.changing import Asked, Outcome
from spaces.rules.deciding import Use


class ChangeAskedForm(SeenForm, AskedForm):
    """The questions of the second page of asking, with the answers that stand now."""

    outcome_seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=10)
    """What the page said would become of the booking."""
    price_seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)
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
    caller_name = LineField(
        label=_("Who of the group telephoned?"),
        max_length=120,
        error_messages={"required": _("Enter the name of who telephoned")},
    )
    field_order = ("caller_name", "purpose", "attendance")

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

    def shows_outcome(self, outcome: Outcome, price: str) -> None:
        """Whoever sends this page has read what becomes of the booking, and what it costs then."""
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

    def use(self) -> Use:
        facts = vars(Use.of(self.booking)) | {"attendance": self.cleaned_data["attendance"]}
        return Use(**facts)

    def as_asked(self) -> Asked:
        """What it is for stays as it is where the reader may not know it."""
        self.cleaned_data.setdefault("purpose", self.booking.purpose)
        asked = self.asked()
        return Asked(**asked | {"ages": tuple(asked["ages"])})
