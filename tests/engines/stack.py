"""A deployed stack, its application or stream, and its executions."""

import json
import time
from datetime import datetime, timedelta, timezone

import boto3
from botocore.exceptions import ClientError

# Seconds until a test fails because an expected condition did not occur.
TIMEOUT = 30
# The parameters of sizing by demand.
DEMAND = {"ScalingOperation": "Demand", "ScaleMetric": "millisBehindLatest", "KinesisStreamName": "clicks"}


def eventually(condition, read, timeout=TIMEOUT):
    """Returns the first true value of `read`; fails with the text `condition` after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = read()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {timeout} s: {condition}"
        time.sleep(0.1)


class Execution:
    """The status, the output or error, and the states of a finished run."""

    def __init__(self, arn, states):
        self.arn = arn
        described = states.describe_execution(executionArn=arn)
        self.status = described["status"]
        self.error, self.cause = described.get("error"), described.get("cause")
        self.output = json.loads(described.get("output") or "{}")
        self.started = described["startDate"]
        pages = states.get_paginator("get_execution_history").paginate(executionArn=arn)
        events = [event for page in pages for event in page["events"]]
        self.path = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]

    @property
    def transitions(self):
        """The number of entered states, which Step Functions bills."""
        return len(self.path)


class Application:
    """A Flink application that runs with this number of KPUs."""

    def __init__(self, name, kpus):
        self.name = name
        self._client = boto3.client("kinesisanalyticsv2")
        self._client.create_application(
            ApplicationName=name, RuntimeEnvironment="FLINK-1_20",
            ServiceExecutionRole="arn:aws:iam::000000000000:role/application",
            ApplicationConfiguration={
                "ApplicationSnapshotConfiguration": {"SnapshotsEnabled": True},
                "ApplicationSystemRollbackConfiguration": {"RollbackEnabled": True},
                "FlinkApplicationConfiguration": {"ParallelismConfiguration": {
                    "ConfigurationType": "CUSTOM", "Parallelism": kpus, "ParallelismPerKPU": 1,
                    "AutoScalingEnabled": True}}})
        self.start()

    def start(self):
        self._client.start_application(ApplicationName=self.name)
        self.settle()

    def describe(self):
        return self._client.describe_application(ApplicationName=self.name)["ApplicationDetail"]

    @property
    def tags(self):
        listed = self._client.list_tags_for_resource(ResourceARN=self.describe()["ApplicationARN"])["Tags"]
        return {tag["Key"]: tag["Value"] for tag in listed}

    def steer(self, **tags):
        """Sets the result and the duration of its next updates; see hooks/applications.py."""
        tags = [{"Key": key, "Value": value} for key, value in tags.items()]
        self._client.tag_resource(ResourceARN=self.describe()["ApplicationARN"], Tags=tags)

    def update_by_hand(self, **changes):
        """Updates the application as another writer, and waits for the end of the update."""
        self.settle()
        version = self.describe()["ApplicationVersionId"]
        self._client.update_application(ApplicationName=self.name, CurrentApplicationVersionId=version,
                                        ApplicationConfigurationUpdate=changes)
        self.settle()

    def settle(self):
        eventually(f"{self.name} has settled", lambda: self.describe()["ApplicationStatus"] == "RUNNING")

    def delete(self):
        self._client.delete_application(ApplicationName=self.name, CreateTimestamp=self.describe()["CreateTimestamp"])

    @property
    def parallelism(self):
        flink = self.describe()["ApplicationConfigurationDescription"]["FlinkApplicationConfigurationDescription"]
        return flink["ParallelismConfigurationDescription"]

    @property
    def kpus(self):
        return self.parallelism["CurrentParallelism"]


class Stream:
    """A Kinesis data stream with this number of shards, or on demand."""

    def __init__(self, name, shards):
        self.name = name
        self._client = boto3.client("kinesis")
        on_demand = {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}}
        self._client.create_stream(StreamName=name, **({"ShardCount": shards} if shards else on_demand))

    @property
    def shards(self):
        return self._client.describe_stream_summary(StreamName=self.name)["StreamDescriptionSummary"]["OpenShardCount"]

    @property
    def tags(self):
        return {tag["Key"]: tag["Value"] for tag in self._client.list_tags_for_stream(StreamName=self.name)["Tags"]}

    def tag(self, key, value):
        self._client.add_tags_to_stream(StreamName=self.name, Tags={key: value})

    @staticmethod
    def moment(**since):
        """Formats a time as in the tag."""
        return (datetime.now(timezone.utc) + timedelta(**since)).strftime("%Y%m%dT%H%M%SZ")


def status_of(stacks, name):
    """Returns the status of a stack as this client reads it; `None` after the removal."""
    try:
        return stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


class PlainStack:
    """A stack of any template."""

    def __init__(self, name):
        self.name = name
        self._stacks = boto3.client("cloudformation")
        found = self._stacks.describe_stack_resources(StackName=name)["StackResources"]
        self.resources = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}
        self.types = {resource["LogicalResourceId"]: resource["ResourceType"] for resource in found}

    @property
    def status(self):
        """The status; `None` after the removal."""
        return status_of(self._stacks, self.name)

    @property
    def outputs(self):
        described = self._stacks.describe_stacks(StackName=self.name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}

    @classmethod
    def create(cls, template, name, **parameters):
        stacks = boto3.client("cloudformation")
        given = [{"ParameterKey": key, "ParameterValue": str(value)} for key, value in parameters.items()]
        stacks.create_stack(StackName=name, TemplateURL=template, Parameters=given,
                            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])
        stacks.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 0.2, "MaxAttempts": 150})
        return cls(name)

    def delete(self):
        boto3.client("cloudformation").delete_stack(StackName=self.name)


class Stack(PlainStack):
    """A stack of the main template."""

    def __init__(self, name):
        super().__init__(name)
        self._states = boto3.client("stepfunctions")
        self._watch = boto3.client("cloudwatch")
        self._seen = set(self._listed())

    def alarm(self, direction):
        """Describes the scale-out (`Out`) or scale-in (`In`) alarm."""
        name = self.resources[f"Scale{direction}Alarm"]
        return self._watch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]

    def publish(self, direction, value):
        """Publishes this value of the alarm's metric for all minutes that the alarm evaluates."""
        self._publish(self.alarm(direction), value)

    def publish_to(self, alarm, value):
        """Publishes a value of the metric of the alarm with this name."""
        self._publish(self._watch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0], value)

    def _publish(self, alarm, value):
        now = datetime.now(timezone.utc)
        points = [{"MetricName": alarm["MetricName"], "Dimensions": alarm["Dimensions"], "Value": value,
                   "Timestamp": now - timedelta(minutes=minutes)} for minutes in range(1, 8)]
        self._watch.put_metric_data(Namespace=alarm["Namespace"], MetricData=points)

    def publish_demand(self, lag_seconds, cpu, records_a_minute):
        """Publishes the metrics of sizing by demand: the lag, the CPU and the load of the stream."""
        self.publish("Out", lag_seconds * 1000)
        self.publish("In", cpu)
        self.publish_to(self.resources["LoadAlarm"], records_a_minute)

    def set_alarm(self, direction, state):
        name = self.resources[f"Scale{direction}Alarm"]
        self._watch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="set by a test")

    def set_named(self, logical_name, state):
        """Sets the state of the alarm with this logical name."""
        self._watch.set_alarm_state(AlarmName=self.resources[logical_name], StateValue=state, StateReason="set by a test")

    def named_state(self, logical_name):
        """Returns the state of the alarm with this logical name."""
        return self._watch.describe_alarms(AlarmNames=[self.resources[logical_name]])["MetricAlarms"][0]["StateValue"]

    def _listed(self):
        machine = self.resources["StateMachine"]
        listed = self._states.list_executions(stateMachineArn=machine)["executions"]
        return [execution["executionArn"] for execution in listed]

    def new_runs(self):
        """Returns the runs that no earlier call has returned at their end."""
        return [arn for arn in self._listed() if arn not in self._seen]

    def next_run(self):
        """Waits for the next run and its end, and returns it."""
        arn = eventually("a run starts", self.new_runs)[-1]
        return self.end_of(arn)

    def end_of(self, arn, timeout=TIMEOUT):
        ended = lambda: self._states.describe_execution(executionArn=arn)["status"] != "RUNNING"
        eventually("the run ends", ended, timeout)
        self._seen.add(arn)
        return Execution(arn, self._states)

    def start_by_hand(self, timeout=TIMEOUT):
        arn = self._states.start_execution(stateMachineArn=self.resources["StateMachine"], input="{}")["executionArn"]
        return self.end_of(arn, timeout)


