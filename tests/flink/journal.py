"""The journal of the job: four times a second each subtask writes the time, the number of processed records, and the age of the last one.

No metric and no window is between the journal and the job, so that it shows the true throughput, the true lag and the true downtime.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass
class Entry:
    """A line: the second of the load, the records processed since the line before, and the age of the last record in seconds."""

    second: float
    records: int
    age: float


def read(folder, zero, speed):
    """Returns the entries of all subtasks in the order of time, in seconds of the load."""
    entries = []
    for file in sorted(Path(folder).glob("*.csv")):
        done_before = 0
        for line in file.read_text().splitlines():
            cells = line.split(",")
            # The last line of an ended process may be incomplete.
            if len(cells) != 3 or not cells[2]:
                continue
            at, done, age = map(int, cells)
            entries.append(Entry((at / 1000 - zero) * speed, done - done_before, age / 1000 * speed))
            done_before = done
    return sorted(entries, key=lambda entry: entry.second)


def downtime(entries, update):
    """Returns the seconds without a record around an update."""
    seconds = [entry.second for entry in entries]
    last = max((second for second in seconds if second <= update.stopped * 60), default=None)
    first = min((second for second in seconds if second > update.stopped * 60), default=None)
    return None if last is None or first is None else first - last


def by_minute(entries):
    """Returns the throughput in records per second and the largest age in seconds for each minute of the load."""
    minutes = {}
    for entry in entries:
        throughput, age = minutes.get(int(entry.second // 60), (0.0, 0.0))
        minutes[int(entry.second // 60)] = (throughput + entry.records / 60, max(age, entry.age))
    return minutes


def capacity(entries, begin, end):
    """Returns the records per second between two seconds of the load."""
    return sum(entry.records for entry in entries if begin <= entry.second < end) / (end - begin)
