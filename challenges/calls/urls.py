from django.urls import path

from challenges.calls import enquiry_views, views

app_name = "calls"
urlpatterns = [
    path("ask/", enquiry_views.ask_region, name="ask_region"),
    path("enquiries/<int:pk>/", enquiry_views.enquiry, name="enquiry"),
    path("<slug:reference>/", enquiry_views.to_page, name="call"),
    path("<slug:reference>/questions/", enquiry_views.questions, name="questions"),
    path("<slug:reference>/questions/similar/", enquiry_views.similar_questions, name="similar"),
    path("<slug:reference>/timetable.ics", views.timetable, name="timetable"),
    path("<slug:reference>/clarity/", views.clarity, name="clarity"),
    path("<slug:reference>/rules/<int:order>/", views.rulebook, name="rulebook"),
    path("<slug:reference>/rules/<int:order>.json", views.rulebook_json, name="rulebook_json"),
    path("<slug:reference>/rules/<int:order>/<int:number>/", views.rulebook, name="rulebook"),
    path(
        "<slug:reference>/rules/<int:order>/<int:number>.json",
        views.rulebook_json,
        name="rulebook_json",
    ),
]
