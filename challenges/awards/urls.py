from django.urls import path

from challenges.awards import team_views, views

app_name = "awards"
urlpatterns = [
    path("", views.project_list, name="projects"),
    path("projects.csv", views.project_csv, name="projects_csv"),
    path("pitches/<slug:reference>/decline/", team_views.decline, name="decline"),
    path("pitches/<slug:reference>/offer/", team_views.offer, name="offer"),
    path("<slug:slug>/", views.project, name="project"),
]
