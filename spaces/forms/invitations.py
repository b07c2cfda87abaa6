"""What is asked of whoever invites a group."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.forms import EmailField, LineField, LongField
from spaces.models import Space


class SpaceChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Space) -> str:
        return str(obj)


class InviteHirerForm(forms.Form):
    group_name = LineField(
        label=_("What is the group called?"),
        max_length=160,
        error_messages={"required": _("Enter the name of the group")},
    )
    email = EmailField(
        label=_("Which e-mail address shall we write to?"),
        help_text=_("We forget it 90 days after the invitation is over."),
        max_length=254,
        error_messages={
            "required": _("Enter an e-mail address"),
            "invalid": _("Enter an e-mail address, such as name@example.org"),
            "max_length": _("Use 254 characters or fewer"),
        },
    )
    message = LongField(
        label=_("What do you want to say to them?"),
        help_text=_("It stands in the letter as you write it."),
        max_length=400,
        required=False,
    )

    def __init__(
        self, *args: Any, spaces: QuerySet[Space], needs_a_space: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["space"] = SpaceChoice(
            label=_("Which room do you have in mind?"),
            queryset=spaces,
            required=needs_a_space,
            empty_label=_("No room in particular") if not needs_a_space else _("Choose a room"),
            error_messages={
                "required": _("Choose a room"),
                "invalid_choice": _("Choose a room from the list"),
            },
        )

    def refuse(self, refusal: ValidationError) -> None:
        """Put a refusal of the service beside the question it is about."""
        is_about_address = refusal.code in ("invited_lately", "registered_already")
        self.add_error("email" if is_about_address else None, refusal)
