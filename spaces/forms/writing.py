"""A few words to a group."""

from django import forms
from django.utils.translation import gettext_lazy as _


class WriteForm(forms.Form):
    words = forms.CharField(
        label=_("What should the group know?"),
        help_text=_("For example that another door is open that day."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": 500}),
        error_messages={
            "required": _("Write what the group should know"),
            "max_length": _("Use 500 characters or fewer"),
        },
    )
