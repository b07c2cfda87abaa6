from django.urls import path

from spaces.views import bookings, documents, finding, hirers, needs, people, photographs, spaces

app_name = "spaces"
urlpatterns = [
    path("", finding.spaces, name="spaces"),
    path("bookings/", bookings.bookings, name="bookings"),
    path("bookings/<uuid:uuid>/", bookings.booking, name="booking"),
    path("bookings/<uuid:uuid>/approve/", bookings.approve_booking, name="approve_booking"),
    path("bookings/<uuid:uuid>/decline/", bookings.decline_booking, name="decline_booking"),
    path("bookings/<uuid:uuid>/cancel/", bookings.cancel_booking, name="cancel_booking"),
    path("bookings/<uuid:uuid>/calendar.ics", bookings.booking_calendar, name="booking_calendar"),
    path("groups/", hirers.hirers, name="hirers"),
    path("groups/register/", hirers.register_hirer, name="register_hirer"),
    path("groups/<slug:slug>/", hirers.hirer, name="hirer"),
    path("groups/<slug:slug>/needs/", needs.hirer_needs, name="hirer_needs"),
    path("groups/<slug:slug>/decide/", hirers.decide_hirer, name="decide_hirer"),
    path("groups/<slug:slug>/invite/", people.invite, name="invite"),
    path(
        "groups/<slug:slug>/invitations/<int:number>/withdraw/",
        people.withdraw_invitation,
        name="withdraw_invitation",
    ),
    path("groups/<slug:slug>/hand-over/", people.hand_over, name="hand_over"),
    path("groups/<slug:slug>/take-over/", people.take_over, name="take_over"),
    path("groups/<slug:slug>/leave/", people.leave_group, name="leave_group"),
    path(
        "groups/<slug:slug>/people/<int:mandate_id>/change/",
        people.change_kind,
        name="change_kind",
    ),
    path(
        "groups/<slug:slug>/people/<int:mandate_id>/appoint/",
        people.appoint_manager,
        name="appoint_manager",
    ),
    path(
        "groups/<slug:slug>/people/<int:mandate_id>/end/",
        people.end_membership,
        name="end_membership",
    ),
    path("pictures/<str:fingerprint>-<str:size>.webp", photographs.picture, name="picture"),
    path("<slug:slug>/photographs/", photographs.photographs, name="photographs"),
    path(
        "<slug:slug>/photographs/<uuid:uuid>/",
        photographs.describe_photograph,
        name="describe_photograph",
    ),
    path(
        "<slug:slug>/photographs/<uuid:uuid>/remove/",
        photographs.remove_photograph,
        name="remove_photograph",
    ),
    path(
        "<slug:slug>/photographs/<uuid:uuid>/move/",
        photographs.move_photograph,
        name="move_photograph",
    ),
    path("join/<str:secret>/", people.invitation, name="invitation"),
    # Papers of groups.
    path("groups/<slug:slug>/papers/", documents.documents, name="documents"),
    path("groups/<slug:slug>/papers/add/<slug:kind>/", documents.add_document, name="add_document"),
    path("groups/<slug:slug>/papers/dbs/", documents.note_people_check, name="note_people_check"),
    path(
        "groups/<slug:slug>/papers/dbs/<int:check_id>/",
        documents.take_back_people_check,
        name="take_back_people_check",
    ),
    path("papers/", documents.papers_to_check, name="papers_to_check"),
    path("papers/<uuid:uuid>/", documents.document, name="document"),
    path("papers/<uuid:uuid>/file/", documents.document_file, name="document_file"),
    path("papers/<uuid:uuid>/replace/", documents.replace_document, name="replace_document"),
    path("papers/<uuid:uuid>/take-back/", documents.remove_document, name="remove_document"),
    path("papers/<uuid:uuid>/check/", documents.check_document, name="check_document"),
    path("<slug:slug>/", finding.space, name="space"),
    path("<slug:slug>/rules/", spaces.space_rules, name="space_rules"),
    path("<slug:slug>/ask/", bookings.request_booking, name="request_booking"),
]
