"""A deployed stack, its application, and what happens to them."""

import json
import time
from datetime import datetime, timedelta, timezone

import boto3

# How long anything here may take before a test says that it did not happen.
PATIENCE = 30
# The parameters by which the size follows the demand.
DEMAND = {"ScalingOperation": "Demand", "ScaleMetric": "millisBehindLatest", "KinesisStreamName": "clicks"}


def eventually(what, look, patience=PATIENCE):
    """What `look` sees as soon as it sees something; it fails with `what` if that takes too long."""
    deadline = time.monotonic() + patience
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < deadline, f"not within {patience} s: {what}"
        time.sleep(0.1)


class Execution:
    """A run that has ended: how, with which words, and through which states."""

    def __init__(self, arn, states):
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
        """What is paid for: every state that was entered."""
        return len(self.path)


class Application:
    """A Flink application that runs with so many KPUs."""

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

    def steer(self, **tags):
        """How its next updates go; see hooks/applications.py."""
        tags = [{"Key": key, "Value": value} for key, value in tags.items()]
        self._client.tag_resource(ResourceARN=self.describe()["ApplicationARN"], Tags=tags)

    def update_by_hand(self, **changes):
        """Changes it as somebody else would, and waits for the end of it."""
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
    """A Kinesis data stream with so many shards, or on demand."""

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
        """A time as the tag states it."""
        return (datetime.now(timezone.utc) + timedelta(**since)).strftime("%Y%m%dT%H%M%SZ")


class PlainStack:
    """Any template, deployed with these parameters."""

    def __init__(self, name):
        self.name = name
        self._stacks = boto3.client("cloudformation")
        found = self._stacks.describe_stack_resources(StackName=name)["StackResources"]
        self.resources = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}
        self.types = {resource["LogicalResourceId"]: resource["ResourceType"] for resource in found}

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
    """The main template, deployed with these parameters."""

    def __init__(self, name):
        super().__init__(name)
        self._states = boto3.client("stepfunctions")
        self._watch = boto3.client("cloudwatch")
        self._seen = set(self._listed())

    def alarm(self, direction):
        """The alarm that asks for more (`Out`) or for less (`In`), as it is deployed."""
        name = self.resources[f"Scale{direction}Alarm"]
        return self._watch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]

    def publish(self, direction, value):
        """Gives what an alarm watches this value, for as many minutes as are looked at."""
        self._publish(self.alarm(direction), value)

    def publish_to(self, alarm, value):
        """The same for an alarm of this name."""
        self._publish(self._watch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0], value)

    def _publish(self, alarm, value):
        now = datetime.now(timezone.utc)
        points = [{"MetricName": alarm["MetricName"], "Dimensions": alarm["Dimensions"], "Value": value,
                   "Timestamp": now - timedelta(minutes=minutes)} for minutes in range(1, 8)]
        self._watch.put_metric_data(Namespace=alarm["Namespace"], MetricData=points)

    def publish_demand(self, lag_seconds, cpu, records_a_minute):
        """What sizing by demand reads: the lag, the load of the stream and how busy the application is."""
        self.publish("Out", lag_seconds * 1000)
        self.publish("In", cpu)
        self.publish_to(self.resources["LoadAlarm"], records_a_minute)

    def set_alarm(self, direction, state):
        name = self.resources[f"Scale{direction}Alarm"]
        self._watch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="the test says so")

    def set_named(self, logical_name, state):
        """The same for the alarm of this logical name."""
        self._watch.set_alarm_state(AlarmName=self.resources[logical_name], StateValue=state, StateReason="the test says so")

    def _listed(self):
        machine = self.resources["StateMachine"]
        listed = self._states.list_executions(stateMachineArn=machine)["executions"]
        return [execution["executionArn"] for execution in listed]

    def new_runs(self):
        """The runs that nobody has looked at yet."""
        return [arn for arn in self._listed() if arn not in self._seen]

    def next_run(self):
        """The next run, at its end."""
        arn = eventually("a run starts", self.new_runs)[-1]
        return self.end_of(arn)

    def end_of(self, arn, patience=PATIENCE):
        ended = lambda: self._states.describe_execution(executionArn=arn)["status"] != "RUNNING"
        eventually("the run ends", ended, patience)
        self._seen.add(arn)
        return Execution(arn, self._states)

    def start_by_hand(self, patience=PATIENCE):
        arn = self._states.start_execution(stateMachineArn=self.resources["StateMachine"], input="{}")["executionArn"]
        return self.end_of(arn, patience)


def user_topic(name):
    """The ARN of a topic of the user."""
    return boto3.client("sns").create_topic(Name=name)["TopicArn"]


class Listener:
    """A queue that is subscribed to a stack's topic, as a person would be."""

    def __init__(self, stack):
        self._queues = boto3.client("sqs")
        self._queue = self._queues.create_queue(QueueName=f"{stack.name}-listener")["QueueUrl"]
        attributes = self._queues.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"]
        policy = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
            "Resource": attributes["QueueArn"]}]}
        self._queues.set_queue_attributes(QueueUrl=self._queue, Attributes={"Policy": json.dumps(policy)})
        boto3.client("sns").subscribe(TopicArn=stack.outputs["NotificationTopic"], Protocol="sqs", Endpoint=attributes["QueueArn"])

    def hears(self):
        """The next message."""
        receive = lambda: self._queues.receive_message(QueueUrl=self._queue, WaitTimeSeconds=1).get("Messages")
        message = eventually("somebody is told", receive)[0]
        self._queues.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return json.loads(message["Body"])["Message"]
