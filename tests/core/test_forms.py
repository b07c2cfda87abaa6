"""Days and times are taken as people write them, and refused with words that help."""

from datetime import date, time

import pytest
from django import forms
from django.core.exceptions import ValidationError

from core.forms import DateField, LineField, LongField, TimeField


class Visit(forms.Form):
    on = DateField(label="On which day?")
    starts = TimeField(label="From what time?")


def posted(day="1", month="12", year="2026", starts="6pm"):
    return {"on_day": day, "on_month": month, "on_year": year, "starts": starts}


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        (("1", "12", "2026"), date(2026, 12, 1)),
        ((" 01 ", "12", "2026"), date(2026, 12, 1)),
        (("1", "Dec", "2026"), date(2026, 12, 1)),
        (("1", "december", "2026"), date(2026, 12, 1)),
        (("29", "2", "2028"), date(2028, 2, 29)),
        (("١", "१२", "۲۰۲۶"), date(2026, 12, 1)),
    ],
)
def test_a_day_is_taken_as_people_write_it(typed, day):
    form = Visit(posted(*typed))

    assert form.is_valid(), form.errors
    assert form.cleaned_data["on"] == day


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        (("", "", ""), "Enter a date"),
        (("", "12", "2026"), "The date must include a day"),
        (("1", "", "2026"), "The date must include a month"),
        (("1", "12", ""), "The date must include a year"),
        (("31", "2", "2027"), "Enter a real date, such as 1 12 2026"),
        (("29", "2", "2027"), "Enter a real date, such as 1 12 2026"),
        (("²", "12", "2026"), "Enter a real date, such as 1 12 2026"),
        (("first", "12", "2026"), "Enter a real date, such as 1 12 2026"),
        (("-1", "12", "2026"), "Enter a real date, such as 1 12 2026"),
        (("1", "12", "26"), "The year must have 4 numbers"),
        (("0", "0", "0000"), "Enter a real date, such as 1 12 2026"),
        (("1", "1", "0001"), "Enter a real date, such as 1 12 2026"),
        (("31", "12", "9999"), "Enter a real date, such as 1 12 2026"),
        (("9" * 500, "12", "2026"), "Enter a real date, such as 1 12 2026"),
    ],
)
def test_a_day_that_cannot_be_is_refused_in_words(typed, error):
    form = Visit(posted(*typed))

    assert not form.is_valid()
    assert form.errors["on"] == [error]


def test_a_link_may_carry_the_whole_day():
    assert Visit({"on": "2026-12-01", "starts": "6pm"}).is_valid()
    assert not Visit({"on": "2026-02-31", "starts": "6pm"}).is_valid()


def test_a_day_that_need_not_be_given_may_be_left_out():
    class Filter(forms.Form):
        on = DateField(required=False)

    form = Filter({})

    assert form.is_valid()
    assert form.cleaned_data["on"] is None


@pytest.mark.parametrize(
    ("typed", "clock"),
    [
        ("6pm", time(18)),
        ("6 PM", time(18)),
        ("6:30pm", time(18, 30)),
        ("6.30 p.m.", time(18, 30)),
        ("6am", time(6)),
        ("12am", time(0)),
        ("12pm", time(12)),
        ("18:00", time(18)),
        ("1830", time(18, 30)),
        ("18", time(18)),
        ("09:15", time(9, 15)),
        ("midday", time(12)),
        ("٦:٣٠pm", time(18, 30)),
        ("Midnight", time(0)),
    ],
)
def test_a_time_is_taken_as_people_write_it(typed, clock):
    form = Visit(posted(starts=typed))

    assert form.is_valid(), form.errors
    assert form.cleaned_data["starts"] == clock


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "Enter a time"),
        ("soon", "Enter a time, such as 6pm or 6:30pm"),
        ("25:00", "Enter a time, such as 6pm or 6:30pm"),
        ("18:75", "Enter a time, such as 6pm or 6:30pm"),
        ("13pm", "Enter a time, such as 6pm or 6:30pm"),
        ("6", "Say morning or evening, such as 6am or 6pm"),
    ],
)
def test_a_time_that_cannot_be_is_refused_in_words(typed, error):
    form = Visit(posted(starts=typed))

    assert not form.is_valid()
    assert form.errors["starts"] == [error]


def test_a_known_day_and_time_are_shown_as_people_write_them():
    form = Visit(initial={"on": date(2026, 12, 1), "starts": time(18, 30)})

    assert form["on"].value() == date(2026, 12, 1)
    assert 'value="6:30pm"' in str(form["starts"])


def test_a_form_that_was_not_changed_knows_it():
    known = {"on": date(2026, 12, 1), "starts": time(18)}

    assert Visit(posted(), initial=known).changed_data == []
    assert Visit(posted(day="2"), initial=known).changed_data == ["on"]


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("Tea\r\n\r\nClick here: http://example.org", "Tea Click here: http://example.org"),
        ("\u202egpj.exe\u2066 Choir\u2028 of\tPeckham\x07", "gpj.exe Choir of Peckham"),
        ("شاي 🧑‍🤝‍🧑 Zoë", "شاي 🧑‍🤝‍🧑 Zoë"),
        ("L\u200bou\ufeffd\u00ad C\u2060ho\u180ei\u200er", "Loud Choir"),
        ("Lo\u200dud\u200c Cho\U000e0069\U000e0067ir", "Loud Choir"),
        ("\u200dمی\u200cخواهم\u200c", "می\u200cخواهم"),
        ("क्\u200dष ❤\ufe0f\u200d🔥", "क्\u200dष ❤\ufe0f\u200d🔥"),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", None),
    ],
)
def test_a_name_is_one_line_that_turns_no_other_words(typed, line):
    assert LineField().clean(typed) == (typed if line is None else line)


def test_a_name_of_unseen_signs_alone_is_no_name():
    with pytest.raises(ValidationError, match="This field is required"):
        LineField().clean("\u202e\r\n")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (" Tea \r\n\r\n and\ttalk\r\n", "Tea\n\n and talk"),
        ("\u202eTea\u2066\x07\nand talk", "Tea\nand talk"),
        ("شاي\nZoë", "شاي\nZoë"),
    ],
)
def test_long_words_keep_their_lines_and_turn_no_others(typed, words):
    assert LongField(max_length=400).clean(typed) == words


def test_the_end_of_a_line_counts_as_one_letter_as_in_the_box():
    four_lines = "\r\n".join(["a" * 99, "b" * 99, "c" * 99, "d" * 100])

    assert len(LongField(max_length=400).clean(four_lines)) == 400


@pytest.mark.parametrize("field", [LineField, LongField])
def test_words_that_are_too_long_are_told_how_many_letters_are_taken(field):
    with pytest.raises(ValidationError, match="Use 1,000 characters or fewer"):
        field(max_length=1000).clean("a" * 1001)
