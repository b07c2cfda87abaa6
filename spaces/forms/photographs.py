"""What is asked about a photograph of a space."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import FileSentForm, LineField
from core.pictures import PictureField
from spaces import rules
from spaces.models.photographs import SHORTEST_DESCRIPTION


class DescribePhotographForm(forms.Form):
    alternative_text = LineField(
        label=_("What can be seen on it?"),
        help_text=_(
            "For people who cannot see it. For example: A bright hall with a wooden floor."
        ),
        min_length=SHORTEST_DESCRIPTION,
        max_length=200,
        validators=[rules.photographs.check_says_what_is_seen],
        error_messages={
            "required": _("Say what can be seen on it"),
            "min_length": _("Use 10 characters or more"),
        },
    )
    caption = LineField(
        label=_("What should stand under it?"),
        max_length=200,
        required=False,
    )


class AddPhotographForm(FileSentForm, DescribePhotographForm):
    picture = PictureField(
        label=_("Choose a picture from your phone or computer"),
        help_text=_("JPEG, PNG or WebP, up to 10 MB. Leave out people who could be recognised."),
    )
    field_order = ["picture"]
