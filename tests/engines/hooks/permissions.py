"""Permissions: the roles of the functions also apply to calls of MSF and CloudWatch, and a simulation has a context.

MiniStack evaluates policies (`AUTH=true`) if it knows the action of a call. It does not know the actions of MSF, nor the actions
of CloudWatch in the binary protocol of the Rust SDK. Its SimulatePrincipalPolicy ignores the context entries of the request.
"""

import functools
import json

from ministack.core import iam_actions, iam_evaluator
from ministack.services import iam

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

    simulate = iam._simulate_principal_policy

    def simulate_with_context(parameters):
        plain = iam_evaluator.EvalContext
        iam_evaluator.EvalContext = functools.partial(plain, service_context=context_of(parameters))
        try:
            return simulate(parameters)
        finally:
            iam_evaluator.EvalContext = plain

    iam._IAM_HANDLERS["SimulatePrincipalPolicy"] = simulate_with_context


def context_of(parameters):
    """Returns the first value of each context entry of a simulation, by its key in lower case."""
    context = {}
    while key := iam._p(parameters, f"ContextEntries.member.{len(context) + 1}.ContextKeyName"):
        context[key.lower()] = iam._p(parameters, f"ContextEntries.member.{len(context) + 1}.ContextKeyValues.member.1")
    return context
