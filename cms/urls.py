from django.urls import path

from cms.dashboard import dashboard
from cms.demonstration.views import mail

urlpatterns = [
    path("dashboard/", dashboard, name="dashboard"),
    path("demonstration/mail/", mail, name="demonstration_mail"),
]
