"""A defect in one of the deployed files, and the linters that must find it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
TEMPLATE = "template.yaml"
SCALABLE_TARGET = "scalable-target.yaml"
DASHBOARD = "dashboard.yaml"
STATE_MACHINE = "statemachine/autoscaler.asl.json"


@dataclass(frozen=True)
class Mutant:
    name: str
    file: str
    before: str
    after: str
    # For each linter that must find the defect, a part of the expected finding.
    caught_by: dict[str, str]

    def insert_into(self, folder):
        """Inserts the defect into the file in the folder."""
        path = folder / self.file
        text = path.read_text()
        # The text must be unique, or the mutant would not be the named defect.
        assert text.count(self.before) == 1, f"{self.file} has this {text.count(self.before)} times: {self.before}"
        path.write_text(text.replace(self.before, self.after))


def copy(folder):
    """Copies the deployed files into the folder, so that the originals stay unchanged."""
    for file in (TEMPLATE, SCALABLE_TARGET, DASHBOARD, STATE_MACHINE):
        (folder / file).parent.mkdir(exist_ok=True)
        shutil.copy(CHECKOUT / file, folder / file)


def in_template(name, before, after, **caught_by):
    return Mutant(name, TEMPLATE, before, after, caught_by)


def in_state_machine(name, before, after, **caught_by):
    return Mutant(name, STATE_MACHINE, before, after, caught_by)


def in_scalable_target(name, before, after, **caught_by):
    return Mutant(name, SCALABLE_TARGET, before, after, caught_by)


def in_dashboard(name, before, after, **caught_by):
    return Mutant(name, DASHBOARD, before, after, caught_by)


def guarded(rule, name, before, after, file=TEMPLATE):
    """Returns a defect that a rule of rules.guard must find."""
    return Mutant(name, file, before, after, {"cfn_guard": rule + ":"})
