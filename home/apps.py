from typing import Any

from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "home"
    verbose_name = "Home"

    def ready(self) -> None:
        from allauth.mfa.signals import authenticator_added

        from home.services import sign_in

        def shown(request: Any, user: Any, authenticator: Any, **also: Any) -> None:
            if authenticator.type in sign_in.SECOND_STEPS:
                sign_in.note_second_step(request, user, authenticator.type)

        # The library says this by a signal and in no other way.
        authenticator_added.connect(shown, dispatch_uid="home.second_step_shown", weak=False)
