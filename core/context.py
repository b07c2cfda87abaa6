"""What every page knows about the portal itself."""

from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_info


def site(request: HttpRequest) -> dict[str, Any]:
    """`site`: names, contact lines, whether this is a demonstration, and the languages on offer."""
    # On a page that comes in English because it is not translated, the choice still shows.
    asked = getattr(request, "language_asked_for", None)
    current = asked or get_language() or settings.LANGUAGE_CODE
    return {
        "site": SimpleNamespace(
            service_name=settings.SERVICE_NAME,
            programme_name=settings.PROGRAMME_NAME,
            org_name=settings.ORG_NAME,
            nhs_logo=settings.SITE_NHS_LOGO,
            contact_email=settings.CONTACT_EMAIL,
            contact_phone=settings.CONTACT_PHONE,
            demonstration=settings.DEMONSTRATION,
            languages=[
                {
                    "code": code,
                    "name_local": get_language_info(code)["name_local"].capitalize(),
                    "dir": "rtl" if get_language_info(code)["bidi"] else "ltr",
                    "current": current.split("-")[0] == code,
                }
                for code, _name in settings.LANGUAGES
            ],
        )
    }
