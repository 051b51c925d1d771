from django.urls import path

from marketplace.activity import views

app_name = "activity"
urlpatterns = [
    path("", views.notifications, name="notifications"),
    path("following/", views.following, name="following"),
    path("following/<int:pk>/", views.change_follow, name="change_follow"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("unexpected/<str:token>/", views.unexpected, name="unexpected"),
    path("read/", views.read_all, name="read_all"),
]
