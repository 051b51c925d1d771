from django.urls import path

from marketplace.typed import views

app_name = "typed"
urlpatterns = [path("<slug:key>/", views.carry_on, name="carry_on")]
