from django.urls import path

from marketplace.accounts import views

urlpatterns = [
    path("second-factor/", views.second_factor_needed, name="second_factor_needed"),
]
