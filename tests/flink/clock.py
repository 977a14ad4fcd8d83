"""A clock that runs faster: `SPEED` of its seconds pass in a second of the machine.

CLOCK_START and CLOCK_SPEED are the same in all processes of a test. The waits of the state machine are shortened alike
(SFN_WAIT_SCALE), and the functions take the time from the state machine. The monotonic clock, and Flink, stay in real time.
"""

import datetime
import os
import time

real_time, real_gmtime = time.time, time.gmtime

START = float(os.environ.get("CLOCK_START", "0"))
SPEED = float(os.environ.get("CLOCK_SPEED", "1"))


def begin(speed):
    """Starts the clock in this process, and returns the variables for other processes."""
    global START, SPEED
    START, SPEED = real_time(), float(speed)
    return {"CLOCK_START": str(START), "CLOCK_SPEED": str(SPEED)}


def now():
    return START + (real_time() - START) * SPEED


def at(real):
    """Returns the time of this clock at a real time."""
    return START + (real - START) * SPEED


def real(fast):
    """Returns the real time at a time of this clock."""
    return START + (fast - START) / SPEED


def install():
    """Replaces the time of day of this process. It must run before the import of code that reads the time."""

    class Fast(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(now(), tz)

        @classmethod
        def utcnow(cls):
            return cls.fromtimestamp(now(), datetime.timezone.utc).replace(tzinfo=None)

    datetime.datetime = Fast
    time.time = now
    time.gmtime = lambda seconds=None: real_gmtime(now() if seconds is None else seconds)
