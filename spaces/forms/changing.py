"""What is asked of whoever changes a booking that stands."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.clock import london
from core.forms import LineField, LongField, look, with_typed
from spaces.forms.asking import TimeForm
from spaces.forms.less_time import LessTimeForm
from spaces.forms.seen import SeenForm
from spaces.models import Booking
from spaces.rules.deciding import Use
from spaces.rules.prices import version_of_pence


class ChangeBookingForm(LessTimeForm, SeenForm, TimeForm):
    """The questions about time and size, with the answers that stand now.

    What it costs changes with them, so a group that has not asked to pay nothing is asked about that
    once it has seen that the change is dearer.
    """

    price_seen = forms.CharField(widget=forms.HiddenInput, required=False)
    """`version_of_pence` of what this page told."""
    free_use_reason = look(
        LongField(
            label=_("Do you want to ask to pay nothing?"),
            help_text=_(
                "If so, say in a sentence or two why the group cannot pay. The people who decide read"
                " this. Asking is free. To pay the full price, leave this empty."
            ),
            max_length=400,
            required=False,
            rows=3,
        ),
        optional=False,
    )

    caller_name = LineField(
        label=_("Who of the group telephoned?"),
        max_length=120,
        error_messages={"required": _("Enter the name of who telephoned")},
    )

    def __init__(
        self,
        data: Any = None,
        *,
        booking: Booking,
        belongs: bool,
        asks_who_calls: bool,
        **kwargs: Any,
    ) -> None:
        start, end = london(booking.starts_at), london(booking.ends_at)
        kwargs["initial"] = {
            "day": start.date(),
            "starts": start.time(),
            "ends": end.time(),
            "attendance": booking.attendance,
            "wheelchair_users": booking.wheelchair_users or None,
            "layout": booking.layout.kind if booking.layout else "",
            "setup_minutes": booking.setup_minutes,
            "cleardown_minutes": booking.cleardown_minutes,
            "price_seen": version_of_pence(booking.price_pence),
        }
        super().__init__(data, space=booking.space, **kwargs)
        self.initial["seen_at"] = booking.updated_at.isoformat()
        for name in ("said", "form_id"):
            del self.fields[name]
        self.may_ask_to_pay_nothing = not booking.free_use_reason
        self.paid_before = booking.price_pence or 0
        if not belongs:
            self.ask_about_the_group()
            self.fields["free_use_reason"].label = _("Does the group want to ask to pay nothing?")
        self._money_question = self.fields["free_use_reason"]
        self._ask_about_money(as_pence(self["price_seen"].value()))
        if not asks_who_calls:
            del self.fields["caller_name"]

    def shows_price(self, pence: int | None) -> None:
        """Whoever sends this page has seen that it costs so much."""
        self.data = with_typed(self.data, price_seen=version_of_pence(pence))
        self._ask_about_money(pence)

    def _ask_about_money(self, pence: int | None) -> None:
        if self.may_ask_to_pay_nothing and (pence or 0) > self.paid_before:
            self.fields["free_use_reason"] = self._money_question
        else:
            self.fields.pop("free_use_reason", None)

    def typed_besides(self) -> list[tuple[str, str]]:
        """All that was typed, apart from what the page about the price asks and shows itself."""
        own = {"csrfmiddlewaretoken", "instead", "again", "price_seen", "free_use_reason"}
        return [
            (name, value)
            for name, values in self.data.lists()  # type: ignore[attr-defined]
            for value in values
            if name not in own
        ]

    def refuse(self, refusal: ValidationError) -> None:
        if not self.asks_why(refusal):
            super().refuse(refusal)

    def use(self) -> Use:
        names = Use.__dataclass_fields__
        typed: dict[str, Any] = {name: self.cleaned_data.get(name) for name in names}
        return Use(**typed)


def as_pence(typed: str | None) -> int | None:
    """A page that lost what it told has told no price."""
    try:
        return int(typed or "")
    except ValueError:
        return None


class ReinstateForm(LessTimeForm):
    """Asks nothing but “are you sure?”, as long as the room is free with all that it keeps free."""
