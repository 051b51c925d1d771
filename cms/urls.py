from django.urls import path

from cms.dashboard import dashboard
from cms.demonstration.views import mail
from cms.following import follow_thing
from cms.matching import judge_match, partners

urlpatterns = [
    path("follow/<slug:kind>/<int:pk>/", follow_thing, name="follow"),
    path("matches/<slug:slug>/", judge_match, name="judge_match"),
    path("matches/<slug:slug>/partners/", partners, name="partners"),
    path("dashboard/", dashboard, name="dashboard"),
    path("demonstration/mail/", mail, name="demonstration_mail"),
]
