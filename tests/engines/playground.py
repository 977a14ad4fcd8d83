"""Emulates AWS on this machine with two stacks, one with an alarm on a metric that is not published.

It runs until it is interrupted. Start it with tests/engines/playground, which builds the functions first. Its arguments are parameters of the
healthy stack, such as MaxKpu=16.
"""

import os
import signal
import sys
from datetime import datetime, timezone

import boto3
from package import packaged
from engine import Engine
from stack import Application, Subscriber, Stack

STOP = {signal.SIGINT, signal.SIGTERM}
BUSY = 95.0
TRY = """
An emulator of AWS runs on this machine until you press Ctrl-C. In another terminal:

{exports}

cargo run --features aws -- doctor --stack clicks-scaling    # its metric is not published
cargo run --features aws -- doctor --stack {stack}
cargo run --features aws -- plan --stack {stack}
aws cloudwatch set-alarm-state --alarm-name {alarm} --state-value ALARM --state-reason try
cargo run --features aws -- status --stack {stack}    # it scales; waits are shortened to a hundredth
cargo run --features aws -- explain --stack {stack} --since 1h    # why it did so, and why it did not do more
"""


def given(arguments):
    """The parameters in these arguments."""
    for argument in arguments:
        if "=" not in argument:
            sys.exit(f"the argument '{argument}' is not a parameter; write it as MaxKpu=16")
    return dict(argument.split("=", 1) for argument in arguments)


def deploy(parameters):
    """Deploys two applications and their stacks. The second stack names the metric `openOrder`, but `openOrders` is published."""
    template = packaged()
    parameters = {"ApplicationName": "orders", "Architecture": "x86_64", **parameters}
    name = parameters["ApplicationName"]
    Application(name, kpus=2)
    orders = Stack.create(template, f"{name}-scaling", **parameters)
    Subscriber(orders)
    orders.publish("Out", BUSY)
    Application("clicks", kpus=2)
    clicks = Stack.create(template, "clicks-scaling", ApplicationName="clicks", Architecture="x86_64", ScaleMetric="Custom",
                          CustomMetricName="openOrder", ScaleOutThreshold=900, ScaleInThreshold=100)
    dimensions = [{"Name": "Application", "Value": "clicks"}]
    point = {"MetricName": "openOrders", "Dimensions": dimensions, "Value": 5.0, "Timestamp": datetime.now(timezone.utc)}
    boto3.client("cloudwatch").put_metric_data(Namespace="AWS/KinesisAnalytics", MetricData=[point])
    for stack in (orders, clicks):
        stack.start_by_hand()
    return orders


def main():
    parameters = given(sys.argv[1:])
    engine = Engine()
    # The signals are polled below, so that they do not interrupt a call.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
    engine.use()
    try:
        orders = deploy(parameters)
        exports = "\n".join(f"export {name}={value}" for name, value in engine.environment.items())
        print(TRY.format(exports=exports, stack=orders.name, alarm=orders.resources["ScaleOutAlarm"]), flush=True)
        while signal.sigtimedwait(STOP, 30) is None:
            orders.publish("Out", BUSY)  # nothing is scaled on old data
    finally:
        engine.stop()


if __name__ == "__main__":
    main()
