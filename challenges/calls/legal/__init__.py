"""What each legal route asks of an officer: dated rules with sources, and no legal advice."""
