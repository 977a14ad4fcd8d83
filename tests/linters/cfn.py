"""Runs cfn-lint in this process, with its rules loaded once, which is a third of the time of a run."""

from cfnlint.config import ConfigMixIn
from cfnlint.decode import decode_str
from cfnlint.runner import Runner, run_template_by_data

import render

# The template asks for W1030 to be ignored. Here it is not: it looks at the values that parameters may take.
OPTIONS = {"regions": [render.REGION], "mandatory_checks": ["W1030"]}
# A name may be empty by default; the Rules of the template ask for it where it is needed.
EMPTY_BY_DEFAULT = "is shorter than 1 when 'Ref' is resolved"
RULES = Runner(ConfigMixIn(**OPTIONS)).rules


def findings(text):
    """For each match the rule, the place, and what is wrong there."""
    template, unreadable = decode_str(text)
    matches = unreadable or run_template_by_data(template, ConfigMixIn(**OPTIONS), RULES)
    return [finding(match) for match in matches if not match.message.endswith(EMPTY_BY_DEFAULT)]


def finding(match):
    # Not every rule says where in the template it has found something.
    place = "/".join(map(str, getattr(match, "path", []))) or f"line {match.linenumber}"
    return f"{match.rule.id} at {place}: {match.message}"
