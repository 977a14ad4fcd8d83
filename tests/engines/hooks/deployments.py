"""Deployments: CloudFormation creates, updates and deletes each resource in the name of the principal that changes the stack.

MiniStack creates the resources of a stack without permissions. This hook evaluates the policies of an IAM user for the calls that
CloudFormation makes. Source: the permissions of the handlers in the schemas of the resource types, without those for properties that
the template does not use.
"""

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import stacks

# The ARN that a resource gets, and the actions of its creation, its update and its deletion.
CALLS = {
    "AWS::IAM::Role": (
        "arn:aws:iam::{account}:role/{stack}-{name}-1",
        ["iam:CreateRole", "iam:GetRole", "iam:PutRolePolicy", "iam:GetRolePolicy", "iam:TagRole"],
        ["iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:TagRole", "iam:UntagRole"],
        ["iam:DeleteRole", "iam:DeleteRolePolicy", "iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"]),
    "AWS::Lambda::Function": (
        "arn:aws:lambda:{region}:{account}:function:{stack}-{name}-1",
        ["lambda:CreateFunction", "lambda:GetFunction", "lambda:TagResource"],
        ["lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:GetFunction", "lambda:GetFunctionConfiguration",
         "lambda:TagResource", "lambda:UntagResource", "lambda:ListTags"],
        ["lambda:DeleteFunction", "lambda:GetFunction"]),
    # A state machine without a name gets one that begins with its logical name.
    "AWS::StepFunctions::StateMachine": (
        "arn:aws:states:{region}:{account}:stateMachine:{name}-1",
        ["states:CreateStateMachine", "states:DescribeStateMachine", "states:TagResource"],
        ["states:UpdateStateMachine", "states:DescribeStateMachine", "states:ListTagsForResource", "states:TagResource", "states:UntagResource"],
        ["states:DeleteStateMachine", "states:DescribeStateMachine"]),
    "AWS::Events::Rule": (
        "arn:aws:events:{region}:{account}:rule/{stack}-{name}-1",
        ["events:PutRule", "events:DescribeRule", "events:PutTargets", "events:TagResource"],
        ["events:PutRule", "events:DescribeRule", "events:PutTargets", "events:RemoveTargets", "events:ListTargetsByRule",
         "events:TagResource", "events:UntagResource", "events:ListTagsForResource"],
        ["events:DeleteRule", "events:RemoveTargets", "events:DescribeRule"]),
    "AWS::Scheduler::Schedule": (
        "arn:aws:scheduler:{region}:{account}:schedule/default/{stack}-{name}-1",
        ["scheduler:CreateSchedule", "scheduler:GetSchedule"], ["scheduler:UpdateSchedule", "scheduler:GetSchedule"],
        ["scheduler:DeleteSchedule", "scheduler:GetSchedule"]),
    "AWS::CloudWatch::Alarm": (
        "arn:aws:cloudwatch:{region}:{account}:alarm:{stack}-{name}",
        ["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"],
        ["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource", "cloudwatch:ListTagsForResource"],
        ["cloudwatch:DeleteAlarms"]),
    "AWS::Logs::LogGroup": (
        "arn:aws:logs:{region}:{account}:log-group:{LogGroupName}",
        ["logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:TagResource", "logs:ListTagsForResource"],
        ["logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource"], ["logs:DeleteLogGroup"]),
    "AWS::SQS::Queue": (
        "arn:aws:sqs:{region}:{account}:{stack}-{name}-1",
        ["sqs:CreateQueue", "sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:TagQueue", "sqs:ListQueueTags"],
        ["sqs:SetQueueAttributes", "sqs:GetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"], ["sqs:DeleteQueue", "sqs:GetQueueAttributes"]),
    "AWS::SQS::QueuePolicy": ("arn:aws:sqs:{region}:{account}:{stack}-DeadLetterQueue-1", *[["sqs:SetQueueAttributes"]] * 3),
    "AWS::SNS::Topic": (
        "arn:aws:sns:{region}:{account}:{stack}-{name}-1",
        ["sns:CreateTopic", "sns:GetTopicAttributes", "sns:TagResource"],
        ["sns:SetTopicAttributes", "sns:GetTopicAttributes", "sns:ListTagsForResource", "sns:TagResource", "sns:UntagResource"],
        ["sns:DeleteTopic", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"]),
    "AWS::SNS::TopicPolicy": ("arn:aws:sns:{region}:{account}:{stack}-Topic-1", *[["sns:SetTopicAttributes"]] * 3),
    "AWS::SNS::Subscription": (
        "arn:aws:sns:{region}:{account}:{stack}-Topic-1",
        ["sns:Subscribe", "sns:GetSubscriptionAttributes"], ["sns:GetSubscriptionAttributes"], ["sns:Unsubscribe"]),
}
# Calls on all resources: the type, and the actions of each of its changes.
ON_ALL = {
    "AWS::CloudWatch::Alarm": ("arn:aws:cloudwatch:{region}:{account}:alarm:*", ["cloudwatch:DescribeAlarms"]),
    "AWS::Logs::LogGroup": ("*", ["logs:DescribeLogGroups"]),
    # Step Functions checks the permissions for the log of a state machine with the caller.
    "AWS::StepFunctions::StateMachine": ("*", [
        "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries",
        "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"]),
}
# The service that each type passes its role to.
PASSED_TO = {
    "AWS::Lambda::Function": "lambda", "AWS::StepFunctions::StateMachine": "states", "AWS::Events::Rule": "events",
    "AWS::Scheduler::Schedule": "scheduler",
}
CREATE, UPDATE, DELETE = 1, 2, 3


class AccessDenied(Exception):
    """A call that no policy of the user allows."""


def install():
    provision, update, delete = stacks._provision_resource, stacks._update_resource, stacks._delete_resource

    def provision_as(kind, name, properties, stack):
        check(CREATE, kind, name, properties, stack)
        return provision(kind, name, properties, stack)

    def update_as(kind, physical, old, new, stack, name=None, *more):
        check(UPDATE, kind, name, new, stack)
        return update(kind, physical, old, new, stack, name, *more)

    def delete_as(kind, physical, properties, stack=None, name=None):
        check(DELETE, kind, name, properties, stack)
        return delete(kind, physical, properties, stack, name)

    stacks._provision_resource, stacks._update_resource, stacks._delete_resource = provision_as, update_as, delete_as


def check(change, kind, name, properties, stack):
    """Raises AccessDenied if the caller is an IAM user that may not do what CloudFormation does for a change of a resource."""
    caller, account = iam_evaluator.caller_arn(), get_account_id()
    _, separator, user = caller.partition(":user/")
    if not separator or kind not in CALLS:
        return
    place = {"region": get_region(), "account": account, "stack": stack, "name": name, **properties}
    pattern, *actions = CALLS[kind]
    on_all, always = ON_ALL.get(kind, ("*", []))
    asked = [(action, pattern.format(**place), {}) for action in actions[change - 1]]
    asked += [(action, on_all.format(**place), {}) for action in always]
    if change != DELETE and kind in PASSED_TO:
        role = f"arn:aws:iam::{account}:role/{stack}-Role-1"
        asked.append(("iam:PassRole", role, {"iam:passedtoservice": PASSED_TO[kind] + ".amazonaws.com"}))
    policies = iam_evaluator._gather_user_policies(user, account)
    for action, resource, context in asked:
        evaluated = iam_evaluator.evaluate(iam_evaluator.EvalContext(
            principal_arn=caller, principal_type="User", principal_account=account, action=action, resource_arn=resource,
            region=place["region"], service_context=context), policies)
        if evaluated.decision != "Allow":
            raise AccessDenied(f"{caller} is not authorized to perform: {action} on resource: {resource}")
