from django.urls import path

from marketplace.accounts import views

urlpatterns = [
    path("you/", views.account, name="account"),
    path("name/", views.name, name="account_name"),
    path("second-factor/", views.second_factor_needed, name="second_factor_needed"),
]
