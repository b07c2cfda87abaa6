from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.messages, name="messages"),
    path("<uuid:uuid>/", views.message, name="message"),
    path("<uuid:uuid>/try-again/", views.try_again, name="try_again"),
]
