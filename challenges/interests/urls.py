from django.urls import path

from challenges.interests import views

app_name = "interests"
urlpatterns = [
    path("", views.register, name="register"),
    path("add/", views.add, name="add"),
    path("register.xlsx", views.export, name="export"),
    path("<int:pk>/", views.change, name="change"),
    path("<int:pk>/remove/", views.remove, name="remove"),
]
