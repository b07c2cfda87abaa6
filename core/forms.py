"""Form fields that ask as people answer, how a field may look, and forms that do their work once.

`look` says how a field is drawn. It changes nothing about what the field accepts.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

F = TypeVar("F", bound=forms.Field)


@dataclass(frozen=True)
class Look:
    """How one field is drawn by the template pack `nhsuk`."""

    size: str = ""
    heading: bool = False
    inline: bool = False
    small: bool = False
    width: int | None = None
    prefix: str = ""
    suffix: str = ""
    hints: Mapping[str, Any] = field(default_factory=dict)
    reveals: Mapping[str, str] = field(default_factory=dict)
    exclusive: Sequence[str] = ()
    optional: bool = True
    count: bool = True


def look(field: F, **how: Any) -> F:
    """Say how a field is drawn, and hand the same field back.

    size       of the label or legend: s, m, l or xl
    heading    the label is the page's <h1>: for one question a page
    inline     radios side by side
    small      small radios or checkboxes, for filters
    width      of a text box, in characters: 2, 3, 4, 5, 10, 20 or 30
    prefix, suffix   beside a text box: £, people
    hints      choice value -> a hint under that choice
    reveals    choice value -> name of the field that this choice opens
    exclusive  choice values that undo all others ("None of these")
    optional   False leaves out the word "(optional)"
    count      False turns off the character counter of a long answer
    """
    field.look = Look(**how)  # type: ignore[attr-defined]
    return field


def with_typed(data: Any, **values: str) -> QueryDict:
    """What was posted, with other values for some of it."""
    changed = QueryDict(mutable=True)
    changed.update(data)
    for name, value in values.items():
        changed[name] = value
    return changed


class SentOnceForm(forms.Form):
    """A form whose blank has a number, so that sending it twice does its work once."""

    form_id = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["form_id"] = str(uuid4())

    def clean_form_id(self) -> UUID:
        """The number of the blank form; a page that lost it is simply a new form."""
        try:
            return UUID(self.cleaned_data["form_id"])
        except ValueError:
            return uuid4()

    def renew(self) -> None:
        """Another blank number, so that sending this page again does its work once more."""
        self.data = with_typed(self.data, form_id=str(uuid4()))


_JOIN = "\u200c\u200d"
_JOINED = "\u0600-\u109f\u1780-\u18af\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
"""Scripts from Arabic to Myanmar, Khmer and Mongolian, and pictures: two of these may be joined."""
_TAGS = "\U000e0001-\U000e007f"

TURNS_TEXT = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]"
    rf"|(?<![{_JOINED}])[{_JOIN}]|[{_JOIN}](?![{_JOINED}])"
    # The flags of England, Scotland and Wales are spelt with these.
    rf"|(?<![\U0001f3f4{_TAGS}])[{_TAGS}]+"
)
"""Signs that nobody sees, and those that make other words of a sentence run backwards."""


class FileSentForm(forms.Form):
    """Asks for the file again when anything else is wrong: browsers keep words, and never a file."""

    _is_looked_through = False

    def full_clean(self) -> None:
        super().full_clean()
        self._is_looked_through = True
        self._ask_for_the_file_again()

    def add_error(self, field: str | None, error: Any) -> None:
        super().add_error(field, error)
        if self._is_looked_through:
            self._ask_for_the_file_again()

    def _ask_for_the_file_again(self) -> None:
        for name, asked in self.fields.items():
            is_sent = isinstance(asked, forms.FileField) and name in self.files
            if is_sent and self.errors and name not in self.errors:
                words = gettext("Choose the file again. The browser does not keep it.")
                super().add_error(name, ValidationError(words, code="again"))


class ToldOnce(forms.Field):
    """A field whose answer may break two rules at once, and is told of the first alone."""

    def run_validators(self, value: Any) -> None:
        try:
            super().run_validators(value)
        except ValidationError as faults:
            raise faults.error_list[0] from None


def plain_digits(typed: str) -> str:
    """The same words with the figures 0 to 9: keyboards of many languages write others (٢, २)."""
    return "".join(str(unicodedata.decimal(letter, letter)) for letter in typed)


class EmailField(ToldOnce, forms.EmailField):
    pass


class WordsField(ToldOnce, forms.CharField):
    """Words of somebody's own; what is too long is told with the number of letters that are taken."""

    def __init__(self, *, max_length: int | None = None, **kwargs: Any) -> None:
        if max_length is not None:
            words = format_lazy(_("Use {number} characters or fewer"), number=f"{max_length:,}")
            kwargs["error_messages"] = {"max_length": words} | kwargs.get("error_messages", {})
        super().__init__(max_length=max_length, **kwargs)


class LineField(WordsField):
    """A name or another single line. It stands in letters, which line breaks would take apart."""

    def to_python(self, value: Any) -> str:
        words = super().to_python(value) or ""
        return TURNS_TEXT.sub("", " ".join(words.split())).strip()


class LongField(WordsField):
    """Some sentences, in a box of so many rows."""

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value: Any) -> str:
        """A browser ends a line with two signs and counts them as one. One is counted and kept."""
        lines = (super().to_python(value) or "").expandtabs(1).splitlines()
        return "\n".join(TURNS_TEXT.sub("", line).rstrip() for line in lines).strip()


