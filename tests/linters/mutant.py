"""A defect put into one of the files that are deployed, and the linters that must see it."""

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
    # For each linter that must see it, by name, what one of its findings must say, so that none sees it by chance.
    caught_by: dict[str, str]

    def put_into(self, folder):
        """Puts the defect into the file of the folder."""
        path = folder / self.file
        text = path.read_text()
        # A defect that is put in twice or not at all would be another one than the name says.
        assert text.count(self.before) == 1, f"{self.file} has this {text.count(self.before)} times: {self.before}"
        path.write_text(text.replace(self.before, self.after))


def copy(folder):
    """Puts the real files into the folder, so that what is done to them is done there."""
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
    """A defect that a rule of rules.guard must see."""
    return Mutant(name, file, before, after, {"cfn_guard": rule + ":"})
