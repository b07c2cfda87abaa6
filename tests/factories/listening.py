from datetime import UTC, date, datetime
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from listening.models import Answer, Campaign, Question, QuestionText, Response, Theme
from tests.factories.accounts import UserFactory

KINDS = [
    ("age", Question.Kind.AGE_BAND),
    ("pressure", Question.Kind.WORDS),
    ("difference", Question.Kind.WORDS),
    ("borough", Question.Kind.BOROUGH),
]


class CampaignFactory(DjangoModelFactory):
    class Meta:
        model = Campaign

    slug = factory.Sequence(lambda number: f"campaign-{number}")
    name = factory.Sequence(lambda number: f"Listening {number} (demo)")
    opens_on = date(2026, 10, 5)
    closes_on = date(2026, 12, 18)
    takes_answers = True


class QuestionFactory(DjangoModelFactory):
    class Meta:
        model = Question

    campaign = factory.SubFactory(CampaignFactory)
    key = factory.Sequence(lambda number: f"question-{number}")
    position = factory.Sequence(lambda number: number % 1000 + 1)


class QuestionTextFactory(DjangoModelFactory):
    class Meta:
        model = QuestionText

    question = factory.SubFactory(QuestionFactory)
    language = "en"
    wording = factory.LazyAttribute(lambda text: f"{text.question.key} in {text.language}?")
    written_by = factory.SubFactory(UserFactory)
    approved_by = factory.SubFactory(UserFactory)
    approved_at = datetime(2026, 9, 28, 9, tzinfo=UTC)


class ThemeFactory(DjangoModelFactory):
    class Meta:
        model = Theme

    slug = factory.Sequence(lambda number: f"theme-{number}")
    label = factory.Sequence(lambda number: f"Theme {number} (demo)")


class ResponseFactory(DjangoModelFactory):
    class Meta:
        model = Response

    campaign = factory.SubFactory(CampaignFactory)
    submission = factory.LazyFunction(uuid4)
    receipt_hash = factory.Sequence(lambda number: f"{number:064x}")
    language = "en"
    received_week = date(2026, 11, 16)


class AnswerFactory(DjangoModelFactory):
    class Meta:
        model = Answer

    response = factory.SubFactory(ResponseFactory)
    text = factory.SubFactory(QuestionTextFactory)
    words = "The rent takes half of what we earn."


def an_open_campaign(*languages: str) -> Campaign:
    """A campaign with four approved questions in each of these languages, or in English."""
    campaign: Campaign = CampaignFactory()
    for position, (key, kind) in enumerate(KINDS, start=1):
        question = QuestionFactory(campaign=campaign, key=key, kind=kind, position=position)
        for language in languages or ("en",):
            QuestionTextFactory(question=question, language=language)
    return campaign
