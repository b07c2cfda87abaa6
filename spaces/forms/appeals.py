"""What a group says against a decision, and what is asked of whoever looks again."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import LongField
from spaces.forms.prevent import PreventForm
from spaces.models import HirerAppeal


class AppealForm(forms.Form):
    words = LongField(
        label=_("Why do you think the decision is wrong?"),
        help_text=_("Say what we should know, or what has changed. Write it as you would say it."),
        max_length=1000,
        rows=8,
        error_messages={"required": _("Say why you think the decision is wrong")},
    )


class DecideAppealForm(PreventForm):
    outcome = forms.ChoiceField(
        label=_("May this group book rooms?"),
        choices=[
            (HirerAppeal.Outcome.OVERTURNED.value, _("Yes, change the decision and approve")),
            (HirerAppeal.Outcome.UPHELD.value, _("No, the decision stands")),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose yes or no"),
            "invalid_choice": _("Choose yes or no"),
        },
    )
    reason = LongField(
        label=_("Why?"),
        help_text=_("The group reads this as you write it."),
        max_length=400,
        error_messages={"required": _("Say why you decide so")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.need_check(approves=cleaned.get("outcome") == HirerAppeal.Outcome.OVERTURNED)
        return cleaned

    def asked_for(self) -> dict[str, Any]:
        """What the service is to be asked for."""
        said = self.cleaned_data
        return {name: said[name] for name in ("outcome", "reason")} | {"checked": self.checked()}
