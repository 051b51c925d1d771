from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "challenges.people"
    label = "people"
    verbose_name = "People"
