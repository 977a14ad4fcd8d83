"""Runs cfn-lint in this process, and loads its rules once, because loading is a third of a run."""

from functools import cache

from cfnlint.config import ConfigMixIn
from cfnlint.decode import decode_str
from cfnlint.runner import Runner, run_template_by_data

import render

# The template's metadata disables W1030. Here it is enabled, because it checks the allowed values of parameters.
OPTIONS = {"regions": [render.REGION], "mandatory_checks": ["W1030"]}
# A name may be empty by default. The Rules of the template require it if it is needed.
EMPTY_BY_DEFAULT = "is shorter than 1 when 'Ref' is resolved"
# A permission without an API call, which the linter's list of actions lacks. Source: MSF developer guide, "security-iam-snapshots".
UNLISTED_ACTION = "'createsystemsnapshot' is not one of ["
RULES = Runner(ConfigMixIn(**OPTIONS)).rules


@cache
def findings(text):
    """Returns the rule, the place and the message of each match. Most mutants leave all templates except one as they are."""
    template, unreadable = decode_str(text)
    matches = unreadable or run_template_by_data(template, ConfigMixIn(**OPTIONS), RULES)
    return [finding(match) for match in matches if not is_excepted(match.message)]


def is_excepted(message):
    return message.endswith(EMPTY_BY_DEFAULT) or message.startswith(UNLISTED_ACTION)


def finding(match):
    # Not every match has a path.
    place = "/".join(map(str, getattr(match, "path", []))) or f"line {match.linenumber}"
    return f"{match.rule.id} at {place}: {match.message}"
