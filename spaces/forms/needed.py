"""An answer that is needed because of another answer."""

from django import forms


def need(form: forms.Form, name: str, words: str) -> None:
    """Ask for an answer that is empty. What was written and is wrong has been told already."""
    if not form.cleaned_data.get(name) and name not in form.errors:
        form.add_error(name, words)
