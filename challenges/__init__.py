"""The competition, from call to outcome."""
