from django.urls import path

from housing import views

app_name = "housing"
urlpatterns = [
    path("", views.plan, name="plan"),
    path("actions/<str:reference>/", views.action, name="action"),
    path("actions/<str:reference>/update/", views.write_update, name="write_update"),
    path(
        "actions/<str:reference>/update/<uuid:uuid>/correct/",
        views.correct_update,
        name="correct_update",
    ),
    path("actions/<str:reference>/status/", views.change_status, name="change_status"),
]
