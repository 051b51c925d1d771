"""Python reads this by its name at its start, from `PYTHONPATH`: a process with another clock.

libfaketime can't be used: it breaks `time.sleep` of Python 3.11, which waits for a moment.
"""

import os

if seconds := os.environ.get("CHAOS_CLOCK"):
    from datetime import UTC, datetime, timedelta

    import time_machine

    time_machine.travel(datetime.now(UTC) + timedelta(seconds=float(seconds)), tick=True).start()
