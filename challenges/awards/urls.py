from django.urls import path

from challenges.awards import views

app_name = "awards"
urlpatterns = [
    path("", views.project_list, name="projects"),
    path("projects.csv", views.project_csv, name="projects_csv"),
    path("<slug:slug>/", views.project, name="project"),
]
