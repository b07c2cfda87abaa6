"""The questions on the pages of pledges; the housing plan asks the same ones."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from anchors.models import Organisation
from core.forms import DateField, LongField, SentOnceForm, look, with_typed
from listening.models import Theme
from pledges import rules
from pledges.models import DeliveryStatus, Pledge, PledgeOwner


class FindPledgesForm(forms.Form):
    """Filters that stay in the address. Nothing chosen means everything."""

    q = forms.CharField(
        label=_("Which words?"),
        required=False,
        max_length=120,
        error_messages={"max_length": _("Enter words of 120 letters or fewer in all")},
    )
    status = forms.ChoiceField(
        label=_("How does it stand?"),
        required=False,
        choices=[
            ("", _("In any way")),
            ("late", _("Its date has passed")),
            ("stale", _("No update in time")),
            ("ended", _("Ended in any way")),
            *DeliveryStatus.choices,
        ],
        error_messages={"invalid_choice": _("Choose how it stands from the list")},
    )
    theme = forms.ModelChoiceField(
        label=_("About what?"),
        required=False,
        queryset=Theme.objects.none(),
        to_field_name="slug",
        empty_label=_("Anything"),
        error_messages={"invalid_choice": _("Choose a theme from the list")},
    )
    organisation = forms.ModelChoiceField(
        label=_("Who promised?"),
        required=False,
        queryset=Organisation.objects.none(),
        to_field_name="slug",
        empty_label=_("Anybody"),
        error_messages={"invalid_choice": _("Choose an organisation from the list")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owners = PledgeOwner.objects.filter(pledge__in=Pledge.objects.public())
        choices = {
            "theme": Theme.objects.public().order_by("label", "pk"),
            "organisation": Organisation.objects.public()
            .filter(pk__in=owners.values("organisation"))
            .in_order(),
        }
        for name, queryset in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = queryset


class WriteUpdateForm(SentOnceForm):
    what_changed = look(
        LongField(
            label=_("What has changed since the last update?"),
            help_text=_(
                "Plain words, for everybody. Leave out names and anything about one person’s health."
            ),
            max_length=2000,
            rows=8,
            error_messages={"required": _("Write what has changed")},
        )
    )
    whats_next = look(
        LongField(
            label=_("What happens next, and what is in the way?"),
            required=False,
            max_length=1000,
        )
    )
    link_title = forms.CharField(
        label=_("What can people look at that shows it?"),
        help_text=_("The name of a page, a report or minutes."),
        required=False,
        max_length=120,
        error_messages={"max_length": _("Write its name in 120 characters or fewer")},
    )
    link_url = forms.URLField(
        label=_("What is its address?"),
        help_text=_("It starts with https://"),
        required=False,
        max_length=300,
        assume_scheme="https",
        error_messages={
            "invalid": _("Enter a whole web address, such as https://example.org/page")
        },
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("link_url") and not given.get("link_title"):
            self.add_error("link_title", _("Say what the link leads to"))
        return given


class CorrectUpdateForm(WriteUpdateForm):
    """The same questions. The words in the boxes are those that are public now."""

    what_changed = look(
        LongField(
            label=_("What should the update say?"),
            help_text=_("The earlier words stay on the page, marked as corrected."),
            max_length=2000,
            rows=8,
            error_messages={"required": _("Write what the update should say")},
        )
    )


class ChangeStatusForm(forms.Form):
    status_seen = forms.CharField(widget=forms.HiddenInput, required=False)
    status = forms.ChoiceField(
        label=_("How does it stand now?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose how it stands now"),
            "invalid_choice": _("Choose one of the statuses on the list"),
        },
    )
    reason = LongField(
        label=_("Why?"),
        help_text=_("Everybody can read this."),
        max_length=400,
        error_messages={"required": _("Say why the status changes")},
    )
    effective_on = DateField(
        label=_("Since which day?"),
        error_messages={"required": _("Enter the day since which it stands so")},
    )
    source_title = forms.CharField(
        label=_("What can people look at that shows it?"),
        help_text=_("The name of a page, a report or minutes."),
        required=False,
        max_length=200,
        error_messages={"max_length": _("Write its name in 200 characters or fewer")},
    )
    source_url = forms.URLField(
        label=_("What is its address?"),
        help_text=_("It starts with https://"),
        required=False,
        max_length=300,
        assume_scheme="https",
        error_messages={
            "invalid": _("Enter a whole web address, such as https://example.org/page")
        },
    )

    def __init__(self, *args: Any, now: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["status_seen"] = now
        self._offer()

    def _offer(self) -> None:
        """The statuses that may follow the one on the page that somebody has in front of them."""
        field = self.fields["status"]
        assert isinstance(field, forms.ChoiceField)
        choices = rules.may_become(self._seen())
        field.choices = [(status.value, status.label) for status in choices]

    def _seen(self) -> str:
        """A page that lost it is taken to show how it stands now."""
        seen = self.data.get("status_seen", "")
        return str(seen if seen in DeliveryStatus.values else self.initial["status_seen"])

    def ask_again(self, now: str) -> None:
        """Ask from how it stands now, with everything typed still there."""
        self.data = with_typed(self.data, status_seen=now)
        self._offer()

    def clean_status_seen(self) -> str:
        return self._seen()

    def clean_status(self) -> DeliveryStatus:
        return DeliveryStatus(self.cleaned_data["status"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("source_url") and not given.get("source_title"):
            self.add_error("source_title", _("Say what the link leads to"))
        return given
