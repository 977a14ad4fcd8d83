"""Makes the table and the pictures of docs/explanation/rescale-of-a-running-job.md from the runs of test_fidelity.py.

`python3 tests/flink/report.py` needs the folders that `tests/flink/run --nightly -k fidelity` leaves in target/flink/runs, and only the standard library.
"""

import json
import re
from pathlib import Path

import journal
from load import RECORDS_PER_KPU
from simulated import read_history

ROOT = Path(__file__).resolve().parent.parent.parent
RUNS = ROOT / "target" / "flink" / "runs"
PAGE = ROOT / "docs" / "explanation" / "rescale-of-a-running-job.md"
PICTURE = ROOT / "docs" / "images" / "flink-run.svg"
BEGIN, END = "<!-- table of runs -->", "<!-- end of the table -->"

WIDTH, PANEL, LEFT, RIGHT, TOP, GAP = 1000, 130, 60, 20, 30, 34
STYLE = """text { font: 11px system-ui, sans-serif; fill: #16191f; } .title { font-weight: 600; font-size: 12.5px; } .end { text-anchor: end; }
.grid { stroke: #eaeded; } .line { fill: none; stroke-width: 1.5; } .down { fill: #d13212; opacity: 0.12; }"""
BLUE, ORANGE, GREY = "#1f77b4", "#e07b00", "#687078"


def steps(pairs):
    """Formats steps, such as "2, 6 at 34 min, 4 at 60 min"."""
    return ", ".join(str(kpus) if at == 0 else f"{kpus} at {at:.0f} min" for at, kpus in pairs)


def table(runs):
    lines = ["| load | policy | sizes on Flink | sizes simulated (seed 1) | lag > 1 min on Flink | simulated (5 seeds) | without a record | records/s when saturated, of the model's |",
             "|---|---|---|---|--:|--:|--:|--:|"]
    for run in runs:
        missed = [each["missed"] for each in run["simulated"]]
        down = sorted({round(each) for each in run["downtimes"]})
        capacity = [f"{records:.0f} of {kpus * RECORDS_PER_KPU}" for kpus, records in run["capacity"]]
        lines.append(
            f"| {run['load']} | {run['policy']} | {steps(run['steps'])} | {steps(run['simulated'][0]['steps'])} | {run['missed']:.1f} min "
            f"| {min(missed):.1f} to {max(missed):.1f} min | {' and '.join(map(str, down))} s | {', '.join(capacity)} |")
    return "\n".join(lines)


class Picture:
    """Panels with a common time axis in minutes."""

    def __init__(self, minutes, title, shaded):
        self.minutes, self.shaded, self.parts, self.panels = minutes, shaded, [], 0
        self.title = title

    def x(self, minute):
        return LEFT + (WIDTH - LEFT - RIGHT) * minute / self.minutes

    def panel(self, title, lines):
        """Adds a panel. A line is (label, color, dashes, points), and a point (minute, value), with None for the value at a gap."""
        top = TOP + self.panels * (PANEL + GAP)
        self.panels += 1
        highest = max((value for *_, points in lines for _, value in points if value is not None), default=0) * 1.05 or 1
        y = lambda value: top + PANEL - PANEL * min(max(value, 0), highest) / highest
        self.parts.append(f'<text class="title" x="{LEFT}" y="{top - 8}">{title}</text>')
        for begin, end in self.shaded:
            self.parts.append(f'<rect class="down" x="{self.x(begin):.1f}" y="{top}" width="{self.x(end) - self.x(begin):.1f}" height="{PANEL}"/>')
        for share in (0, 0.5, 1):
            height = top + PANEL * (1 - share)
            self.parts.append(f'<path class="grid" d="M{LEFT} {height:.1f}H{WIDTH - RIGHT}"/>')
            self.parts.append(f'<text class="end" x="{LEFT - 6}" y="{height + 4:.1f}">{highest * share:.0f}</text>')
        for number, (label, color, dashes, points) in enumerate(lines):
            path = " ".join(
                f"{'M' if before is None else 'L'}{self.x(minute):.1f} {y(value):.1f}"
                for (_, before), (minute, value) in zip([(0, None), *points], points) if value is not None)
            self.parts.append(f'<path class="line" stroke="{color}" stroke-dasharray="{dashes}" d="{path}"/>')
            at = WIDTH - RIGHT - 190 * (len(lines) - number)
            self.parts.append(f'<path class="line" stroke="{color}" stroke-dasharray="{dashes}" d="M{at} {top - 12}h24"/>')
            self.parts.append(f'<text x="{at + 30}" y="{top - 8}">{label}</text>')

    def write(self, path):
        height = TOP + self.panels * (PANEL + GAP)
        for minute in range(0, int(self.minutes) + 1, 10):
            self.parts.append(f'<text x="{self.x(minute) - 6:.1f}" y="{height - GAP + 16}">{minute}{" min" if minute == 0 else ""}</text>')
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">'
        body = [head, f"<title>{self.title}</title>", f"<style>{STYLE}</style>", '<rect width="100%" height="100%" fill="#fff"/>', *self.parts, "</svg>"]
        path.write_text("\n".join(body) + "\n")


