"""`kpu doctor`, `kpu status`, `kpu plan` and `kpu explain` on deployed stacks, healthy and defective ones."""

import json
import re
import uuid
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import boto3
import pytest
from conftest import ROOT
from stack import DEMAND, Application, Subscriber, eventually, user_topic


@pytest.fixture
def findings(kpu):
    """Runs the doctor, and returns level and text by check."""

    def of(*arguments, code):
        done = kpu("doctor", *arguments, "--json")
        assert done.returncode == code, done.stdout + done.stderr
        found = json.loads(done.stdout)["findings"]
        return {finding["check"]: (finding["level"], finding["message"] + " → " + finding.get("remedy", ""))
                for finding in found}

    return of


def healthy(deployed, cpu=20.0, **parameters):
    """A stack without findings, except the application's built-in autoscaling. Its topic is the user's, so that it has all alarms."""
    made = deployed(kpus=2, NotificationTopicArn=user_topic(f"ours-{uuid.uuid4()}"), **parameters)
    Subscriber(made.stack)
    made.stack.publish("Out", cpu)
    made.stack.start_by_hand()
    return made


def test_the_doctor_finds_nothing_on_a_healthy_stack(deployed, kpu, findings):
    made = healthy(deployed)
    found = findings("--stack", made.stack.name, code=0)
    assert {check for check, (level, _) in found.items() if level != "good"} == {"built-in-autoscaling"}
    by_application = findings("--application", made.application.name, code=0)
    assert by_application == found, "the stack of an application is found"
    text = kpu("doctor", "--stack", made.stack.name).stdout
    assert "0 problems, 1 warning" in text and "account" in text.splitlines()[0]


@pytest.mark.parametrize(("name", "meant"), [("openorders", "openOrders: upper and lower case matter"),
                                             ("openOrder", "there is openOrders"), ("nothing", "with its first dimension there are")])
def test_the_doctor_suggests_a_published_metric(deployed, findings, name, meant):
    thresholds = {"ScaleOutThreshold": 900, "ScaleInThreshold": 100}
    made = deployed(ScaleMetric="Custom", CustomMetricName=name, **thresholds)
    dimensions = [{"Name": "Application", "Value": made.application.name}]
    boto3.client("cloudwatch").put_metric_data(
        Namespace="AWS/KinesisAnalytics",
        MetricData=[{"MetricName": "openOrders", "Dimensions": dimensions, "Value": 5.0}])
    found = findings("--stack", made.stack.name, code=4)
    level, text = found["scale-out-metric"]
    assert level == "problem" and meant in text


BREAKS = {
    "snapshots": ("problem", {"ApplicationSnapshotConfigurationUpdate": {"SnapshotsEnabledUpdate": False}}),
    "system-rollback": ("warning", {"ApplicationSystemRollbackConfigurationUpdate": {"RollbackEnabledUpdate": False}}),
    "monitoring-level": ("good", {"FlinkApplicationConfigurationUpdate": {"MonitoringConfigurationUpdate": {
        "ConfigurationTypeUpdate": "CUSTOM", "MetricsLevelUpdate": "TASK"}}}),
}


@pytest.mark.parametrize("check", BREAKS)
def test_the_doctor_checks_the_application(deployed, findings, check):
    expected, change = BREAKS[check]
    made = healthy(deployed)
    before = findings("--stack", made.stack.name, code=0)[check]
    made.application.update_by_hand(**change)
    level, text = findings("--stack", made.stack.name, code=4 if expected == "problem" else 0)[check]
    assert level == expected and text != before[1]


def test_the_doctor_and_the_status_check_rule_and_alarms(deployed, kpu, findings):
    made = healthy(deployed)
    resources = made.stack.resources
    rules, watch = boto3.client("events"), boto3.client("cloudwatch")
    rules.disable_rule(Name=resources["AlarmRule"])
    assert findings("--stack", made.stack.name, code=4)["alarm-rule"][0] == "problem"
    rules.enable_rule(Name=resources["AlarmRule"])
    watch.set_alarm_state(AlarmName=f"{made.stack.name}-blocked", StateValue="ALARM", StateReason="set by a test")
    assert "blocked" in findings("--stack", made.stack.name, code=4)["notification-alarms"][1]
    watch.set_alarm_state(AlarmName=f"{made.stack.name}-blocked", StateValue="OK", StateReason="set by a test")
    watch.delete_alarms(AlarmNames=[resources["ScaleInAlarm"]])
    assert "an alarm that was not found" in findings("--stack", made.stack.name, code=4)["alarms"][1]
    status = kpu("status", "--stack", made.stack.name).stdout
    assert f"ScaleInAlarm names {resources['ScaleInAlarm']}, an alarm that was not found; restore it" in status


