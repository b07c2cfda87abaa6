from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.i18n import set_language

from core import gallery, views

app_name = "core"
urlpatterns = [
    path("healthz/", views.healthz, name="healthz"),
    path("csp-report/", views.csp_report, name="csp_report"),
    path("gallery/", gallery.gallery, name="gallery"),
    path("language/", login_not_required(set_language), name="set_language"),
]
