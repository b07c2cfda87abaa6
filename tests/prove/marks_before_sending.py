"""A planted fault: the portal's worker, but a letter is marked sent before it leaves.

Run as `celery -A tests.prove.marks_before_sending worker`. The drill must see what this loses.
"""

from django.conf import settings
from django.utils import timezone

from config.celery import app as app

settings.NOTIFICATIONS_SENDER = "tests.prove.marks_before_sending.Hasty"


class Hasty:
    def __init__(self):
        from notifications.senders import SmtpSender

        self.sender = SmtpSender()

    def send(self, message):
        from notifications.delivery import mark_sent

        mark_sent(message, now=timezone.now())
        self.sender.send(message)

    def close(self):
        self.sender.close()
