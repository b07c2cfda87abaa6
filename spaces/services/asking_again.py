"""A group that was not approved has put right what was wrong, and asks to be looked at again."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.services import record
from spaces import permissions, rules
from spaces.models import Hirer
from spaces.services.route import ask_once_complete


@transaction.atomic
def ask_again(hirer: Hirer, *, by: User, now: datetime) -> Hirer:
    """Put a declined group among those that wait for a decision, as if it had just registered.

    Why it was declined stays with it until the next decision, for whoever looks. Raises
    ValidationError "not_from_here" if it is not declined, or appeals.
    """
    permissions.check_manages(by, hirer)
    # Whoever asks again, appeals or decides about a group queues at its row.
    locked = Hirer.objects.in_turn()
    hirer = locked.select_related("organisation").get(pk=hirer.pk)
    rules.hirers.check_may_ask_again(hirer, has_open=hirer.appeals.open().exists())
    hirer.state = Hirer.State.REGISTERED
    hirer.save(update_fields=["state", "updated_at"])
    record("spaces.hirer_asked_again", hirer, by=by)
    ask_once_complete(hirer, now=now)
    return hirer
