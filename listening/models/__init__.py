"""What residents said, on the terms they said it."""

from listening.models.campaigns import Campaign, HeardGroup, Question, QuestionText, Theme
from listening.models.responses import (
    Answer,
    Channel,
    ListeningSession,
    Response,
    SessionChannel,
)

__all__ = [
    "Answer",
    "Campaign",
    "Channel",
    "HeardGroup",
    "ListeningSession",
    "Question",
    "QuestionText",
    "Response",
    "SessionChannel",
    "Theme",
]
