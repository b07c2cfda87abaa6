"""What is asked about the papers of a group, and of whoever checks them."""

from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from core.forms import DateField, FileSentForm, LineField, LongField, SentOnceForm, look
from spaces.forms.needed import need
from spaces.models import HirerDocument, PeopleCheck
from spaces.rules.files import MOST_BYTES

Kind = HirerDocument.Kind


class PoundsField(forms.IntegerField):
    """Whole pounds as people write them: 5000000, 5,000,000 or £5 000 000."""

    widget = forms.TextInput(attrs={"inputmode": "numeric"})

    def to_python(self, value: Any) -> int | None:
        typed = str(value or "").translate(str.maketrans("", "", "£, \u00a0"))
        return super().to_python(typed)


class SeenDocumentForm(SentOnceForm):
    """The facts of one kind of paper."""

    title = LineField(
        label=_("What is this paper called?"),
        max_length=120,
        error_messages={"required": _("Enter what this paper is called")},
    )
    insurer = LineField(
        label=_("Which company insures the group?"),
        max_length=120,
        error_messages={"required": _("Enter the name of the insurance company")},
    )
    cover_pounds = look(
        PoundsField(
            label=_("Up to how many pounds does it pay?"),
            help_text=_("For example 5,000,000. The certificate calls it the limit of indemnity."),
            min_value=1,
            max_value=1_000_000_000,
            error_messages={
                "required": _("Enter up to how many pounds the insurance pays"),
                "invalid": _("Enter a whole number of pounds, such as 5,000,000"),
                "min_value": _("Enter 1 or more"),
                "max_value": _("Enter 1,000,000,000 or less"),
            },
        ),
        width=10,
        prefix="£",
    )
    valid_from = DateField(
        label=_("What is its first day?"),
        required=False,
    )
    valid_until = DateField(
        label=_("What is its last day?"),
        required=False,
        error_messages={"required": _("Enter the last day of the insurance")},
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind != Kind.OTHER:
            del self.fields["title"]
        if kind == Kind.INSURANCE:
            self.fields["valid_until"].required = True
        else:
            del self.fields["insurer"], self.fields["cover_pounds"]
            self.fields["valid_until"].help_text = _("Leave this empty if it has none.")


class DocumentForm(FileSentForm, SeenDocumentForm):
    """The same with its file."""

    file = forms.FileField(
        label=_("The paper"),
        help_text=_("A PDF, a JPG or a PNG of at most 10 MB. A clear photograph will do."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
        error_messages={
            "required": _("Choose the file"),
            "invalid": _("Choose the file again"),
            "missing": _("Choose the file again"),
            "empty": _("This file is empty. Choose another file."),
        },
    )

    def clean_file(self) -> Any:
        sent = self.cleaned_data["file"]
        if sent.size > MOST_BYTES:
            raise forms.ValidationError(
                __("This file is larger than 10 MB. Choose a smaller file."), code="too_large"
            )
        return sent

    def asked(self) -> dict[str, Any]:
        """What the service is to be asked for."""
        sent = self.cleaned_data["file"]
        return self.cleaned_data | {"file": sent.read(), "file_name": sent.name}


class CheckDocumentForm(forms.Form):
    outcome = look(
        forms.ChoiceField(
            label=_("Will this paper do?"),
            choices=[("accept", _("Yes, accept it")), ("refuse", _("No, not like this"))],
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Choose yes or no"),
                "invalid_choice": _("Choose yes or no"),
            },
        ),
        reveals={"refuse": "reason"},
    )
    reason = LongField(
        label=_("Why not?"),
        help_text=_("The group reads this as you write it. Say what they should send instead."),
        max_length=400,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("outcome") == "refuse":
            need(self, "reason", __("Say why the paper will not do"))
        return cleaned


class FindWrongForm(forms.Form):
    """Why a paper that was accepted does not count any more: for the record, and for the group."""

    found_wrong = forms.ChoiceField(
        label=_("What is wrong with it?"),
        choices=HirerDocument.FoundWrong.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what is wrong with it"),
            "invalid_choice": _("Choose a reason from the list"),
        },
    )
    reason = LongField(
        label=_("What do you tell the group?"),
        help_text=_("The group reads this as you write it. Say what they should send instead."),
        max_length=400,
        error_messages={"required": _("Say to the group what is wrong, and what to send")},
    )


class PeopleCheckForm(forms.Form):
    level = forms.ChoiceField(
        label=_("Which level is on the certificates?"),
        choices=PeopleCheck.Level.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose the level"),
            "invalid_choice": _("Choose a level from the list"),
        },
    )
    people = look(
        forms.IntegerField(
            label=_("Of how many people did you see one?"),
            min_value=1,
            max_value=500,
            error_messages={
                "required": _("Enter how many people"),
                "invalid": _("Enter a whole number, such as 3"),
                "min_value": _("Enter 1 or more"),
                "max_value": _("Enter 500 or fewer"),
            },
        ),
        width=3,
    )
    seen_on = DateField(
        label=_("On which day did you see them?"),
        error_messages={"required": _("Enter the day you saw them")},
    )
