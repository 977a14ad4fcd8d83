"""Policies for the template that cfn-guard cannot express, because they compare several resources."""

from collections import Counter

from render import of_kind


def findings(template):
    """Returns the name, the violating resource and the remedy of each violated policy."""
    return [f"{policy.__name__}: {finding}" for policy in POLICIES for finding in policy(template)]


def every_function_has_its_own_role(template):
    """A shared role gives each function the permissions of the other."""
    functions = of_kind("AWS::Lambda::Function", template)
    uses = Counter(str(function["Role"]) for function in functions.values())
    shared = [name for name, function in functions.items() if uses[str(function["Role"])] > 1]
    return [f"{name}: give the function its own Role" for name in shared]


def every_alarm_notifies_or_starts_a_run(template):
    """An alarm notifies by its actions, or starts the state machine by a rule. Any other alarm has no effect."""
    starting = {alarm for rule in of_kind("AWS::Events::Rule", template).values() for alarm in matched(rule)}
    alarms = of_kind("AWS::CloudWatch::Alarm", template)
    without_effect = [name for name, alarm in alarms.items() if name not in starting and not notifies(alarm)]
    return [f"{name}: give the alarm AlarmActions, or add it to the AlarmRule" for name in without_effect]


def matched(rule):
    """Returns the names of the stack's alarms whose events the rule matches."""
    return references(rule.get("EventPattern", {}).get("detail", {}).get("alarmName", []))


def references(value):
    """Returns the names of all resources and parameters that a value references."""
    if isinstance(value, dict):
        return [value["Ref"]] if "Ref" in value else references(list(value.values()))
    return [name for item in value for name in references(item)] if isinstance(value, list) else []


def notifies(alarm):
    return bool(alarm.get("AlarmActions")) and alarm.get("ActionsEnabled", True) is True


POLICIES = [every_function_has_its_own_role, every_alarm_notifies_or_starts_a_run]
