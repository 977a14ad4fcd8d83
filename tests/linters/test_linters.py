"""Every linter accepts the deployed files, and finds the defects in its table."""

import pytest

import guard
import left_to_rust
import mutants_of_form
import mutants_of_operation
import mutants_of_permissions
import mutants_of_the_state_machine
import policies
from linters import LINTERS
from mutant import CHECKOUT, copy

TABLES = [mutants_of_form, mutants_of_permissions, mutants_of_operation, mutants_of_the_state_machine]
MUTANTS = [mutant for table in TABLES for mutant in table.MUTANTS]
# Each takes ten seconds or more for the template, and has tests of its own elsewhere.
SLOW = {"cfn_lint", "cfn_lint_after_sam", "sam_validate"}


def marks(linter):
    return [pytest.mark.slow] if linter in SLOW else []


CATCHES = [
    pytest.param(linter, mutant, id=f"{linter}: {mutant.name}", marks=marks(linter)) for mutant in MUTANTS for linter in mutant.caught_by
]
RULES = [guard.name(rule) for rule in guard.RULES] + [policy.__name__ for policy in policies.POLICIES]


@pytest.mark.parametrize("linter", LINTERS)
def test_the_deployed_files_have_no_findings(linter, tmp_path):
    copy(tmp_path)
    assert LINTERS[linter](tmp_path) == []


@pytest.mark.parametrize(("linter", "mutant"), CATCHES)
def test_a_defect_is_found(linter, mutant, tmp_path):
    copy(tmp_path)
    mutant.insert_into(tmp_path)
    findings = LINTERS[linter](tmp_path)
    assert any(mutant.caught_by[linter] in finding for finding in findings), findings


@pytest.mark.parametrize("linter", LINTERS)
def test_every_linter_has_a_mutant(linter):
    assert any(linter in mutant.caught_by for mutant in MUTANTS)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_and_policy_has_a_mutant(rule):
    assert any(finding.startswith(rule + ":") for mutant in MUTANTS for finding in mutant.caught_by.values())


def test_every_mutant_has_a_unique_name_and_is_found():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    assert all(mutant.caught_by for mutant in MUTANTS)


@pytest.mark.parametrize("linter", [pytest.param(linter, marks=marks(linter)) for linter in LINTERS])
def test_no_linter_finds_the_defects_for_rust(linter, tmp_path):
    copy(tmp_path)
    for defect, _ in left_to_rust.DEFECTS:
        defect.insert_into(tmp_path)
    assert LINTERS[linter](tmp_path) == [], "move the found defect to a table of mutants, with this linter"


@pytest.mark.parametrize(("file", "test"), sorted({found_by for _, found_by in left_to_rust.DEFECTS}))
def test_the_rust_tests_of_these_defects_exist(file, test):
    assert f"fn {test}()" in (CHECKOUT / file).read_text()
