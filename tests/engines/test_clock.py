"""Bounds that follow the clock, a pause and a dry run, as they are deployed."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import boto3
from stack import Subscriber, eventually

ZONE = "Asia/Kolkata"  # its offset from UTC has half an hour


def clock(moment):
    """Formats a time in the local time of the zone."""
    local = moment.astimezone(ZoneInfo(ZONE))
    return f"{local.hour}:{local.minute:02}"


def around(now, before=timedelta(hours=2), after=timedelta(hours=2)):
    """A window around now."""
    return {"HighStart": clock(now - before), "HighEnd": clock(now + after), "TimeZone": ZONE}


def test_the_schedule_moves_the_application(deployed):
    """No alarm, no hand: the heartbeat that EventBridge Scheduler sends finds the window open."""
    made = deployed(kpus=2, HighKpu="5", LowKpu="1-3", HeartbeatMinutes=1, **around(datetime.now(timezone.utc)))
    subscriber = Subscriber(made.stack)
    eventually("it has the size of the window", lambda: made.application.kpus == 5)
    text = subscriber.next_message()["Message"]
    assert "from 2 KPU to 5 KPU." in text and "Cause: it has 2 KPU, fewer than its minimum of 5 (daily " in text


def test_a_blocked_window_holds_a_breaching_alarm(deployed):
    made = deployed(kpus=2, Windows="daily 0:00-24:00 blocked")
    made.stack.publish("Out", 95.0)
    made.stack.set_alarm("Out", "ALARM")
    run = made.stack.next_run()
    assert (run.path[-1], run.output["scale"]["reason"], made.application.kpus) == ("Held", "BlockedWindow", 2)


def test_a_pause_is_a_tag_of_the_application(deployed, kpu):
    made = deployed(kpus=2, MaxKpu=6)
    stack = ["--stack", made.stack.name]
    paused = kpu("pause", *stack, "--direction", "out", "--minutes", "60")
    assert paused.returncode == 0, paused.stderr
    made.stack.publish("Out", 95.0)
    made.stack.set_alarm("Out", "ALARM")
    run = made.stack.next_run()
    assert (run.path[-1], run.output["scale"]["reason"], made.application.kpus) == ("Held", "Paused", 2)
    assert "paused       out until " in kpu("status", *stack).stdout
    doctor = kpu("doctor", *stack).stdout
    assert "scaling is paused by the tag kpu-autoscaler.pause: out until " in doctor
    resumed = kpu("resume", *stack)
    assert resumed.returncode == 0, resumed.stderr
    made.stack.start_by_hand()
    assert made.application.kpus == 6


def test_mode_observe_decides_and_scales_nothing(deployed, kpu):
    made = deployed(kpus=2, Mode="observe")
    made.stack.publish("Out", 95.0)
    made.stack.set_alarm("Out", "ALARM")
    run = made.stack.next_run()
    scale = run.output["scale"]
    assert (run.path[-1], scale["reason"], made.application.kpus) == ("Held", "Observing", 2)
    assert (scale["step"]["from"]["units"], scale["step"]["to"]["units"]) == (2, 6)
    assert "hold, Observing, instead of 2 → 6 KPU" in kpu("plan", "--stack", made.stack.name).stdout


def test_mode_off_reads_nothing(deployed):
    made = deployed(kpus=2, Mode="off")
    made.application.delete()
    run = made.stack.start_by_hand()
    assert (run.status, run.output["check"]["why"]) == ("SUCCEEDED", "Mode is off: nothing is checked or scaled")


def test_the_first_run_and_the_doctor_report_an_invalid_schedule(deployed, kpu):
    made = deployed(kpus=2, HighKpu="5", HighStart="8:00", HighEnd="18:00", TimeZone="Europe/Berln")
    run = made.stack.start_by_hand()
    why = "TimeZone 'Europe/Berln' is not in the IANA time zone database; did you mean Europe/Berlin?"
    assert run.status == "FAILED" and why in run.cause
    doctor = kpu("doctor", "--stack", made.stack.name)
    assert doctor.returncode == 4 and why in " ".join(doctor.stdout.split())
