from django.urls import path

from cms.dashboard import dashboard
from cms.demonstration.views import mail
from cms.following import follow_thing

urlpatterns = [
    path("follow/<slug:kind>/<int:pk>/", follow_thing, name="follow"),
    path("dashboard/", dashboard, name="dashboard"),
    path("demonstration/mail/", mail, name="demonstration_mail"),
]
