"""What is asked next of whoever wants a space: what for, who comes, and money."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.forms import LineField, LongField, look, with_typed
from spaces.forms.asked import AskedForm
from spaces.forms.less_time import LessTimeForm
from spaces.models import AgreementVersion


class RequestBookingForm(LessTimeForm, AskedForm):
    """What for, who comes, and money: whatever does not decide whether the room can be had."""

    asks_free_use = look(
        forms.ChoiceField(
            label=_("Do you want to ask to pay nothing?"),
            help_text=_("Asking is free, and it does not make a yes to the room less likely."),
            choices=[("yes", _("Yes, ask to pay nothing")), ("no", _("No, pay the full price"))],
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Say whether you want to ask to pay nothing"),
                "invalid_choice": _("Choose yes or no"),
            },
        ),
        reveals={"yes": "free_use_reason"},
    )
    free_use_reason = look(
        LongField(
            label=_("Why can the group not pay?"),
            help_text=_("A sentence or two. The people who decide read this."),
            max_length=400,
            required=False,
            rows=3,
        ),
        optional=False,
    )
    price_seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)
    version = forms.UUIDField(widget=forms.HiddenInput, required=False)
    accepts = look(
        forms.BooleanField(
            label=_("Our group has read the conditions of hire and keeps to them"),
            required=False,
        ),
        optional=False,
    )
    role = look(
        LineField(
            label=_("What do you do in the group?"),
            help_text=_("For example: chair, treasurer or organiser."),
            max_length=120,
            required=False,
        ),
        optional=False,
    )

    field_order = (
        "purpose",
        "ages",
        "adults_at_risk",
        "has_food",
        "asks_free_use",
        "free_use_reason",
    )

    def __init__(
        self,
        data: Any = None,
        *,
        costs_money: bool,
        price: str,
        conditions: AgreementVersion | None,
        is_by_telephone: bool = False,
        **kwargs: Any,
    ) -> None:
        """Only where it costs something is there anything to be let off, and only where there are
        conditions anything to accept. `price` tells the one that the page shows from others.
        """
        super().__init__(data, **kwargs)
        self.initial["price_seen"] = price
        if is_by_telephone:
            self.ask_what_the_group_does()
            self.fields["asks_free_use"].label = _("Does the group want to ask to pay nothing?")
            self.fields["asks_free_use"].error_messages["required"] = _(
                "Say whether the group wants to ask to pay nothing"
            )
        if conditions is None:
            del self.fields["version"], self.fields["accepts"], self.fields["role"]
        else:
            self.initial["version"] = conditions.uuid
            self.fields["accepts"].help_text = format_html(
                '<a href="{}" target="_blank">{}</a> {}',
                conditions.get_absolute_url(),
                __("Read the conditions (opens in a new tab)."),
                __("You can also accept them later, on the page of your booking."),
            )
        if not costs_money:
            del self.fields["asks_free_use"], self.fields["free_use_reason"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        wants = cleaned.get("asks_free_use") == "yes"
        if wants and "free_use_reason" in cleaned and not cleaned["free_use_reason"]:
            self.add_error("free_use_reason", __("Say why the group cannot pay"))
        if cleaned.get("accepts") and "role" in cleaned and not cleaned["role"]:
            self.add_error("role", __("Enter what you do in the group"))
        return cleaned

    def show_newer(self, conditions: AgreementVersion | None) -> None:
        """Others hold by now than were read: these are to be accepted, or later."""
        newer = str(conditions.uuid) if conditions else ""
        self.data = with_typed(self.data, version=newer, accepts="")

    def show_price(self) -> None:
        """Whoever sends this has read what it costs now."""
        self.data = with_typed(self.data, price_seen=self.initial["price_seen"])

    def asked(self) -> dict[str, Any]:
        """What the service is to be asked for."""
        said = self.cleaned_data
        wants = said.get("asks_free_use") == "yes"
        return {
            **super().asked(),
            "price_seen": said["price_seen"],
            "free_use_reason": said["free_use_reason"] if wants else "",
        } | {name: said[name] for name in ("less_time_free",) if said.get(name)}

    def accepted(self) -> tuple[UUID, str] | None:
        """Which version of the conditions the group accepts, and as what; None if it does not yet."""
        said = self.cleaned_data
        if not said.get("accepts") or not said.get("version"):
            return None
        return said["version"], said["role"]
