from search import get_backend  # noqa