class DateInput(forms.MultiWidget):
    """Three boxes: day, month and year, posted as name_day, name_month and name_year."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        boxes: dict[str, forms.Widget | type[forms.Widget]] = {
            part: forms.TextInput() for part in ("day", "month", "year")
        }
        super().__init__(boxes, attrs)

    def decompress(self, value: date | None) -> list[Any]:
        return [value.day, value.month, value.year] if value else ["", "", ""]

    def value_from_datadict(self, data: Any, files: MultiValueDict[str, Any], name: str) -> Any:
        # A link may carry the whole date: ?on=2026-12-01.
        whole = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", data.get(name) or "")
        if whole:
            year, month, day = whole.groups()
            return [day, month, year]
        return super().value_from_datadict(data, files, name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and super().value_omitted_from_data(data, files, name)

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_day" if id_ else id_


MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


class DateField(forms.MultiValueField):
    """A day, asked for in three boxes. Months may be numbers or English names."""

    widget = DateInput
    default_error_messages = {
        "required": _("Enter a date"),
        "incomplete": _("The date must include a %(part)s"),
        "invalid": _("Enter a real date, such as 1 12 2026"),
        "year": _("The year must have 4 numbers"),
    }

    def __init__(self, **kwargs: Any) -> None:
        boxes = [forms.CharField(required=False, max_length=20) for _box in range(3)]
        super().__init__(fields=boxes, require_all_fields=False, **kwargs)

    def clean(self, value: Any) -> date | None:
        if isinstance(value, date):
            typed = [str(value.day), str(value.month), str(value.year)]
        else:
            typed = [plain_digits(str(part or "").strip()) for part in value or ["", "", ""]]
        if not any(typed):
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        day = self.compress(typed)
        self.validate(day)
        self.run_validators(day)
        return day

    def compress(self, data_list: Any) -> date:
        parts = [gettext("day"), gettext("month"), gettext("year")]
        for part, typed in zip(parts, data_list, strict=True):
            if not typed:
                raise ValidationError(
                    self.error_messages["incomplete"], code="incomplete", params={"part": part}
                )
        day, month, year = data_list
        if month[:3].lower() in MONTHS:
            month = str(MONTHS.index(month[:3].lower()) + 1)
        if not (
            re.fullmatch(r"\d{1,2}", day, re.ASCII) and re.fullmatch(r"\d{1,2}", month, re.ASCII)
        ):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        if not re.fullmatch(r"\d{4}", year, re.ASCII):
            raise ValidationError(self.error_messages["year"], code="year")
        # Nothing here was before 1900 or will be after 2199, and the calendar ends with the year 9999.
        try:
            if 1900 <= int(year) < 2200:
                return date(int(year), int(month), int(day))
        except ValueError:
            pass
        raise ValidationError(self.error_messages["invalid"], code="invalid")

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.clean(data) != initial)
        except ValidationError:
            return True


class TimeInput(forms.TextInput):
    """One box for a time of day, shown as 6pm or 6:30pm."""

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, time):
            hour, half = value.hour % 12 or 12, "am" if value.hour < 12 else "pm"
            return f"{hour}:{value.minute:02}{half}" if value.minute else f"{hour}{half}"
        return super().format_value(value)


class TimeField(forms.Field):
    """A time of day as people write it: 6pm, 6:30pm, 6.30 pm, 18:00, 1830, midday, midnight."""

    widget = TimeInput
    default_error_messages = {
        "required": _("Enter a time"),
        "invalid": _("Enter a time, such as 6pm or 6:30pm"),
        "half": _("Say morning or evening, such as 6am or 6pm"),
    }

    def to_python(self, value: Any) -> time | None:
        if value in self.empty_values:
            return None
        if isinstance(value, time):
            return value
        typed = re.sub(r"\s+", "", plain_digits(str(value))).lower()
        if typed in {"midday", "noon"}:
            return time(12)
        if typed == "midnight":
            return time(0)
        found = re.fullmatch(
            r"(\d{1,2})(?:[:.h]?(\d{2}))?(am?|pm?|a\.m\.?|p\.m\.?)?", typed, re.ASCII
        )
        if not found:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "")[:1]
        if half and not 1 <= hour <= 12:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        if half:
            hour = hour % 12 + (12 if half == "p" else 0)
        elif found[2] is None and hour <= 12:
            # A bare 6 may be either; a booking twelve hours off helps nobody.
            raise ValidationError(self.error_messages["half"], code="half")
        if hour > 23 or minute > 59:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return time(hour, minute)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True


OF_A_START = {
    "invalid": _("Enter a time for the start, such as 6pm or 6:30pm"),
    "half": _("Say if it starts in the morning or evening, such as 6am or 6pm"),
}
OF_AN_END = {
    "invalid": _("Enter a time for the end, such as 8pm or 8:30pm"),
    "half": _("Say if it ends in the morning or evening, such as 8am or 8pm"),
}
"""For two boxes of one form: with the same words twice, a summary of errors would not say which."""
