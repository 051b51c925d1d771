from django.urls import path

from challenges.calls import views

app_name = "calls"
urlpatterns = [
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
