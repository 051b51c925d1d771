"""Parts that go away: each is left alone for a while, what was owed to it is kept, and it is said.

`breaker` is what a process does about a part that failed it; `owed` keeps tasks until they are
done; `watching` looks at every part now and then and notes since when it is away; `selectors` says
what that means to people. Imports nothing of the floors above.
"""
