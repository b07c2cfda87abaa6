from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.models import AuditRecordQuerySet
from audit.templatetags.history import verb_words


class FilterRecordsForm(forms.Form):
    verb = forms.ChoiceField(
        label=_("What happened?"),
        required=False,
        error_messages={"invalid_choice": _("Choose what happened from the list")},
    )
    person = forms.ModelChoiceField(
        label=_("Who did it?"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Anybody"),
        error_messages={"invalid_choice": _("Choose a person from the list")},
    )
    subject = forms.RegexField(
        r"^[a-z_]+\.[a-z_]+(:[0-9A-Za-z-]+)?$",
        label=_("To what?"),
        required=False,
        max_length=121,
        # Nobody types this: it comes from the link “Only this” beside each line.
        widget=forms.HiddenInput,
        error_messages={
            "invalid": _("We do not know this thing. Clear the filters and start again."),
            "max_length": _("We do not know this thing. Clear the filters and start again."),
        },
    )

    def __init__(self, *args: Any, records: AuditRecordQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        verbs = records.order_by("verb").values_list("verb", flat=True).distinct()
        self.fields["verb"].choices = [  # type: ignore[attr-defined]
            ("", _("Anything")),
            *((verb, verb_words(verb)) for verb in verbs),
        ]
        actors = records.order_by().values("actor")
        self.fields["person"].queryset = (  # type: ignore[attr-defined]
            User.objects.filter(pk__in=actors).order_by("name", "email", "pk")
        )
