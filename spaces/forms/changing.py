"""What is asked of whoever changes a booking that stands."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from core.clock import london
from core.forms import LineField, with_typed
from spaces.forms.asking import TimeForm
from spaces.models import Booking
from spaces.rules.deciding import Use


class ChangeBookingForm(TimeForm):
    """The questions about time and size, with the answers that stand now."""

    seen_at = forms.CharField(widget=forms.HiddenInput, required=False)
    caller_name = LineField(
        label=_("Who of the group telephoned?"),
        max_length=120,
        error_messages={
            "required": _("Enter the name of who telephoned"),
            "max_length": _("Use 120 characters or fewer"),
        },
    )

    def __init__(
        self, data: Any = None, *, booking: Booking, is_for_the_group: bool, **kwargs: Any
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
            "seen_at": booking.updated_at.isoformat(),
        }
        super().__init__(data, space=booking.space, **kwargs)
        for name in ("said", "form_id"):
            del self.fields[name]
        if not is_for_the_group:
            del self.fields["caller_name"]

    def clean_seen_at(self) -> datetime:
        """A page that lost it has seen nothing, so whatever is there now is news to it."""
        try:
            seen_at = parse_datetime(self.cleaned_data["seen_at"])
        except ValueError:
            seen_at = None
        if seen_at is None or seen_at.tzinfo is None:
            return datetime.fromisoformat("1970-01-01T00:00:00+00:00")
        return seen_at

    def use(self) -> Use:
        names = Use.__dataclass_fields__
        typed: dict[str, Any] = {name: self.cleaned_data.get(name) for name in names}
        return Use(**typed)

    def has_seen(self, booking: Booking) -> None:
        """Whoever sends this page again has seen how the booking is now."""
        self.data = with_typed(self.data, seen_at=booking.updated_at.isoformat())
