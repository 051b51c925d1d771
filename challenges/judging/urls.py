from django.urls import path

from challenges.judging.views import (
    appeals,
    calibration,
    conflicts,
    invitations,
    meetings,
    panels,
    reviews,
    statistics,
)

app_name = "judging"
urlpatterns = [
    path("", panels.panel_list, name="panels"),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    path("invitations/<str:token>/decline/", invitations.decline, name="decline"),
    path("results/<str:reference>.csv", statistics.results_csv, name="results_csv"),
    path("results/<str:reference>/", statistics.results, name="results"),
    path("panels/<int:pk>/", panels.panel, name="panel"),
    path("panels/<int:pk>/interests/", panels.declare, name="declare"),
    path("panels/<int:pk>/availability/", panels.availability, name="availability"),
    path("panels/<int:pk>/step-down/", panels.step_down, name="step_down"),
    path("panels/<int:pk>/calibration/", calibration.calibration, name="calibration"),
    path("panels/<int:pk>/calibration/<int:number>/", calibration.sample, name="sample"),
    path("panels/<int:pk>/register/", conflicts.register, name="register"),
    path("stages/<int:pk>/conflicts/", conflicts.stage_conflicts, name="conflicts"),
    path("stages/<int:pk>/conflicts/declare/", conflicts.declare_own, name="declare_own"),
    path("stages/<int:pk>/conflicts.csv", conflicts.assessment_csv, name="conflicts_csv"),
    path("stages/<int:pk>/calibration/end/", calibration.end, name="end_calibration"),
    path("stages/<int:pk>/meeting/", meetings.meeting, name="meeting"),
    path("entries/<int:pk>/meeting/", meetings.discuss, name="discuss"),
    path("pitches/<str:reference>/result.pdf", appeals.letter, name="letter"),
    path("pitches/<str:reference>/appeal/", appeals.appeal, name="appeal"),
    path("appeals/<int:pk>/withdraw/", appeals.withdraw, name="withdraw_appeal"),
    path("conflicts/<int:pk>/", conflicts.conflict, name="conflict"),
    path("reviews/<int:pk>/", reviews.review, name="review"),
    path("reviews/<int:pk>/autosave/", reviews.autosave, name="autosave"),
    path("reviews/<int:assignment>/files/<int:pk>/", reviews.attachment, name="attachment"),
]
