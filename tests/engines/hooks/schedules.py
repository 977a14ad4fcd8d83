"""Schedules: a minute of the heartbeat's `cron` lasts `MINUTE` seconds, because the waits of the state machine are shortened as well.

MiniStack fires a `cron` schedule at the minutes of the clock. An expression that it cannot parse never fires, also with this hook.
"""

import re

from ministack.services import eventbridge, scheduler

MINUTE = 2
HEARTBEAT = re.compile(r"cron\(0(?:/(\d+))? \* \* \* \? \*\)")


def install():
    seconds = eventbridge._parse_rate_seconds

    def shortened(expression):
        heartbeat = HEARTBEAT.fullmatch(expression)
        if heartbeat and eventbridge._parse_cron_fields(expression):
            return int(heartbeat[1] or 60) * MINUTE
        return seconds(expression)

    eventbridge._parse_rate_seconds = shortened
    scheduler._SCHEDULE_TICK_INTERVAL = 0.2
