"""Permissions: the roles of the functions also apply to calls of MSF and CloudWatch.

MiniStack evaluates policies (`AUTH=true`) if it knows the action of a call. It does not know the actions of MSF, nor the actions
of CloudWatch in the binary protocol of the Rust SDK.
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
        # Alarms are described by name, but the permission is evaluated on all of them.
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
