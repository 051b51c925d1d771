"""The demonstration region: real challenges, and invented people and firms that answer them.

`load` builds it once; production never calls it. Everything invented carries
`is_demonstration`, and the same seed gives the same stories every time.
"""
