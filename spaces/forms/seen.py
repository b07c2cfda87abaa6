"""What somebody looked at before they sent a form, so that nobody decides about something else."""

from datetime import UTC, datetime

from django import forms
from django.utils.dateparse import parse_datetime

from core.forms import with_typed
from spaces.models import Booking

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class SeenForm(forms.Form):
    """Says when the booking had last changed as this page showed it."""

    seen_at = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_seen_at(self) -> datetime:
        """A page that lost it has seen nothing, so whatever is there now is news to it."""
        try:
            seen_at = parse_datetime(self.cleaned_data["seen_at"])
        except ValueError:
            seen_at = None
        return NEVER if seen_at is None or seen_at.tzinfo is None else seen_at

    def shows(self, booking: Booking) -> None:
        """Whoever sends this page has seen the booking as it is now."""
        self.initial["seen_at"] = booking.updated_at.isoformat()
        if self.is_bound:
            self.data = with_typed(self.data, seen_at=booking.updated_at.isoformat())


class VersionForm(forms.Form):
    """Says which version of something this page showed. By itself it asks “are you sure?”."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def shows(self, version: str) -> None:
        """Whoever sends this page has seen that version."""
        self.initial["version"] = version
        if self.is_bound:
            self.data = with_typed(self.data, version=version)
