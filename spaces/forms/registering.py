"""The questions about a new group, a few at a time."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict

from spaces import rules
from spaces.forms.hirers import RegisterHirerForm
from spaces.services.registering import Answers

STEPS = {
    "group": ("name", "group_kind", "registered_number"),
    "work": ("purpose", "boroughs", "usual_size"),
}
"""What is asked in which step; whatever is in neither is asked in the last one, `people`."""


def as_typed(answers: Answers) -> QueryDict:
    """Answers that were kept, as a browser would send them."""
    typed = QueryDict(mutable=True)
    for name, values in answers.items():
        typed.setlist(name, values)
    return typed


class RegisterStepForm(RegisterHirerForm):
    """One step of it."""

    def __init__(self, *args: Any, step: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taken = {name for names in STEPS.values() for name in names}
        for name in list(self.fields):
            if name not in STEPS[step] if step in STEPS else name in taken:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "registered_number" in cleaned:
            try:
                rules.hirers.check_number(
                    cleaned.get("group_kind", ""), cleaned["registered_number"]
                )
            except ValidationError as refusal:
                self.add_error(None, refusal)
        return cleaned

    def typed(self) -> Answers:
        """Everything in the boxes of this step, right or wrong; an empty box is an empty list."""
        data = self.data
        assert isinstance(data, QueryDict)
        return {name: list(data.getlist(name)) for name in self.fields}
