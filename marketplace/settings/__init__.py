"""Settings: `base` holds what is common; one small module per environment adds to it.

`development` is the default for `manage.py`, `production` the default for the servers,
and `test` is used by pytest. Everything that differs between installations comes from
environment variables, listed in `docs/operations.md`.
"""
