"""The loop, as it is deployed: an alarm changes its state, and the real functions do the rest."""

import json

import boto3
import pytest
from conftest import sam
from stack import DEMAND, Application, Listener, PlainStack, Stack, eventually

ROUND = ["Check", "IsCalledFor", "Scale", "IsScaling", "AwaitUpdate", "Poll", "IsSettled", "GracePeriod"]
UPDATING = ["Poll", "IsSettled", "AwaitSettling"]
QUIET = ["Check", "IsCalledFor", "Quiet"]


def without_further_polls(path):
    """A path of states without the looks at an update that was still under way."""
    text = ",".join(path)
    return text.replace(",".join(UPDATING) + ",", "").split(",")


def test_sam_deploy_makes_a_stack_that_scales(engine, template):
    """By the command of the README: `sam build` stands in tests/engines/run."""
    application = Application("orders", kpus=2)
    sam("deploy", "--stack-name", "orders-scaling", "--resolve-s3", "--capabilities", "CAPABILITY_IAM",
        "--no-confirm-changeset", "--parameter-overrides", "ApplicationName=orders", "Architecture=x86_64", "HeartbeatMinutes=60")
    stack = Stack("orders-scaling")
    stack.publish("Out", 95.0)
    stack.set_alarm("Out", "ALARM")
    eventually("it has scaled", lambda: application.kpus == 6)
    stack.set_alarm("Out", "OK")
    assert stack.next_run().status == "SUCCEEDED"
    stack.delete()


def test_an_alarm_scales_out_until_it_is_ok(deployed):
    made = deployed(kpus=2)
    listener = Listener(made.stack)
    assert made.application.parallelism["AutoScalingEnabled"]
    made.stack.publish("Out", 95.0)
    made.stack.set_alarm("Out", "ALARM")
    eventually("it has scaled twice", lambda: made.application.kpus == 18)
    made.stack.set_alarm("Out", "OK")
    run = made.stack.next_run()
    assert (run.status, without_further_polls(run.path)) == ("SUCCEEDED", ROUND * 2 + QUIET)
    assert run.output["check"]["verdict"] == "Quiet"
    assert made.application.kpus == 18
    assert not made.application.parallelism["AutoScalingEnabled"], "two autoscalers would undo each other"
    for sizes in ("from 2 KPU to 6 KPU", "from 6 KPU to 18 KPU"):
        assert sizes in listener.hears()


def test_alarms_of_the_user_wake_and_scale(deployed):
    """The stack makes none of its own. What they watch is for them to say: here a metric of another namespace and dimension."""
    watch = boto3.client("cloudwatch")
    alarms = {"waiting-high": ("GreaterThanThreshold", 30), "busy-high": ("GreaterThanThreshold", 90),
              "waiting-low": ("LessThanOrEqualToThreshold", 10)}
    for name, (comparison, threshold) in alarms.items():
        watch.put_metric_alarm(
            AlarmName=name, Namespace="Shop", MetricName=name.split("-")[0].title(), Dimensions=[{"Name": "Queue", "Value": "orders"}],
            Statistic="Average", Period=60, EvaluationPeriods=3, ComparisonOperator=comparison, Threshold=threshold)
    made = deployed(kpus=2, ScaleMetric="UserAlarms", MoreScaleOutAlarms="busy-high,waiting-high", MoreScaleInAlarms="waiting-low")
    assert "ScaleOutAlarm" not in made.stack.resources
    made.stack.publish_to("waiting-high", 50.0)
    watch.set_alarm_state(AlarmName="waiting-high", StateValue="ALARM", StateReason="the test says so")
    eventually("it has scaled", lambda: made.application.kpus == 6)
    watch.set_alarm_state(AlarmName="waiting-high", StateValue="OK", StateReason="the test says so")
    run = made.stack.next_run()
    assert (run.status, run.output["check"]["verdict"]) == ("SUCCEEDED", "Quiet")


def test_an_alarm_scales_in_down_to_the_minimum(deployed):
    made = deployed(kpus=9, MinKpu=4)
    made.stack.publish("In", 12.0)
    made.stack.set_alarm("In", "ALARM")
    run = made.stack.next_run()
    # 9 / 1.5 = 6, 6 / 1.5 = 4, and no further: the alarm goes on, and the run ends.
    assert (run.status, run.path[-1], run.output["scale"]["reason"]) == ("SUCCEEDED", "Held", "AtMinimum")
    assert made.application.kpus == 4


def test_adding_and_subtracting(deployed):
    made = deployed(kpus=3, ScalingOperation="Add/Subtract", ScaleOutFactor=2, ScaleInFactor=1)
    made.stack.publish("Out", 95.0)
    made.stack.set_alarm("Out", "ALARM")
    eventually("it has scaled", lambda: made.application.kpus == 5)
    made.stack.set_alarm("Out", "OK")
    assert made.stack.next_run().status == "SUCCEEDED"


def test_at_the_bound_a_run_says_so_and_ends(deployed):
    made = deployed(kpus=4, MaxKpu=4)
    made.stack.publish("Out", 95.0)
    made.stack.set_alarm("Out", "ALARM")
    run = made.stack.next_run()
    assert run.path == ["Check", "IsCalledFor", "Scale", "IsScaling", "Held"], "five transitions, and no more"
    assert run.output["scale"]["reason"] == "AtMaximum"
    assert made.application.kpus == 4