def test_the_doctor_checks_the_parameters(deployed, findings):
    made = healthy(deployed, MaxKpu=150, MinKpu=3, GracePeriodSeconds=60, ScaleInThreshold=80)
    found = findings("--stack", made.stack.name, code=4)
    assert found["size"][0] == found["max-parallelism"][0] == "warning"
    assert found["grace-period"][0] == "warning" and "GracePeriodSeconds" in found["grace-period"][1]
    assert found["alarms"][0] == "problem" and "ScaleInThreshold" in found["alarms"][1]
    assert found["last-runs"][0] == "problem", "the first run has rejected these thresholds as well"


def test_the_doctor_recognizes_a_finer_monitoring_level_by_its_dimensions(deployed, findings):
    made = deployed(ScaleMetric="busyTimeMsPerSecond", ScaleOutThreshold=800, ScaleInThreshold=200)
    dimensions = [{"Name": "Application", "Value": made.application.name}, {"Name": "Task", "Value": "map"}]
    boto3.client("cloudwatch").put_metric_data(
        Namespace="AWS/KinesisAnalytics",
        MetricData=[{"MetricName": "busyTimeMsPerSecond", "Dimensions": dimensions, "Value": 900.0}])
    _, text = findings("--stack", made.stack.name, code=4)["scale-out-metric"]
    assert "with the further dimension Task" in text and "set it to APPLICATION" in text


def test_the_doctor_checks_the_load(deployed, findings):
    made = deployed(**DEMAND)
    assert findings("--stack", made.stack.name, code=4)["load-metric"][0] == "problem"
    made.stack.publish_demand(lag_seconds=0, cpu=50, records_a_minute=1000)
    assert findings("--stack", made.stack.name, code=0)["load-metric"][0] == "good"


def test_a_second_stack_on_one_application_is_a_problem(deployed, findings):
    made = healthy(deployed)
    other = deployed(application=made.application)
    for arguments in (["--application", made.application.name], ["--stack", made.stack.name]):
        level, text = findings(*arguments, code=4)["stack"]
        assert level == "problem" and "scales the same application" in text and other.stack.name in text


def test_missing_resources_are_found_with_their_remedy(deployed, findings):
    made = healthy(deployed)
    resources = made.stack.resources
    rules = boto3.client("events")
    targets = rules.list_targets_by_rule(Rule=resources["AlarmRule"])["Targets"]
    rules.remove_targets(Rule=resources["AlarmRule"], Ids=[target["Id"] for target in targets])
    rules.delete_rule(Name=resources["AlarmRule"])
    boto3.client("scheduler").delete_schedule(Name=resources["Heartbeat"])
    boto3.client("stepfunctions").delete_state_machine(stateMachineArn=resources["StateMachine"])
    boto3.client("cloudwatch").delete_alarms(AlarmNames=[f"{made.stack.name}-blocked"])
    found = findings("--stack", made.stack.name, code=4)
    for check in ("alarm-rule", "heartbeat", "state-machine", "notification-alarms"):
        assert found[check][0] == "problem" and "delete the stack and deploy it again" in found[check][1], found[check]


@pytest.fixture
def reader(kpu, request):
    """Runs a command as a user with few permissions, and returns the output."""
    name = f"reader-{abs(hash(request.node.name))}"
    users = boto3.client("iam")
    users.create_user(UserName=name)
    key = users.create_access_key(UserName=name)["AccessKey"]
    credentials = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def run(made, command, **allowed):
        statement = {"Effect": "Allow", "Resource": "*", **allowed}
        users.put_user_policy(UserName=name, PolicyName="read", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [statement]}))
        done = kpu(command, "--stack", made.stack.name, **credentials)
        return done.stdout + done.stderr

    return run


