"""What is asked of those who look after the people of a group."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from anchors.models import Mandate
from core.forms import EmailField, look
from spaces.models import Invitation

KINDS = [
    (Mandate.Kind.MEMBER.value, _("Member")),
    (Mandate.Kind.MANAGER.value, _("Manager")),
]


class InviteForm(forms.Form):
    email = look(
        EmailField(
            label=_("What is their e-mail address?"),
            help_text=_("We send them a letter. They have 14 days to say yes."),
            max_length=254,
            widget=forms.EmailInput(attrs={"autocomplete": "off"}),
            error_messages={
                "required": _("Enter their e-mail address"),
                "invalid": _("Enter an e-mail address, such as name@example.org"),
                "max_length": _("Enter an e-mail address, such as name@example.org"),
            },
        ),
        width=30,
    )
    kind = look(
        forms.ChoiceField(
            label=_("What may they do?"),
            choices=KINDS,
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Choose what they may do"),
                "invalid_choice": _("Choose what they may do"),
            },
        ),
        hints={
            Mandate.Kind.MEMBER.value: _("Ask for rooms and see the group’s bookings."),
            Mandate.Kind.MANAGER.value: _("The same, and look after the group’s people and facts."),
        },
    )

    def refuse(self, refusal: ValidationError) -> None:
        """Put a refusal of the service beside the question it is about."""
        is_about_them = getattr(refusal, "code", "") in {"belongs", "invited"}
        self.add_error("email" if is_about_them else None, refusal)


class HandOverForm(forms.Form):
    """Who takes over, and what becomes of whoever hands over."""

    person = forms.ChoiceField(
        label=_("Who takes over?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose who takes over"),
            "invalid_choice": _("Choose somebody who is in the group"),
        },
    )
    sender_then = forms.ChoiceField(
        label=_("And you?"),
        choices=[
            (Invitation.SenderThen.MEMBER.value, _("I stay in the group as a member")),
            (Invitation.SenderThen.LEAVES.value, _("I leave the group")),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose if you stay or leave"),
            "invalid_choice": _("Choose if you stay or leave"),
        },
    )

    def __init__(self, *args: object, members: list[Mandate], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.members = {str(one.pk): one for one in members}
        field = self.fields["person"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(key, str(one.user)) for key, one in self.members.items()]

    def chosen(self) -> Mandate:
        return self.members[self.cleaned_data["person"]]


class AppointForm(forms.Form):
    why = forms.ChoiceField(
        label=_("Why do you do this for the group?"),
        help_text=_("The reason is kept in the history of the group."),
        choices=[
            ("no_manager", _("The group has no manager any more")),
            ("out_of_reach", _("Its managers cannot be reached")),
            ("asked_us", _("The group asked us to")),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a reason"),
            "invalid_choice": _("Choose a reason from the list"),
        },
    )


class AnswerForm(forms.Form):
    """Two buttons, and nothing to fill in."""

    answer = forms.ChoiceField(choices=[("yes", ""), ("no", "")], widget=forms.HiddenInput)
