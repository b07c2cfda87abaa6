from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.models import Message


class FilterMessagesForm(forms.Form):
    state = forms.ChoiceField(
        label=_("Which messages?"),
        required=False,
        choices=[("", _("All messages")), *Message.State.choices],
        error_messages={"invalid_choice": _("Choose a state from the list")},
    )
