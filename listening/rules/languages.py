"""Names of the languages in which people are heard."""

from django.utils.translation import get_language_info
from django.utils.translation import gettext as _


def language_name(code: str) -> str:
    """In the language of the page: Spanish, espanhol."""
    if code == "bsl":
        return _("British Sign Language")
    try:
        name = str(get_language_info(code)["name_translated"])
    except KeyError:
        return code
    return name[:1].upper() + name[1:]


def own_name(code: str) -> str:
    """In its own words and script: Español."""
    return str(get_language_info(code)["name_local"]).capitalize()
