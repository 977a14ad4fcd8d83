"""Functions of AWS that MiniStack lacks. The docstring of each file describes AWS and the change.

A hook replaces a function of MiniStack before its start. No hook replaces a tested part: the template, the state machine and
the three functions are the deployed ones.
"""

from . import alarms, applications, deployments, functions, permissions, schedules, searches, streams

ALL = [alarms, applications, deployments, functions, permissions, schedules, searches, streams]


def install():
    """Installs every hook."""
    for hook in ALL:
        hook.install()
