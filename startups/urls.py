from django.urls import path

from startups.views import claims, directory, invitations, profile, team

app_name = "startups"
urlpatterns = [
    path("organisations/", directory.organisations, name="organisations"),
    path("organisations/register/", profile.register, name="register"),
    path("organisations/<slug:slug>/", directory.organisation, name="organisation"),
    path("organisations/<slug:slug>/edit/", profile.edit, name="edit"),
    path("organisations/<slug:slug>/capabilities/", claims.claims, name="claims"),
    path("organisations/<slug:slug>/capabilities/<slug:code>/", claims.claim, name="claim"),
    path(
        "organisations/<slug:slug>/capabilities/<slug:code>/remove/",
        claims.remove,
        name="remove_claim",
    ),
    path("organisations/<slug:slug>/team/", team.team, name="team"),
    path(
        "organisations/<slug:slug>/team/<int:pk>/remove/",
        team.remove_member,
        name="remove_member",
    ),
    path("organisations/<slug:slug>/team/<int:pk>/owner/", team.make_owner, name="make_owner"),
    path(
        "organisations/<slug:slug>/invitations/<int:pk>/resend/",
        team.resend_invitation,
        name="resend_invitation",
    ),
    path(
        "organisations/<slug:slug>/invitations/<int:pk>/cancel/",
        team.cancel_invitation,
        name="cancel_invitation",
    ),
    path("invitations/<slug:token>/", invitations.invitation, name="invitation"),
]
