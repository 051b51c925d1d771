"""What judges open."""
