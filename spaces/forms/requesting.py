"""What is asked next of whoever wants a space: what for, who comes, and money."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.forms import LineField, LongField, look, with_typed
from spaces.forms.less_time import LessTimeForm
from spaces.models import AgreementVersion


class RequestBookingForm(LessTimeForm):
    """What for, who comes, and money: whatever does not decide whether the room can be had."""

    purpose = LineField(
        label=_("What will you do there?"),
        help_text=_("One sentence, such as “Tea and talk for carers”."),
        max_length=200,
        error_messages={"required": _("Say what you will do there")},
    )
    who_comes = look(
        forms.MultipleChoiceField(
            label=_("Who will come?"),
            help_text=_(
                "Choose all that fit, or none. If you choose one, we check that everybody is kept"
                " safe, and the site asks for more papers."
            ),
            choices=[
                ("children", _("People under 18")),
                ("adults_at_risk", _("Adults at risk")),
            ],
            widget=forms.CheckboxSelectMultiple,
            required=False,
            error_messages={
                "invalid_choice": _("Choose from the list"),
                "invalid_list": _("Choose from the list"),
            },
        ),
        hints={
            "children": _("Babies, children and young people, with or without their parents."),
            "adults_at_risk": _(
                "Adults who need care or support, and because of that may not be able to keep"
                " themselves safe from harm."
            ),
        },
        optional=False,
    )
    has_food = look(
        forms.ChoiceField(
            label=_("Will food be made or served?"),
            help_text=_("Tea, coffee and biscuits from a packet do not count."),
            choices=[("yes", _("Yes")), ("no", _("No"))],
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Say whether food will be made or served"),
                "invalid_choice": _("Choose yes or no"),
            },
        ),
        inline=True,
    )
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
    needs = LongField(
        label=_("What do people need to take part?"),
        help_text=_(
            "Such as a hearing loop or room for wheelchairs. The people who run the site read this:"
            " leave out names and anything about one person’s health."
        ),
        max_length=400,
        required=False,
        rows=3,
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
            self.fields["purpose"].label = _("What will the group do there?")
            self.fields["purpose"].error_messages["required"] = _(
                "Say what the group will do there"
            )
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

    @property
    def ticked(self) -> dict[str, bool]:
        """What a site may ask papers for, as far as it was answered."""
        typed = self.data if self.is_bound else self.initial
        who = self["who_comes"].value() or []
        return {
            "children": "children" in who,
            "adults_at_risk": "adults_at_risk" in who,
            "food": typed.get("has_food") == "yes",
        }

    def asked(self) -> dict[str, Any]:
        """What the service is to be asked for."""
        said = self.cleaned_data
        wants = said.get("asks_free_use") == "yes"
        return {
            "purpose": said["purpose"],
            "price_seen": said["price_seen"],
            "needs": said["needs"],
            "has_children": "children" in said["who_comes"],
            "has_adults_at_risk": "adults_at_risk" in said["who_comes"],
            "has_food": said["has_food"] == "yes",
            "free_use_reason": said["free_use_reason"] if wants else "",
        } | {name: said[name] for name in ("less_time_free",) if said.get(name)}

    def accepted(self) -> tuple[UUID, str] | None:
        """Which version of the conditions the group accepts, and as what; None if it does not yet."""
        said = self.cleaned_data
        if not said.get("accepts") or not said.get("version"):
            return None
        return said["version"], said["role"]