def draw(folder, run):
    record = json.loads((folder / "run.json").read_text())
    rows = [row for row in record["rows"] if row["minute"] >= 0]
    entries = journal.read(folder / "journal", record["zero"], record["speed"])
    minutes = journal.by_minute(entries)
    simulated = read_history(folder / "simulated-1.csv")
    last = rows[-1]["minute"]
    sampled = lambda name, of, unit=1.0: [
        (row["minute"], of(row["samples"][name]) / unit if row["samples"].get(name) else None) for row in rows]
    every = range(int(last))
    mean = lambda values: sum(values) / len(values)
    picture = Picture(last, "A rescale of a running Flink job, beside the simulated one", run["down"])
    picture.panel("Records per second", [
        ("arriving", GREY, "", stairs(points(simulated, "records_per_second")[:-1], last)),
        ("processed", BLUE, "", [(minute + 0.5, minutes.get(minute, (0.0, 0.0))[0]) for minute in every])])
    picture.panel("Lag in seconds", [
        ("reported by the source", BLUE, "", sampled("millisBehindLatest", max, 1000)),
        ("age at the end of the job", ORANGE, "", [(minute + 0.5, minutes[minute][1] if minute in minutes else None) for minute in every]),
        ("simulated", GREY, "4 3", points(simulated, "worst_lag_seconds"))])
    picture.panel("Busy time of a task in ms per second", [
        ("source, mean", GREY, "", sampled("arrivals.busy", mean)),
        ("work, mean", BLUE, "", sampled("work.busy", mean)),
        ("work, busiest subtask", ORANGE, "", sampled("work.busy", max))])
    picture.panel("KPUs, and restarts in red", [
        ("on Flink", BLUE, "", stairs(run["steps"], last)), ("simulated", GREY, "4 3", stairs(run["simulated"][0]["steps"], last))])
    picture.write(PICTURE)


def points(rows, name):
    return [(row["minute"], row.get(name)) for row in rows]


def stairs(pairs, last):
    points = []
    for (at, kpus), (until, _) in zip(pairs, [*pairs[1:], (last, 0)]):
        points += [(at, kpus), (until, kpus)]
    return points


def main():
    runs = [(file.parent, json.loads(file.read_text())) for file in sorted(RUNS.glob("*/fidelity.json"))]
    if not runs:
        raise SystemExit(f"no run in {RUNS}; start tests/flink/run --nightly -k fidelity first")
    page = PAGE.read_text()
    made = f"{BEGIN}\n\n{table([run for _, run in runs])}\n\n{END}"
    PAGE.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: made, page, flags=re.DOTALL))
    folder, run = next(((folder, run) for folder, run in runs if (run["load"], run["policy"]) == ("step", "cpu")), runs[0])
    draw(folder, run)


if __name__ == "__main__":
    main()
