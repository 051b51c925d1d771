from django.urls import path

from marketplace.access import public
from marketplace.accounts import views
from marketplace.accounts.confirmation import EmailCodeView

urlpatterns = [
    # Before allauth's own page at the same address and by the same name.
    path(
        "confirm-email/",
        public(EmailCodeView.as_view()),
        name="account_email_verification_sent",
    ),
    path("you/", views.account, name="account"),
    path("name/", views.name, name="account_name"),
    path("sessions/", views.sessions, name="account_sessions"),
    path("copy/", views.copy, name="account_copy"),
    path("delete/", views.delete, name="account_delete"),
    path("deleted/", views.deleted, name="account_deleted"),
    path("second-factor/", views.second_factor_needed, name="second_factor_needed"),
    path("second-factor/continue/", views.second_factor_continue, name="second_factor_continue"),
]
