"""What is asked of whoever changes a booking that stands."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.clock import london
from core.forms import LineField
from spaces.forms.asking import TimeForm
from spaces.forms.less_time import LessTimeForm
from spaces.forms.seen import SeenForm
from spaces.models import Booking
from spaces.rules.deciding import Use


class ChangeBookingForm(LessTimeForm, SeenForm, TimeForm):
    """The questions about time and size, with the answers that stand now."""

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
            "layout": booking.layout.kind if booking.layout else "",
            "setup_minutes": booking.setup_minutes,
            "cleardown_minutes": booking.cleardown_minutes,
        }
        super().__init__(data, space=booking.space, **kwargs)
        self.initial["seen_at"] = booking.updated_at.isoformat()
        for name in ("said", "form_id"):
            del self.fields[name]
        if not belongs:
            self.ask_about_the_group()
        if not asks_who_calls:
            del self.fields["caller_name"]

    def refuse(self, refusal: ValidationError) -> None:
        if not self.asks_why(refusal):
            super().refuse(refusal)

    def use(self) -> Use:
        names = Use.__dataclass_fields__
        typed: dict[str, Any] = {name: self.cleaned_data.get(name) for name in names}
        return Use(**typed)


class ReinstateForm(LessTimeForm):
    """Asks nothing but “are you sure?”, as long as the room is free with all that it keeps free."""
