from django.urls import path

from anchors import views

app_name = "anchors"
urlpatterns = [
    path("", views.organisations, name="organisations"),
    path("networks/", views.networks, name="networks"),
    path("networks/<slug:slug>/", views.network, name="network"),
    path("<slug:slug>/", views.organisation, name="organisation"),
]