def test_the_size_follows_the_demand(deployed):
    made = deployed(kpus=2, **DEMAND)
    # Two KPUs with a standing lag can do what comes in; needed are that at 76 %, the backlog and a restart in ten minutes:
    # 2000 / 0.76 + 2000 * (90 + 150) / 600 = 3432 records a second, of which each does 1000.
    made.stack.publish_demand(lag_seconds=90, cpu=95, records_a_minute=120_000)
    made.stack.set_alarm("Out", "ALARM")
    eventually("it has what the load needs", lambda: made.application.kpus == 4)
    made.stack.set_alarm("Out", "OK")
    assert made.stack.next_run().status == "SUCCEEDED"


def test_by_demand_a_step_in_needs_ten_quiet_minutes(deployed):
    made = deployed(kpus=8, **DEMAND)
    made.stack.publish_demand(lag_seconds=0, cpu=20, records_a_minute=120_000)
    made.stack.set_alarm("In", "ALARM")
    run = made.stack.next_run()
    assert (run.path[-1], run.output["scale"]["reason"]) == ("Held", "NoFreshData"), "there are seven"


def scale_out_to(made, kpus):
    """Lets the alarm ring until the application has so many KPUs."""
    made.stack.set_alarm("Out", "ALARM")
    eventually(f"it has {kpus} KPU", lambda: made.application.kpus == kpus)
    made.stack.set_alarm("Out", "OK")
    return made.stack.next_run()


def test_a_run_costs_what_is_promised(deployed):
    made = deployed(kpus=1, ScalingOperation="Add/Subtract", ScaleOutFactor=1, ScaleInFactor=1)
    assert made.stack.start_by_hand().transitions == 3, "nothing to do"
    made.stack.publish("Out", 95.0)
    # It does not know yet how long an update takes, and looks more than once.
    first = scale_out_to(made, 2)
    looks = first.path.count("Poll")
    assert looks > 1 and first.transitions == 11 + 3 * (looks - 1)
    # From now on it does.
    assert scale_out_to(made, 3).transitions == 11, "one round"
    assert scale_out_to(made, 6).transitions == 27, "three rounds"


def test_the_dashboard_draws_the_alarms_of_the_stack(deployed, dashboard_template):
    made = deployed(kpus=2, ScaleMetric="millisBehindLatest", KinesisStreamName="clicks")
    dashboard = PlainStack.create(dashboard_template, f"{made.stack.name}-view", AutoscalerStack=made.stack.name,
                                  StateMachineArn=made.stack.outputs["StateMachineArn"], ApplicationName=made.application.name,
                                  KinesisStreamName="clicks")
    body = boto3.client("cloudwatch").get_dashboard(DashboardName=made.stack.name)["DashboardBody"]
    widgets = {widget["properties"].get("title"): widget["properties"] for widget in json.loads(body)["widgets"]}
    alarms = [made.stack.alarm(direction)["AlarmArn"] for direction in ("Out", "In")]
    assert [widgets[title]["annotations"]["alarms"] for title in ("Scale-out alarm", "Scale-in alarm")] == [alarms[:1], alarms[1:]]
    assert widgets["Alarms"]["alarms"][:2] == alarms
    assert f"SOURCE '{made.stack.resources['FunctionLogs']}'" in widgets["Last scalings"]["query"]
    dashboard.delete()


def test_an_alarm_that_nothing_bears_out_moves_nothing(deployed):
    made = deployed(kpus=2)
    made.stack.publish("Out", 20.0)
    made.stack.set_alarm("Out", "ALARM")
    run = made.stack.next_run()
    assert run.path == QUIET
    assert "no longer" in run.output["check"]["why"]


def test_a_heartbeat_that_finds_nothing_to_do_costs_three(deployed):
    made = deployed(kpus=2, HeartbeatMinutes=1)
    assert made.stack.next_run().transitions == 3


def test_the_heartbeat_makes_good_an_event_that_was_lost(deployed):
    made = deployed(kpus=2, HeartbeatMinutes=1)
    boto3.client("events").disable_rule(Name=made.stack.resources["AlarmRule"])
    made.stack.publish("Out", 95.0)
    made.stack.set_alarm("Out", "ALARM")
    eventually("the heartbeat has scaled it", lambda: made.application.kpus == 6)


@pytest.mark.parametrize(("update", "error", "kpus"), [
    ("stops", "ApplicationStopped", 6),
    ("rolls-back", "UpdateRolledBack", 2),
])
def test_an_update_that_fails_is_told_and_not_repeated(deployed, update, error, kpus):
    made = deployed(kpus=2)
    listener = Listener(made.stack)
    made.application.steer(update=update)
    made.stack.publish("Out", 95.0)
    made.stack.set_alarm("Out", "ALARM")
    run = made.stack.next_run()
    assert (run.status, run.error, made.application.kpus) == ("FAILED", error, kpus)
    assert "the job could not be started" in run.cause
    assert run.cause in listener.hears(), "who is told reads what the execution says"
    if update == "stops":
        made.application.start()
    again = made.stack.start_by_hand()
    assert again.output["scale"]["reason"] == "AfterFailure"


def test_an_application_that_does_not_exist_fails_in_words_that_say_what_to_change(deployed):
    made = deployed()
    made.application.delete()
    run = made.stack.start_by_hand()
    assert (run.status, run.error) == ("FAILED", "TaskFailed")
    cause = json.loads(run.cause)["errorMessage"]
    assert "ApplicationName names one that does not exist" in cause
