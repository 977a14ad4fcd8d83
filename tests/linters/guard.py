"""Checks the template against rules.guard, one rule at a time.

The report of a violated rule repeats the violating part of the template, and cfn_guard_rs truncates a report above 8 KiB at its
start. So a rule holds only if its report is complete and has the status PASS. A truncated report still names some of the resources. The
report is parsed as text also because run_checks fails on a report about an "or".
"""

import json
import re
from pathlib import Path

from cfn_guard_rs.cfn_guard_rs import run_checks_rs

TEXT = (Path(__file__).parent / "rules.guard").read_text()
# The definitions before the first rule are shared by all rules.
SHARED, *RULES = re.split(r"^(?=rule )", TEXT, flags=re.MULTILINE)


def name(rule):
    return re.match(r"rule (\w+)", rule)[1]


def findings(template):
    """Returns the name, the violating resources and the remedy of each violated rule."""
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
    """Whether the rule applies to a resource and has no violation."""
    try:
        return json.loads(report)["status"] == "PASS"
    except json.JSONDecodeError:
        return False
