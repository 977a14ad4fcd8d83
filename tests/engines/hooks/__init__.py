"""What MiniStack lacks and this product needs, each in a file of its own that says what AWS does and what is changed.

A hook replaces a function of MiniStack's before it starts. It never answers in place of what is tested: the template,
the state machine and the three functions are as they are deployed.
"""

from . import alarms, applications, functions, permissions, schedules, streams

ALL = [alarms, applications, functions, permissions, schedules, streams]


def install():
    """Installs every hook."""
    for hook in ALL:
        hook.install()
