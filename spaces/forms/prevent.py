"""Ask, check, decide: what whoever decides about a group ticks."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.forms import LongField, look
from spaces.models import PreventCheck
from spaces.services.prevent import Checked

ONLY_US = _("Only programme staff read this, never the group or a site.")
BEFORE_A_YES = format_lazy("{} {}", _("Needed before the first yes."), ONLY_US)


class PreventForm(forms.Form):
    """The part of a form that decides. `must_check`: nobody has checked this group before."""

    asked = forms.MultipleChoiceField(
        label=_("What did you ask the group?"),
        help_text=BEFORE_A_YES,
        choices=PreventCheck.Asked.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={"invalid_choice": _("Choose from the list what you asked")},
    )
    looked = forms.MultipleChoiceField(
        label=_("What did you check?"),
        choices=PreventCheck.Looked.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={"invalid_choice": _("Choose from the list what you checked")},
    )
    notes = LongField(
        label=_("What should colleagues know of it?"),
        help_text=ONLY_US,
        max_length=400,
        rows=2,
        required=False,
    )

    def __init__(self, *args: Any, must_check: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.must_check = must_check
        if must_check:
            # A no takes neither, a yes both.
            for name in ("asked", "looked"):
                look(self.fields[name], optional=False)

    def need_check(self, *, approves: bool) -> None:
        """Both are ticked before the first approval, and wherever one of them is."""
        said = self.cleaned_data
        is_begun = any(said.get(name) for name in ("asked", "looked", "notes"))
        if not (is_begun or (approves and self.must_check)):
            return
        if "asked" not in self.errors and not said.get("asked"):
            self.add_error("asked", __("Say what you asked the group"))
        if "looked" not in self.errors and not said.get("looked"):
            self.add_error("looked", __("Say what you checked"))

    def checked(self) -> Checked:
        said = self.cleaned_data
        return Checked(said["asked"], said["looked"], said["notes"])
