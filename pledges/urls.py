from django.urls import path

from pledges import views

app_name = "pledges"
urlpatterns = [
    path("", views.pledges, name="pledges"),
    path("themes/<slug:slug>/", views.theme, name="theme"),
    path("<str:reference>/", views.pledge, name="pledge"),
    path("<str:reference>/update/", views.write_update, name="write_update"),
    path(
        "<str:reference>/update/<uuid:uuid>/correct/", views.correct_update, name="correct_update"
    ),
    path("<str:reference>/status/", views.change_status, name="change_status"),
]
