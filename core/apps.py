import gc

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "Ground"

    def ready(self) -> None:
        # What is loaded by now stays. Otherwise the garbage collector looks through all of it again
        # and again, and whoever waits for a page or a letter then waits up to a tenth of a second more.
        gc.freeze()
