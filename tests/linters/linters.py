"""The linters. Each takes a folder with the deployed files, and returns its findings as text."""

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
    """Checks the templates as written."""
    return [finding for file in render.TEMPLATES for finding in cfn.findings((folder / file).read_text())]


def cfn_lint_after_sam(folder):
    """Checks the templates after the SAM transform. Only there, cfn-lint reads the state machine."""
    return [finding for file in render.SAM_TEMPLATES for finding in cfn.findings(json.dumps(render.template(folder, file)))]


def sam_validate(folder):
    """Checks the templates with the SAM CLI."""
    return [finding for file in render.SAM_TEMPLATES for finding in validated(folder / file)]


def validated(template):
    command = [Path(sys.executable).with_name("sam"), "validate", "--lint", "--region", render.REGION]
    # The SAM CLI writes to the home folder, and sends telemetry by default.
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"HOME": home, "SAM_CLI_TELEMETRY": "0"}
        done = subprocess.run([*command, "--template", template], env=environment, capture_output=True, text=True)
    return [done.stdout + done.stderr] if done.returncode else []


def statelint(folder):
    """Checks the state machine."""
    # The specification requires a number, and accepts a whole one. Other defects of a rate are still found.
    whole_rate = re.compile(r"BackoffRate is \d+ but should be a Float$")
    problems = Linter.validate(render.state_machine(folder))
    return [problem for problem in problems if not whole_rate.search(problem)]


def placeholders(folder):
    """Compares the placeholders of the state machine with the substitutions of the template."""
    asked, given = render.placeholders(folder), render.substitutions(folder)
    missing = [f"{name}: add it to DefinitionSubstitutions" for name in sorted(asked - given)]
    return missing + [f"{name}: the state machine does not have this placeholder" for name in sorted(given - asked)]


def cfn_guard(folder):
    """Checks the templates after the SAM transform against rules.guard."""
    return guard.findings(render.templates(folder))


def own_policies(folder):
    """Checks the templates after the SAM transform against the policies that cfn-guard cannot express."""
    return policies.findings(render.templates(folder))


LINTERS = {
    linter.__name__: linter
    for linter in [cfn_lint, cfn_lint_after_sam, sam_validate, statelint, placeholders, cfn_guard, own_policies]
}
