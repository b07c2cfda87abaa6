"""A few words to a group."""

from django.utils.translation import gettext_lazy as _

from core.forms import LongField, SentOnceForm


class WriteForm(SentOnceForm):
    words = LongField(
        label=_("What should the group know?"),
        help_text=_("For example that another door is open that day."),
        max_length=500,
        rows=5,
        error_messages={"required": _("Write what the group should know")},
    )
