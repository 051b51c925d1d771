"""The desk's addresses, under Wagtail's admin."""

from django.urls import path

from cms.desk.views import (
    addenda,
    approvals,
    calls,
    decisions,
    panel,
    pitches,
    promises,
    stages,
)

app_name = "desk"
urlpatterns = [
    path("calls/", calls.calls, name="calls"),
    path("calls/new/", calls.new_call, name="new_call"),
    path("calls/<int:pk>/", calls.call, name="call"),
    path("calls/clarity/", promises.clarity, name="clarity"),
    path("calls/<int:pk>/legal/", promises.legal, name="legal"),
    path("calls/<int:pk>/brief/", promises.brief, name="brief"),
    path("calls/<int:pk>/details/", calls.edit_call, name="edit_call"),
    path("calls/<int:pk>/page/", calls.make_page, name="make_page"),
    path("calls/<int:pk>/propose/", approvals.propose, name="propose"),
    path("calls/<int:pk>/approve/", approvals.approve, name="approve"),
    path("calls/<int:pk>/return/", approvals.send_back, name="return"),
    path("calls/<int:pk>/cancel/", approvals.cancel, name="cancel"),
    path("calls/<int:pk>/shape/", stages.start_from_shape, name="shape"),
    path("calls/<int:pk>/copy/", stages.copy_call, name="copy_call"),
    path("stages/<int:pk>/try/", stages.try_stage, name="try"),
    path("calls/<int:pk>/add-stage/", stages.add_stage, name="add_stage"),
    path("stages/<int:pk>/", stages.edit_stage, name="edit_stage"),
    path("stages/<int:pk>/move/", stages.move_stage, name="move_stage"),
    path("stages/<int:pk>/remove/", stages.remove_stage, name="remove_stage"),
    path("stages/<int:pk>/extend/", addenda.extend, name="extend"),
    path("stages/<int:pk>/rules/", addenda.change_rules, name="change_rules"),
    path("addenda/<int:pk>/", addenda.addendum, name="addendum"),
    path("stages/<int:pk>/panel/", panel.panel, name="panel"),
    path("stages/<int:pk>/panel/reviews/", panel.set_reviews, name="set_reviews"),
    path("stages/<int:pk>/panel/share-out/", panel.share_out, name="share_out"),
    path("judges/<int:pk>/resend/", panel.resend, name="resend"),
    path("judges/<int:pk>/remove/", panel.remove, name="remove_member"),
    path("pitches/", pitches.pitches, name="pitches"),
    path("pitches/export.<str:kind>", pitches.export, name="export"),
    path("pitches/<int:pk>/", pitches.pitch, name="pitch"),
    path("pitches/<int:pk>/decision/", decisions.decision, name="decision"),
    path("stages/<int:pk>/ranking/", decisions.ranking, name="ranking"),
    path("stages/<int:pk>/letters/", decisions.letters, name="letters"),
    path("stages/<int:pk>/release/", decisions.release, name="release"),
]
