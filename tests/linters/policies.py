"""What this project asks of its own template and cfn-guard cannot say: it takes more than one resource to see it."""

from collections import Counter

from render import of_kind


def findings(template):
    """For each policy that is broken its name, the resource that breaks it, and what to do."""
    return [f"{policy.__name__}: {finding}" for policy in POLICIES for finding in policy(template)]


def functions_have_roles_of_their_own(template):
    """A role that two functions share allows each of them what only the other needs."""
    functions = of_kind("AWS::Lambda::Function", template)
    uses = Counter(str(function["Role"]) for function in functions.values())
    shared = [name for name, function in functions.items() if uses[str(function["Role"])] > 1]
    return [f"{name}: give the function a Role that no other has" for name in shared]


def alarms_reach_somebody(template):
    """An alarm tells people by its actions, or wakes the state machine by a rule. Another one rings in vain."""
    waking = {alarm for rule in of_kind("AWS::Events::Rule", template).values() for alarm in awaited(rule)}
    alarms = of_kind("AWS::CloudWatch::Alarm", template)
    silent = [name for name, alarm in alarms.items() if name not in waking and not tells(alarm)]
    return [f"{name}: give the alarm AlarmActions, or name it in the rule that wakes" for name in silent]


def awaited(rule):
    """The names of the alarms of this stack whose events the rule takes."""
    return references(rule.get("EventPattern", {}).get("detail", {}).get("alarmName", []))


def references(value):
    """The names of all resources and parameters that a value refers to."""
    if isinstance(value, dict):
        return [value["Ref"]] if "Ref" in value else references(list(value.values()))
    return [name for item in value for name in references(item)] if isinstance(value, list) else []


def tells(alarm):
    return bool(alarm.get("AlarmActions")) and alarm.get("ActionsEnabled", True) is True


POLICIES = [functions_have_roles_of_their_own, alarms_reach_somebody]
