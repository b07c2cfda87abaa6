from django.urls import path

from home import views

app_name = "home"
urlpatterns = [
    path("", views.home, name="home"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("privacy/", views.privacy, name="privacy"),
    path("cookies/", views.cookies, name="cookies"),
    path("contact/", views.contact, name="contact"),
    path("waiting/", views.waiting, name="waiting"),
    path("account/", views.account, name="account"),
    path("audit/", views.records, name="records"),
    path("try-it-as/", views.try_it_as, name="try_it_as"),
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<uuid:uuid>/", views.mailbox_message, name="mailbox_message"),
    path("readyz/", views.readyz, name="readyz"),
]
