"""Every address of the portal. Each app lives under its own name."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from core.views import no_such_page

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("home.urls")),
    path("", include("core.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("anchors/", include("anchors.urls")),
    path("events/", include("events.urls")),
    path("housing/", include("housing.urls")),
    path("listening/", include("listening.urls")),
    path("messages/", include("notifications.urls")),
    path("pledges/", include("pledges.urls")),
    path("spaces/", include("spaces.urls")),
]

if settings.DEMONSTRATION:
    # With DEBUG Django would answer an unknown address with a page for developers.
    urlpatterns.append(re_path(r"^(?!static/).*/$", no_such_page))

handler400 = "core.views.bad_request"
handler403 = "core.views.permission_denied"
handler404 = "core.views.page_not_found"
handler429 = "core.views.too_many_requests"  # allauth calls this one
handler500 = "core.views.server_error"