def test_the_listed_permissions_are_sufficient_and_each_is_needed(deployed, kpu, reader):
    # Every call is made: a run is in progress, one metric has no data, and an update has failed.
    made = deployed(kpus=2, ScaleMetric="millisBehindLatest", KinesisStreamName="clicks", GracePeriodSeconds=890)
    made.stack.publish("Out", 1e6)
    made.stack.set_alarm("Out", "ALARM")
    eventually("the run waits", lambda: "a run is in GracePeriod" in kpu("status", "--stack", made.stack.name).stdout)
    made.application.steer(update="rolls-back")
    made.application.update_by_hand(ApplicationSnapshotConfigurationUpdate={"SnapshotsEnabledUpdate": True})
    section = (ROOT / "docs" / "reference" / "permissions.md").read_text().split("## Commands on a deployed stack")[1].split("\n## ")[0]
    # The history of a run is read only while it is running.
    listed = set(re.findall(r"`([a-z0-9]+:[A-Za-z]+)`", section))
    # Without these two, the doctor assumes the default quota, and prints the command that counts the addresses.
    optional = {"servicequotas:GetServiceQuota", "ec2:DescribeSubnets"}
    assert optional < listed
    actions = sorted(listed - optional, key=lambda action: "History" not in action)
    assert len(actions) == 19
    for command in ("doctor", "status", "plan"):
        assert "not authorized" not in reader(made, command, Action=actions)
    # A snapshot delays scaling on the CPU, and not on a lag.
    of_the_cpu = "kinesisanalytics:ListApplicationSnapshots"
    actions.remove(of_the_cpu)
    assert f"perform: {of_the_cpu}" in reader(deployed(application=Application("of-the-cpu", 2)), "plan", Action=actions)
    for action in actions:
        others = [other for other in actions if other != action]
        denial = f"perform: {action}"
        assert denial in reader(made, "doctor", Action=others) or denial in reader(made, "plan", Action=others), action


def test_a_missing_permission_is_a_finding(deployed, reader):
    made = healthy(deployed)
    output = reader(made, "doctor", NotAction="sns:*")
    assert "AuthorizationError" in output and "docs/reference/permissions.md lists them" in output


def test_a_missing_stack_and_a_missing_application_are_reported(deployed, kpu, engine):
    done = kpu("doctor", "--stack", "missing")
    assert (done.returncode, "does not exist" in done.stderr) == (2, True)
    done = kpu("doctor", "--application", "missing")
    assert done.returncode == 4 and "there is no application 'missing'" in done.stdout
    assert "no stack of kpu-autoscaler scales" in done.stdout
    done = kpu("doctor")
    assert done.returncode == 2 and "--stack" in done.stderr


def test_the_plan_is_the_step_of_the_next_run_and_changes_nothing(deployed, kpu):
    made = healthy(deployed, cpu=95.0)
    rules = boto3.client("events")
    rules.disable_rule(Name=made.stack.resources["AlarmRule"])
    made.stack.set_alarm("Out", "ALARM")
    version = made.application.describe()["ApplicationVersionId"]
    plan = json.loads(kpu("plan", "--stack", made.stack.name, "--json").stdout)["plan"]
    assert (plan["verdict"], plan["direction"]) == ("Breaching", "Out")
    assert (plan["out"]["fromKpus"], plan["out"]["toKpus"]) == (2, 6)
    assert (plan["in"]["fromKpus"], plan["in"]["toKpus"]) == (2, 1)
    assert made.application.describe()["ApplicationVersionId"] == version
    text = kpu("plan", "--application", made.application.name).stdout
    assert "next step     2 → 6 KPU" in text
    run_arn = boto3.client("stepfunctions").start_execution(
        stateMachineArn=made.stack.resources["StateMachine"], input="{}")["executionArn"]
    eventually("it has scaled", lambda: made.application.kpus == 6)
    made.stack.set_alarm("Out", "OK")
    assert made.stack.end_of(run_arn).status == "SUCCEEDED"