def user_topic(name):
    """Creates a topic of the user, and returns its ARN."""
    return boto3.client("sns").create_topic(Name=name)["TopicArn"]


class Subscriber:
    """A queue with a subscription to the stack's topic."""

    def __init__(self, stack):
        self._queues = boto3.client("sqs")
        self._queue = self._queues.create_queue(QueueName=f"{stack.name}-subscriber")["QueueUrl"]
        attributes = self._queues.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"]
        policy = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
            "Resource": attributes["QueueArn"]}]}
        self._queues.set_queue_attributes(QueueUrl=self._queue, Attributes={"Policy": json.dumps(policy)})
        boto3.client("sns").subscribe(TopicArn=stack.outputs["NotificationTopic"], Protocol="sqs", Endpoint=attributes["QueueArn"])

    def next_message(self):
        """Waits for the next message, and returns it with its `Subject` and `Message`."""
        return eventually("a message arrives", self.next_message_or_none)

    def next_message_or_none(self):
        """Waits for a second, and returns the next message if there is one."""
        received = self._queues.receive_message(QueueUrl=self._queue, WaitTimeSeconds=1).get("Messages")
        if not received:
            return None
        self._queues.delete_message(QueueUrl=self._queue, ReceiptHandle=received[0]["ReceiptHandle"])
        return json.loads(received[0]["Body"])
