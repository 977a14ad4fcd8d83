"""Permissions: the roles of the functions are held to their word for the calls to Flink and to CloudWatch, too.

MiniStack evaluates policies (`AUTH=true`) where it knows a call's action. It does not know those of the Flink
service, nor those of CloudWatch in the binary protocol that the Rust SDK speaks.
"""

import json

from ministack.core import iam_actions

CLOUDWATCH = "/service/GraniteServiceVersion20100801/operation/"


def install():
    iam_actions.SERVICE_TO_IAM_NAMESPACE["kinesisanalyticsv2"] = "kinesisanalytics"
    action_of, resource_of = iam_actions.extract_iam_action, iam_actions.extract_resource_arn

    def action(service, method, path, headers, body, parameters):
        if path.startswith(CLOUDWATCH):
            return "cloudwatch:" + path.removeprefix(CLOUDWATCH)
        return action_of(service, method, path, headers, body, parameters)

    def resource(service, method, path, headers, body, parameters, region, account):
        # Alarms are described by name, but the permission is asked for on all of them.
        if path == CLOUDWATCH + "DescribeAlarms":
            return f"arn:aws:cloudwatch:{region}:{account}:alarm:*"
        if path.startswith(CLOUDWATCH):
            return "*"
        if service == "kinesisanalyticsv2":
            asked = json.loads(body or b"{}")
            # The calls for tags name the application by its ARN.
            name = asked.get("ApplicationName", "*")
            return asked.get("ResourceARN", f"arn:aws:kinesisanalytics:{region}:{account}:application/{name}")
        return resource_of(service, method, path, headers, body, parameters, region, account)

    iam_actions.extract_iam_action = action
    iam_actions.extract_resource_arn = resource
