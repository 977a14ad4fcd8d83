"""Holds the template to rules.guard, one rule at a time.

The report of a broken rule repeats the part of the template that breaks it, and what cfn_guard_rs returns of a report
above 8 KiB is its end. So a rule holds only if its report is whole and says so; what is left of another report still
names some of the resources. The report is read as text also because run_checks itself fails on one about an "or".
"""

import json
import re
from pathlib import Path

from cfn_guard_rs.cfn_guard_rs import run_checks_rs

TEXT = (Path(__file__).parent / "rules.guard").read_text()
# What all rules share stands before the first of them.
SHARED, *RULES = re.split(r"^(?=rule )", TEXT, flags=re.MULTILINE)


def name(rule):
    return re.match(r"rule (\w+)", rule)[1]


def findings(template):
    """For each rule that is broken its name, the resources that break it, and what to do."""
    template = json.dumps(template)
    return [finding for rule in RULES for finding in findings_of(rule, template)]


def findings_of(rule, template):
    report = run_checks_rs(template, SHARED + rule, False)
    if holds(report):
        return []
    resources = sorted(set(re.findall(r"/Resources/(\w+)", report))) or ["the template"]
    messages = list(dict.fromkeys(re.findall(r"<<(.*?)>>", rule)))
    remedies = [message for message in messages if message in report] or messages
    return [f"{name(rule)}: {', '.join(resources)}: {'; '.join(remedies)}"]


def holds(report):
    """Whether the rule has found something to read, and nothing wrong with it."""
    try:
        return json.loads(report)["status"] == "PASS"
    except json.JSONDecodeError:
        return False
