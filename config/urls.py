"""Every address of the portal. Each app lives under its own name."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("home.urls")),
    path("", include("core.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("anchors/", include("anchors.urls")),
    path("events/", include("events.urls")),
    path("housing/", include("housing.urls")),
    path("listening/", include("listening.urls")),
    path("messages/", include("notifications.urls")),
    path("audit/", include("audit.urls")),
    path("pledges/", include("pledges.urls")),
    path("spaces/", include("spaces.urls")),
]

handler400 = "core.views.bad_request"
handler403 = "core.views.permission_denied"
handler404 = "core.views.page_not_found"
handler429 = "core.views.too_many_requests"  # allauth calls this one
handler500 = "core.views.server_error"
