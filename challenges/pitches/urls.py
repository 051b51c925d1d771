from django.urls import URLPattern

app_name = "pitches"
urlpatterns: list[URLPattern] = []