def test_the_status_shows_the_last_runs(deployed, kpu):
    made = healthy(deployed, cpu=95.0)
    made.stack.set_alarm("Out", "ALARM")
    eventually("it has scaled", lambda: made.application.kpus == 6)
    assert "a run is in" in kpu("status", "--stack", made.stack.name).stdout
    made.stack.set_alarm("Out", "OK")
    made.stack.next_run()
    text = kpu("status", "--stack", made.stack.name).stdout
    assert "RUNNING, 6 KPU (parallelism 6), bounds 1 to 32 KPU" in text
    assert "2 → 6 KPU, then Quiet" in text and "no run is under way" in text
    document = json.loads(kpu("status", "--stack", made.stack.name, "--json", "--runs", "2").stdout)
    assert [run["state"] for run in document["runs"]] == ["Quiet", "Quiet"]
    assert document["settings"]["kpus"] == 6


def test_the_status_shows_the_runs_since_a_time_in_the_zone_of_the_user(deployed, kpu):
    made = healthy(deployed)
    earlier = made.stack.start_by_hand()
    since = datetime.now(timezone.utc)
    eventually("the next second", lambda: datetime.now(timezone.utc) >= since + timedelta(seconds=1.1))
    run = made.stack.start_by_hand()
    arguments = ["--stack", made.stack.name, "--since", since.isoformat(timespec="milliseconds"), "--zone", "Asia/Kolkata"]
    document = json.loads(kpu("status", *arguments, "--json").stdout)
    assert [shown["arn"] for shown in document["runs"]] == [run.arn], "the earlier run is not shown"
    text = kpu("status", *arguments).stdout
    local = run.started.astimezone(ZoneInfo("Asia/Kolkata")).strftime("%Y-%m-%d %H:%M")
    assert "last runs (times are Asia/Kolkata)" in text and re.search(rf"\n  {local} .* Quiet: ", text), text
    all_of_them = json.loads(kpu("status", "--stack", made.stack.name, "--since", "1h", "--json").stdout)["runs"]
    assert [shown["arn"] for shown in all_of_them][:2] == [run.arn, earlier.arn] and len(all_of_them) == 3
    for more, part in [(["--since", "soon"], "--since 'soon' is not a time; write it as 02:00"), (["--since", "2999-01-01 02:00"], "in the future"),
                       (["--since", "1h", "--runs", "3"], "cannot be used with")]:
        done = kpu("status", "--stack", made.stack.name, *more)
        assert done.returncode == 2 and part in done.stderr, done.stderr


# The prices of us-east-1, in dollars.
TRANSITION, REQUEST, GIGABYTE_SECOND, ALARM_METRIC, CUSTOM_METRIC = 0.025 / 1000, 0.20 / 1e6, 0.0000166667, 0.10, 0.30
REQUESTED_METRIC, LOG_GIGABYTE, EMAIL = 0.01 / 1000, 0.50, 2 / 100_000


def own_dollars(stack, heartbeat_minutes, emails):
    """The price of the deployed resources in a month of 730 hours."""
    processed = boto3.client("cloudformation").get_template(StackName=stack.name, TemplateStage="Processed")["TemplateBody"]
    processed = json.loads(processed) if isinstance(processed, str) else processed
    alarms = [processed["Resources"][name]["Properties"] for name, kind in stack.types.items() if kind == "AWS::CloudWatch::Alarm"]
    metrics = sum(len([query for query in alarm.get("Metrics", []) if "MetricStat" in query]) or 1 for alarm in alarms)
    executions = 730 * 60 / heartbeat_minutes
    # Of four transitions of the average execution, three belong to an execution that finds nothing to do. A further task has two.
    further = executions * (4 - 3) / 2
    call = REQUEST + 0.125 * 0.5 * GIGABYTE_SECOND + 2000 / 1e9 * LOG_GIGABYTE
    return (executions * 4 * TRANSITION + metrics * ALARM_METRIC + 9 * CUSTOM_METRIC + further * 5 * REQUESTED_METRIC
            + (executions + further) * call + emails * EMAIL)


@pytest.mark.parametrize(("given", "heartbeat_minutes", "emails"), [
    ({}, 60, 0),
    ({"HeartbeatMinutes": 1, "NotificationEmail": "team@example.com", "MonthlyBudgetDollars": 900, **DEMAND}, 1, 240)], ids=["smallest", "all"])
