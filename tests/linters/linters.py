"""The linters. Each takes a folder with the files that are deployed, and returns what it finds, as text."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from statelint.linter import Linter

import cfn
import guard
import policies
import render


def cfn_lint(folder):
    """The templates as they stand."""
    return [finding for file in render.TEMPLATES for finding in cfn.findings((folder / file).read_text())]


def cfn_lint_after_sam(folder):
    """The templates as SAM transforms them. Only there does cfn-lint read the state machine."""
    return [finding for file in render.SAM_TEMPLATES for finding in cfn.findings(json.dumps(render.template(folder, file)))]


def sam_validate(folder):
    """The templates as the command that deploys them sees them."""
    return [finding for file in render.SAM_TEMPLATES for finding in validated(folder / file)]


def validated(template):
    command = [Path(sys.executable).with_name("sam"), "validate", "--lint", "--region", render.REGION]
    # It writes into the home of who calls it, and would tell its makers.
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"HOME": home, "SAM_CLI_TELEMETRY": "0"}
        done = subprocess.run([*command, "--template", template], env=environment, capture_output=True, text=True)
    return [done.stdout + done.stderr] if done.returncode else []


def statelint(folder):
    """The state machine."""
    # The specification asks for a number, and a whole one is a number. Everything else about a rate is still found.
    whole_rate = re.compile(r"BackoffRate is \d+ but should be a Float$")
    problems = Linter.validate(render.state_machine(folder))
    return [problem for problem in problems if not whole_rate.search(problem)]


def placeholders(folder):
    """Does the template give the state machine what it asks for, and nothing in vain?"""
    asked, given = render.placeholders(folder), render.substitutions(folder)
    missing = [f"{name}: add it to DefinitionSubstitutions" for name in sorted(asked - given)]
    return missing + [f"{name}: the state machine has no such placeholder" for name in sorted(given - asked)]


def cfn_guard(folder):
    """The templates as SAM transforms them, under the project's own rules."""
    return guard.findings(render.templates(folder))


def own_policies(folder):
    """The same, for what cfn-guard cannot say."""
    return policies.findings(render.templates(folder))


LINTERS = {
    linter.__name__: linter
    for linter in [cfn_lint, cfn_lint_after_sam, sam_validate, statelint, placeholders, cfn_guard, own_policies]
}
