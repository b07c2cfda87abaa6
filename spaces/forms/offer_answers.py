"""What is asked of whoever answers an offer, and of whoever sends it again."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.forms import LongField, look
from spaces.forms.needed import need
from spaces.models import SpaceOffer


class DecideOfferForm(forms.Form):
    # When the offer was sent that the page shows.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    outcome = look(
        forms.ChoiceField(
            label=_("What do you answer?"),
            choices=[
                ("publish", _("Publish it")),
                ("ask", _("Ask for changes")),
                ("decline", _("Say no")),
            ],
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Choose an answer"),
                "invalid_choice": _("Choose one of the answers"),
            },
        ),
        reveals={"publish": "makes_manager", "ask": "question", "decline": "reason"},
    )
    makes_manager = forms.BooleanField(
        label=_("Whoever offers the rooms decides about requests for them"), required=False
    )
    question = LongField(
        label=_("What should they change or tell you?"),
        help_text=_("They read this as you write it."),
        max_length=600,
        required=False,
    )
    reason = LongField(
        label=_("Why not?"),
        help_text=_("They read this as you write it."),
        max_length=600,
        required=False,
    )

    def __init__(self, *args: Any, offer: SpaceOffer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"seen": as_seen(offer.sent_at), "makes_manager": True}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        outcome = cleaned.get("outcome")
        if outcome == "ask":
            need(self, "question", __("Say what they should change or tell you"))
        if outcome == "decline":
            need(self, "reason", __("Say why not"))
        return cleaned


class SendOfferForm(forms.Form):
    """Nothing, but for an answer where programme staff have asked something."""

    def __init__(self, *args: Any, offer: SpaceOffer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if offer.was_asked:
            self.fields["answer"] = LongField(
                label=_("Your answer"),
                help_text=_("Say what you have changed, or answer the question here."),
                max_length=600,
                required=False,
            )


def as_seen(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
