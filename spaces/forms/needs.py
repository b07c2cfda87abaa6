"""What a group needs to take part."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.forms import LongField, look
from spaces.rules.fit import NEEDS

NONE = "none"


class HirerNeedsForm(forms.Form):
    access_needs = look(
        forms.MultipleChoiceField(
            label=_("What must a room have for your group?"),
            help_text=_("Choose all that somebody in your group cannot do without."),
            choices=[*((key.value, key.label) for key in NEEDS), (NONE, _("None of these"))],
            widget=forms.CheckboxSelectMultiple,
            error_messages={
                "required": _("Choose what a room must have, or “None of these”"),
                "invalid_choice": _("Choose from the list what a room must have"),
            },
        ),
        exclusive=(NONE,),
    )
    communication_needs = LongField(
        label=_("How should people talk and write to you?"),
        help_text=_(
            "Such as large print, text messages instead of calls, or a British Sign Language"
            " interpreter. Leave out names and anything about one person’s health."
        ),
        max_length=400,
        required=False,
    )

    def clean_access_needs(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["access_needs"]
        needs = [need for need in chosen if need != NONE]
        if needs and NONE in chosen:
            raise ValidationError(
                __("Choose what a room must have, or “None of these”, not both"), code="both"
            )
        return needs
