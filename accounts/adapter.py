"""How allauth's letters leave: by the portal's own outbox, like every other message."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    pass
