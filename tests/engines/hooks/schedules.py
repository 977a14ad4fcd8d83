"""Schedules: a minute of a `rate` passes in `MINUTE` seconds, as the waits of the state machine are shortened, too."""

from ministack.services import eventbridge, scheduler

MINUTE = 2


def install():
    seconds = eventbridge._parse_rate_seconds

    def shortened(expression):
        interval = seconds(expression)
        return None if interval is None else interval / 60 * MINUTE

    eventbridge._parse_rate_seconds = shortened
    scheduler._SCHEDULE_TICK_INTERVAL = 0.2
