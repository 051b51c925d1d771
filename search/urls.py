from django.urls import path

from search import views

app_name = "search"
urlpatterns = [
    path("", views.search, name="search"),
    path("suggest/", views.suggest, name="suggest"),
    path("recent/forget/", views.forget_recent, name="forget-recent"),
    path("save/", views.save_search, name="save"),
    path("saved/<int:pk>/forget/", views.forget_search, name="forget"),
]
