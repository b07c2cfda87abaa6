from django.urls import path

from listening.views import answering, public, receipts, staff

app_name = "listening"
urlpatterns = [
    path("", public.home, name="home"),
    path("answer/", answering.answer, name="answer"),
    path("sent/", answering.sent, name="sent"),
    path("safety/", public.safety, name="safety"),
    path("your-words/", receipts.your_words, name="your_words"),
    path("your-words/withdraw/", receipts.withdraw, name="withdraw"),
    path("campaigns/<slug:slug>/", public.campaign, name="campaign"),
    path("responses/", staff.responses, name="responses"),
    path("responses/<uuid:uuid>/", staff.response, name="response"),
]
