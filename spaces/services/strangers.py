"""How many strangers one person has us write to in a day, for groups that nobody has approved."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from accounts.models import User
from spaces import rules
from spaces.models import Hirer, Invitation, Reference

A_DAY = timedelta(days=1)


def check_one_more(hirer: Hirer, *, by: User, now: datetime) -> None:
    """Call it in a transaction, after locking the group. Raises ValidationError "too_many"."""
    if hirer.state == Hirer.State.APPROVED:
        return
    # Letters of one person queue here, whichever of their groups they are for.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    unknown, since = ~Q(hirer__state=Hirer.State.APPROVED), now - A_DAY
    invited = Invitation.objects.filter(
        unknown, invited_by=by, invited_at__gt=since, sender_then=Invitation.SenderThen.STAYS
    )
    asked = Reference.objects.filter(unknown, asked_by=by, asked_at__gt=since).exclude(email="")
    rules.hirers.check_may_write_to_strangers(
        invited.count() + asked.count(), most=settings.MOST_LETTERS_TO_STRANGERS_A_DAY
    )
