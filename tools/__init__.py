"""What stands behind the Makefile: set-up, checks, tests and throw-away servers.

Runs before anything is installed, so it imports the standard library only.
"""