def test_the_own_cost_is_that_of_the_deployed_resources(deployed, kpu, given, heartbeat_minutes, emails):
    made = deployed(**given)
    dollars = own_dollars(made.stack, heartbeat_minutes, emails)
    for command in ("doctor", "status"):
        document = json.loads(kpu(command, "--stack", made.stack.name, "--json").stdout)
        assert document["ownDollarsAMonth"] == pytest.approx(dollars, abs=0.005), command
    assert f"kpu-autoscaler itself costs about {dollars:.2f} dollars a month" in kpu("doctor", "--stack", made.stack.name).stdout
    assert f"own cost     about {dollars:.2f} dollars a month" in kpu("status", "--stack", made.stack.name).stdout


def test_explain_shows_each_step_of_an_execution_and_its_failures(deployed, kpu):
    made = deployed(kpus=9, MinKpu=4)
    made.stack.publish("In", 12.0)
    made.stack.start_by_hand()
    made.stack.set_alarm("In", "ALARM")
    made.stack.next_run()
    text = kpu("explain", "--stack", made.stack.name, "--since", "1h", "--zone", "Asia/Kolkata").stdout
    assert "Times are Asia/Kolkata." in text and "2 steps, 1 hold, 0 failures" in text, text
    for step in (r"in +9 → 6 KPU +containerCPUUtilization is 12 .*; after \d+ s it runs with 6 KPU",
                 r"in +6 → 4 KPU +containerCPUUtilization is 12 .*; after \d+ s it runs with 4 KPU",
                 r"in +4, hold +AtMinimum: it is at its minimum of 4 KPU"):
        assert re.search(step, text), text
    assert "9, quiet" in text and "found nothing to do" in text
    entries = json.loads(kpu("explain", "--application", made.application.name, "--json").stdout)["entries"]
    assert [(entry["from"], entry["to"]) for entry in entries if entry["verdict"] == "Scaling"] == [(9, 6), (6, 4)]


def test_explain_shows_a_failure_with_its_remedy(deployed, kpu):
    made = deployed(kpus=2)
    made.application.steer(update="rolls-back")
    made.stack.publish("Out", 95.0)
    made.stack.set_alarm("Out", "ALARM")
    made.stack.next_run()
    made.stack.start_by_hand()
    text = kpu("explain", "--stack", made.stack.name).stdout
    assert re.search(r"out +2 → 6 KPU .*; failed: UpdateRolledBack: .*set MaxParallelism", text), text
    assert "1 step, 1 hold, 1 failure." in text
    assert re.search(r"out +2, hold +AfterFailure: FailurePauseMinutes is", text), text


def test_explain_answers_why_it_did_not_scale_at_a_moment(deployed, kpu):
    made = healthy(deployed, cpu=95.0, MaxKpu=2)
    made.stack.set_alarm("Out", "ALARM")
    made.stack.next_run()
    at = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    text = kpu("explain", "--stack", made.stack.name, "--at", at).stdout
    assert re.search(r"in force .* out +2, hold +AtMaximum: it is at its maximum of 2 KPU", text), text
    assert "called by: containerCPUUtilization is 95 >" in text and "bounds: 1 to 2 KPU" in text
    assert "no execution ran in the 2 h after, or until now" in text
    around = json.loads(kpu("explain", "--stack", made.stack.name, "--at", at, "--json").stdout)["around"]
    assert (around["inForce"]["reason"], around["before"]["reason"], around["after"]) == ("AtMaximum", "AtMaximum", None)
    for arguments, part in [(["--stack", "missing"], "does not exist"), (["--application", "missing"], "no stack of kpu-autoscaler scales"),
                            (["--stack", made.stack.name, "--at", "soon"], "--at 'soon' is not a time; write it as 02:00"),
                            (["--stack", made.stack.name, "--at", "2999-01-01 02:00"], "in the future"),
                            (["--stack", made.stack.name, "--since", "200d"], "for 90 days"),
                            (["--stack", made.stack.name, "--zone", "Nowhere"], "--zone 'Nowhere' is not")]:
        done = kpu("explain", *arguments)
        assert done.returncode == 2 and part in done.stderr, done.stderr


def test_the_permissions_of_explain_are_sufficient(deployed, reader):
    made = healthy(deployed)
    section = (ROOT / "docs" / "reference" / "permissions.md").read_text().split("### `kpu explain`")[1].split("\n## ")[0]
    actions = list(dict.fromkeys(re.findall(r"`([a-z0-9]+:[A-Za-z]+)`", section)))
    assert len(actions) == 6
    assert "found nothing to do" in reader(made, "explain", Action=actions)
