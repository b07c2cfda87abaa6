"""What people may ask of the list of organisations."""

from django import forms
from django.utils.translation import gettext_lazy as _

from anchors.models import Borough, Network, Organisation


class FindOrganisationsForm(forms.Form):
    """Filters that stay in the address. Nothing chosen means everything."""

    q = forms.CharField(
        label=_("Which name?"),
        required=False,
        max_length=120,
        error_messages={"max_length": _("Enter a name of 120 letters or fewer")},
    )
    sector = forms.ChoiceField(
        label=_("Which kind of organisation?"),
        required=False,
        choices=[("", _("Every kind")), *Organisation.Sector.choices],
        error_messages={"invalid_choice": _("Choose a kind from the list")},
    )
    borough = forms.ModelChoiceField(
        label=_("Which borough?"),
        required=False,
        queryset=Borough.objects.none(),
        to_field_name="slug",
        empty_label=_("All six boroughs"),
        error_messages={"invalid_choice": _("Choose a borough from the list")},
    )
    network = forms.ModelChoiceField(
        label=_("Which network?"),
        required=False,
        queryset=Network.objects.none(),
        to_field_name="slug",
        empty_label=_("Any network or none"),
        error_messages={"invalid_choice": _("Choose a network from the list")},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for name, model in (("borough", Borough), ("network", Network)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = model.objects.public()
