"""The same load in `kpu simulate`: the sizes, the time out of the lag objective and the capacity, for several seeds."""

import csv
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LAG_OBJECTIVE_SECONDS = 60
COLUMNS = ["records_per_second", "worst_lag_seconds", "kpus"]


@dataclass
class Simulated:
    """A simulated run: its steps as (minute, KPUs), its rows by the minute, and the minutes out of the objective."""

    steps: list
    rows: list
    missed_minutes: float

    @property
    def sizes(self):
        return [kpus for _, kpus in self.steps]


def simulate(folder, records_per_kpu, downtime, seed=1, **parameters):
    """Simulates the trace of a run. `downtime` is in seconds; the model steps by 10."""
    history = folder / f"simulated-{seed}.csv"
    settings = [option for name, value in parameters.items() for option in ("--set", f"{name}={value}")]
    command = [
        "cargo", "run", "--quiet", "--locked", "--", "simulate", "--json", "--trace", folder / "trace.csv", "--history", history,
        "--records-per-kpu", str(records_per_kpu), "--downtime", str(round(downtime, -1)), "--seed", str(seed),
        "--lag-objective", str(LAG_OBJECTIVE_SECONDS), *settings]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    rows = read_history(history)
    known = [(row["minute"], int(row["kpus"])) for row in rows if "kpus" in row]
    steps = [known[0], *[step for before, step in zip(known, known[1:]) if step[1] != before[1]]]
    autoscaler = next(each for each in json.loads(done.stdout)["results"] if each["policy"] == "autoscaler")
    return Simulated(steps, rows, autoscaler["missedMinutes"])


def read_history(path):
    """Returns the rows of a file that `kpu simulate --history` has written: one a minute. A value may be missing."""
    with open(path) as file:
        return [{"minute": minute, **{name: float(row[name]) for name in COLUMNS if row[name]}} for minute, row in enumerate(csv.DictReader(file))]
