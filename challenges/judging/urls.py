from django.urls import path

from challenges.judging.views import conflicts, invitations, panels, reviews

app_name = "judging"
urlpatterns = [
    path("", panels.panel_list, name="panels"),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    path("panels/<int:pk>/", panels.panel, name="panel"),
    path("panels/<int:pk>/interests/", panels.declare, name="declare"),
    path("panels/<int:pk>/register/", conflicts.register, name="register"),
    path("reviews/<int:pk>/", reviews.review, name="review"),
    path("reviews/<int:pk>/autosave/", reviews.autosave, name="autosave"),
    path("reviews/<int:assignment>/files/<int:pk>/", reviews.attachment, name="attachment"),
]
