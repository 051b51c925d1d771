from django.urls import path

from marketplace.activity import record_views as views

app_name = "record"
urlpatterns = [
    path("", views.record, name="record"),
    path("feed/", views.SealFeed(), name="feed"),
    path("seals.jsonl", views.seals, name="seals"),
    path("seals/<int:number>.json", views.seal, name="seal"),
    path("check_record.py", views.checker, name="checker"),
    path("keep/<str:token>/", views.confirm, name="confirm"),
    path("stop/<str:token>/", views.stop, name="stop"),
]
