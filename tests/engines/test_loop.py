"""The deployed loop: an alarm changes its state, and the real functions scale the application."""

import json

import boto3
import pytest
from package import sam
from stack import DEMAND, Application, Subscriber, PlainStack, Stack, eventually

ROUND = ["Check", "IsCalledFor", "Scale", "IsScaling", "AwaitUpdate", "Poll", "IsSettled", "GracePeriod"]
UPDATING = ["Poll", "IsSettled", "AwaitSettling"]
QUIET = ["Check", "IsCalledFor", "Quiet"]


def without_further_polls(path):
    """Removes the polls of a running update from a path of states."""
    text = ",".join(path)
    return text.replace(",".join(UPDATING) + ",", "").split(",")


def test_sam_deploy_makes_a_stack_that_scales(engine, template):
    """The command of the README. tests/engines/build has run `sam build`."""
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
    subscriber = Subscriber(made.stack)
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
        message = subscriber.next_message()
        assert message["Subject"] == f"{made.application.name}: scaled out {sizes}"
        lines = message["Message"].splitlines()
        assert lines[0] == f"The application '{made.application.name}' was scaled out {sizes}.", "a text without quotation marks"
        assert [line.split(" ")[0] for line in lines[1:]] == ["", "Cause:", "Result", "Execution:"]
        assert f"#/v2/executions/details/{run.arn}" in lines[-1]


def test_user_alarms_start_runs_and_scale(deployed):
    """The stack has no alarms that scale. The user alarms watch a metric of another namespace and dimension."""
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
    watch.set_alarm_state(AlarmName="waiting-high", StateValue="ALARM", StateReason="set by a test")
    eventually("it has scaled", lambda: made.application.kpus == 6)
    watch.set_alarm_state(AlarmName="waiting-high", StateValue="OK", StateReason="set by a test")
    run = made.stack.next_run()
    assert (run.status, run.output["check"]["verdict"]) == ("SUCCEEDED", "Quiet")


def test_an_alarm_scales_in_down_to_the_minimum(deployed):
    made = deployed(kpus=9, MinKpu=4)
    made.stack.publish("In", 12.0)
    made.stack.set_alarm("In", "ALARM")
    run = made.stack.next_run()
    # 9 / 1.5 = 6 and 6 / 1.5 = 4, the minimum. The alarm stays in ALARM, and the run ends.
    assert (run.status, run.path[-1], run.output["scale"]["reason"]) == ("SUCCEEDED", "Held", "AtMinimum")
    assert made.application.kpus == 4


def test_adding_and_subtracting(deployed):
    made = deployed(kpus=3, ScalingOperation="Add/Subtract", ScaleOutFactor=2, ScaleInFactor=1)
    made.stack.publish("Out", 95.0)
    made.stack.set_alarm("Out", "ALARM")
    eventually("it has scaled", lambda: made.application.kpus == 5)
    made.stack.set_alarm("Out", "OK")
    assert made.stack.next_run().status == "SUCCEEDED"


def test_a_run_at_the_maximum_is_held_and_ends(deployed):
    made = deployed(kpus=4, MaxKpu=4)
    made.stack.publish("Out", 95.0)
    made.stack.set_alarm("Out", "ALARM")
    run = made.stack.next_run()
    assert run.path == ["Check", "IsCalledFor", "Scale", "IsScaling", "Held"], "five transitions only"
    assert run.output["scale"]["reason"] == "AtMaximum"
    assert made.application.kpus == 4


def test_the_size_follows_the_demand(deployed):
    made = deployed(kpus=2, **DEMAND)
    # With a constant lag, the capacity of two KPUs equals the arrivals, 1000 records a second each. Required is a utilization of
    # 76 %, and a catch-up of the backlog and a restart within ten minutes: 2000 / 0.76 + 2000 * (90 + 150) / 600 = 3432.
    made.stack.publish_demand(lag_seconds=90, cpu=95, records_a_minute=120_000)
    made.stack.set_alarm("Out", "ALARM")
    eventually("it has the required size", lambda: made.application.kpus == 4)
    made.stack.set_alarm("Out", "OK")
    assert made.stack.next_run().status == "SUCCEEDED"


def test_by_demand_a_scale_in_needs_ten_minutes_of_data(deployed):
    made = deployed(kpus=8, **DEMAND)
    made.stack.publish_demand(lag_seconds=0, cpu=20, records_a_minute=120_000)
    made.stack.set_alarm("In", "ALARM")
    run = made.stack.next_run()
    assert (run.path[-1], run.output["scale"]["reason"]) == ("Held", "NoFreshData"), "there are seven minutes of data"


def scale_out_to(made, kpus):
    """Keeps the alarm in ALARM until the application has this number of KPUs."""
    made.stack.set_alarm("Out", "ALARM")
    eventually(f"it has {kpus} KPU", lambda: made.application.kpus == kpus)
    made.stack.set_alarm("Out", "OK")
    return made.stack.next_run()


