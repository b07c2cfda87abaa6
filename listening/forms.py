"""One question a page, the check before sending, and the receipt code."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from anchors.models import Borough
from core.forms import LongField, look
from listening.models import Campaign, Question, QuestionText, Response
from listening.rules import receipts
from listening.rules.drafts import UNDER_13

LONGEST_ANSWER = 5000


class AnswerForm(forms.Form):
    """One question of a campaign, in the wording of one language."""

    answer: forms.Field

    def __init__(self, text: QuestionText, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = FIELDS[Question.Kind(text.question.kind)]()
        field.label, field.help_text = text.wording, text.hint
        self.fields["answer"] = look(field, heading=True, size="l", optional=False)

    def is_left_empty(self) -> bool:
        """Nothing was typed or chosen: an error for “Continue”, none for “Back”."""
        return self.has_error("answer", "required")


def words_field() -> forms.Field:
    return LongField(
        max_length=LONGEST_ANSWER,
        rows=9,
        error_messages={
            "required": _("Write your answer, or choose “Skip this question”"),
            "max_length": _("Your answer must be 5,000 characters or fewer"),
        },
    )


def borough_field() -> forms.Field:
    boroughs = Borough.objects.order_by("name").values_list("slug", "name")
    return forms.ChoiceField(
        choices=list(boroughs),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a borough, or choose “Skip this question”"),
            "invalid_choice": _("Choose a borough from the list"),
        },
    )


def age_band_field() -> forms.Field:
    return forms.ChoiceField(
        choices=[(UNDER_13, _("Under 13")), *Response.AgeBand.choices],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose your age, or choose “Skip this question”"),
            "invalid_choice": _("Choose your age from the list"),
        },
    )


FIELDS = {
    Question.Kind.WORDS: words_field,
    Question.Kind.BOROUGH: borough_field,
    Question.Kind.AGE_BAND: age_band_field,
}


class SendForm(forms.Form):
    """What is decided at the end, apart from the answers themselves."""

    may_quote = forms.BooleanField(
        label=_("You may quote my words"),
        help_text=_(
            "We may put some of your words on this site. We take out names and anything else that "
            "could show who you are. If you do not tick this, nobody outside the team sees them."
        ),
        required=False,
    )
    website = forms.CharField(
        label=_("Leave this box empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def clean_website(self) -> str:
        """People do not see this box; programs that fill in every box do."""
        if self.cleaned_data["website"]:
            raise ValidationError(
                _("Take out what is in the box “Leave this box empty”, then choose Send again."),
                code="trap",
            )
        return ""


class CodeForm(forms.Form):
    """A receipt code, however it is written."""

    code = look(
        forms.CharField(
            label=_("What is your code?"),
            help_text=_(
                "12 letters and numbers, such as the ones you wrote down. Spaces do not matter."
            ),
            max_length=60,
            widget=forms.TextInput(
                attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
            ),
            error_messages={
                "required": _("Enter your code"),
                "max_length": _("Check your code. A code has 12 characters."),
            },
        ),
        width=20,
    )

    def clean_code(self) -> str:
        return receipts.clean_code(self.cleaned_data["code"])


class FilterResponsesForm(forms.Form):
    """Which responses a listening editor looks at."""

    campaign = forms.ModelChoiceField(
        label=_("Which campaign?"),
        queryset=Campaign.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=_("All campaigns"),
        error_messages={"invalid_choice": _("Choose a campaign from the list")},
    )
    language = forms.ChoiceField(
        label=_("Which language?"),
        required=False,
        error_messages={"invalid_choice": _("Choose a language from the list")},
    )
    borough = forms.ModelChoiceField(
        label=_("Which borough?"),
        queryset=Borough.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=_("All boroughs"),
        error_messages={"invalid_choice": _("Choose a borough from the list")},
    )

    def __init__(self, *args: Any, languages: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["campaign"].queryset = Campaign.objects.newest_first()  # type: ignore[attr-defined]
        self.fields["borough"].queryset = Borough.objects.order_by("name")  # type: ignore[attr-defined]
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            ("", _("All languages")),
            *languages,
        ]
