from django.urls import path

from challenges.people import views

app_name = "people"
urlpatterns = [
    path("", views.people, name="people"),
    path("own/", views.own, name="own"),
    path("own/<int:pk>/", views.change, name="change"),
    path("own/<int:pk>/leave/", views.leave, name="leave"),
    path("<int:pk>/", views.person, name="person"),
]