def test_a_run_has_the_documented_number_of_transitions(deployed):
    made = deployed(kpus=1, ScalingOperation="Add/Subtract", ScaleOutFactor=1, ScaleInFactor=1)
    assert made.stack.start_by_hand().transitions == 3, "nothing to do"
    made.stack.publish("Out", 95.0)
    # The duration of an update is not known yet, so the first run polls more than once.
    first = scale_out_to(made, 2)
    polls = first.path.count("Poll")
    assert polls > 1 and first.transitions == 11 + 3 * (polls - 1)
    # Later runs use the duration of the earlier updates.
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


def test_an_alarm_without_confirming_data_scales_nothing(deployed):
    made = deployed(kpus=2)
    made.stack.publish("Out", 20.0)
    made.stack.set_alarm("Out", "ALARM")
    run = made.stack.next_run()
    assert run.path == QUIET
    assert "no longer" in run.output["check"]["why"]


def test_a_heartbeat_with_nothing_to_do_has_three_transitions(deployed):
    made = deployed(kpus=2, HeartbeatMinutes=1)
    assert made.stack.next_run().transitions == 3


def test_the_heartbeat_replaces_a_lost_event(deployed):
    made = deployed(kpus=2, HeartbeatMinutes=1)
    boto3.client("events").disable_rule(Name=made.stack.resources["AlarmRule"])
    made.stack.publish("Out", 95.0)
    made.stack.set_alarm("Out", "ALARM")
    eventually("the heartbeat has scaled it", lambda: made.application.kpus == 6)


@pytest.mark.parametrize(("update", "error", "kpus"), [
    ("stops", "ApplicationStopped", 6),
    ("rolls-back", "UpdateRolledBack", 2),
])
def test_a_failed_update_is_published_and_not_repeated(deployed, update, error, kpus):
    made = deployed(kpus=2)
    subscriber = Subscriber(made.stack)
    made.application.steer(update=update)
    made.stack.publish("Out", 95.0)
    made.stack.set_alarm("Out", "ALARM")
    run = made.stack.next_run()
    assert (run.status, run.error, made.application.kpus) == ("FAILED", error, kpus)
    assert "the job could not be started" in run.cause
    message = subscriber.next_message()
    # SNS allows 100 characters, so that a long name is cut.
    name, what = message["Subject"].split(": ", 1)
    assert made.application.name.startswith(name.removesuffix("...")) and what == "scaling out from 2 KPU to 6 KPU failed"
    result, remedy = run.cause.split("; ", 1)
    assert result in message["Message"] and f"Remedy: {remedy}" in message["Message"], "the notification has the cause of the execution"
    if update == "stops":
        made.application.start()
    again = made.stack.start_by_hand()
    assert again.output["scale"]["reason"] == "AfterFailure"


def test_an_event_reaches_other_programs_unchanged(deployed):
    """EventBridge delivers the string that InputPath selects as JSON, in quotation marks. Source: a recording of AWS of 13 May 2024."""
    made = deployed(kpus=2)
    queue = boto3.client("sqs").create_queue(QueueName=f"{made.stack.name}-events")["QueueUrl"]
    arn = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events = boto3.client("events")
    events.put_rule(Name=made.stack.name, EventPattern=json.dumps({"source": ["kpu-autoscaler"], "detail": {"application": [made.application.name]}}))
    events.put_targets(Rule=made.stack.name, Targets=[
        {"Id": "event", "Arn": arn}, {"Id": "message", "Arn": arn, "InputPath": "$.detail.message"}])
    made.stack.publish("Out", 95.0)
    made.stack.set_alarm("Out", "ALARM")
    eventually("it has scaled", lambda: made.application.kpus == 6)
    made.stack.set_alarm("Out", "OK")
    receive = lambda: boto3.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=1, MaxNumberOfMessages=2).get("Messages", [])
    bodies = []
    eventually("both targets have the event", lambda: bodies.extend(m["Body"] for m in receive()) or len(bodies) >= 2)
    event = json.loads(next(body for body in bodies if body.startswith("{")))
    assert (event["detail-type"], event["detail"]["toKpus"]) == ("Application Scaled", 6)
    assert any(body == json.dumps(event["detail"]["message"]) for body in bodies), "the emulator delivers the quotation marks as AWS does"


def test_a_notification_that_cannot_be_published_fails_its_execution(deployed):
    """The alarm on failed runs counts these executions. The application is scaled nevertheless."""
    made = deployed(kpus=2)
    boto3.client("sns").delete_topic(TopicArn=made.stack.outputs["NotificationTopic"])
    made.stack.publish("Out", 95.0)
    made.stack.set_alarm("Out", "ALARM")
    eventually("it has scaled", lambda: made.application.kpus == 6)
    made.stack.set_alarm("Out", "OK")
    states = boto3.client("stepfunctions")
    machine = made.stack.resources["NotificationStateMachine"]
    failed = lambda: states.list_executions(stateMachineArn=machine, statusFilter="FAILED")["executions"]
    eventually("the execution fails", failed, timeout=60)
    assert made.stack.next_run().status == "SUCCEEDED"


def test_a_missing_application_fails_with_a_remedy(deployed):
    made = deployed()
    made.application.delete()
    run = made.stack.start_by_hand()
    assert (run.status, run.error) == ("FAILED", "TaskFailed")
    cause = json.loads(run.cause)["errorMessage"]
    assert "ApplicationName names one that does not exist" in cause
