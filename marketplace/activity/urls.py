from django.urls import path

from marketplace.activity import views

app_name = "activity"
urlpatterns = [
    path("", views.notifications, name="notifications"),
    path("read/", views.read_all, name="read_all"),
]
