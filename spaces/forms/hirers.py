"""What is asked of a group that wants to book, and of whoever decides about it."""

from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from anchors.models import Borough
from core.forms import LineField, LongField, look
from spaces.forms.needed import need
from spaces.forms.phones import PhoneField
from spaces.forms.prevent import PreventForm
from spaces.models import Hirer


class RegisterHirerForm(forms.Form):
    name = LineField(
        label=_("What is your group called?"),
        max_length=160,
        error_messages={"required": _("Enter the name of your group")},
    )
    group_kind = forms.ChoiceField(
        label=_("What kind of group is it?"),
        choices=Hirer.GroupKind.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what kind of group it is"),
            "invalid_choice": _("Choose one of the kinds in the list"),
        },
    )
    registered_number = look(
        LineField(
            label=_("What is your charity or company number?"),
            help_text=_("A small group that is not registered has none: leave this empty."),
            max_length=20,
            required=False,
        ),
        width=20,
    )
    purpose = LongField(
        label=_("What does your group do?"),
        help_text=_("Two or three sentences are enough."),
        max_length=400,
        error_messages={"required": _("Say what your group does")},
    )
    boroughs = forms.ModelMultipleChoiceField(
        label=_("Where are the people you bring together?"),
        help_text=_("Choose all that fit."),
        queryset=Borough.objects.public(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one borough"),
            "invalid_choice": _("Choose boroughs from the list"),
            "invalid_pk_value": _("Choose boroughs from the list"),
            "list": _("Choose boroughs from the list"),
        },
    )
    usual_size = look(
        forms.IntegerField(
            label=_("How many people usually come?"),
            min_value=1,
            max_value=5000,
            error_messages={
                "required": _("Enter how many people usually come"),
                "invalid": _("Enter a whole number, such as 12"),
                "min_value": _("Enter 1 or more"),
                "max_value": _("Enter 5,000 or fewer"),
            },
        ),
        width=4,
    )
    responsible_adult = LineField(
        label=_("Who answers for the group on the day?"),
        help_text=_("The name of somebody aged 18 or over."),
        max_length=120,
        error_messages={"required": _("Enter the name of who answers for the group on the day")},
    )
    responsible_phone = PhoneField(
        label=_("On which phone number can the site reach them?"), autocomplete="tel"
    )
    is_sensitive = forms.BooleanField(
        label=_("Keep our name private"),
        help_text=_(
            "For groups whose members could be at risk. Your name is then left out of lists,"
            " letters to sites and diaries."
        ),
        required=False,
    )


class DecideHirerForm(PreventForm):
    outcome = look(
        forms.ChoiceField(
            label=_("May this group book rooms?"),
            choices=[("approve", _("Yes, approve")), ("decline", _("No, not now"))],
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Choose yes or no"),
                "invalid_choice": _("Choose yes or no"),
            },
        ),
        reveals={"approve": "despite", "decline": "reason"},
    )
    despite = LongField(
        label=_("Something is still missing. Why approve the group all the same?"),
        help_text=_("Kept with the decision, for those who look at it later."),
        max_length=400,
        required=False,
        rows=3,
    )
    reason = LongField(
        label=_("Why not?"),
        help_text=_("The group reads this as you write it. Say what would change your mind."),
        max_length=400,
        required=False,
    )

    def __init__(self, *args: Any, is_complete: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_complete:
            del self.fields["despite"]
            look(self.fields["outcome"], reveals={"decline": "reason"})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("outcome") == "decline":
            need(self, "reason", __("Say why the group may not book"))
        elif cleaned.get("outcome") == "approve" and "despite" in self.fields:
            need(self, "despite", __("Say why you approve it although something is missing"))
        self.need_check(approves=cleaned.get("outcome") == "approve")
        return cleaned
