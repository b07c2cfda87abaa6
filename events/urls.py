from django.urls import path

from events import views

app_name = "events"
urlpatterns = [
    path("", views.events, name="events"),
    path("my/<str:secret>/", views.manage_sign_up, name="manage_sign_up"),
    path("my/<str:secret>/cancel/", views.cancel_sign_up, name="cancel_sign_up"),
    path("<slug:slug>/", views.event, name="event"),
    path("<slug:slug>/calendar.ics", views.event_calendar, name="event_calendar"),
    path("<slug:slug>/sign-up/", views.sign_up, name="sign_up"),
    path("<slug:slug>/signed-up/", views.signed_up, name="signed_up"),
    path("<slug:slug>/people/", views.sign_ups, name="sign_ups"),
    path("<slug:slug>/cancel/", views.cancel_event, name="cancel_event"),
]
