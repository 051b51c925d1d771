"""Nothing of people: names of tasks and parts, and ids."""

from marketplace.outages.models import OwedTask, Part
from marketplace.retention import kept, register

register(OwedTask, kept("task", "given", why="goes when it is done; ids and names of code"))
register(Part, kept("name", "error", why="names a part and a kind of error"))
