"""Compares the tallies in the keyed state of the job with the records that have arrived."""

from pathlib import Path

MASK = 2**64 - 1


def signed(value):
    value &= MASK
    return value - 2**64 if value >= 2**63 else value


def key_of(number, keys, hot):
    """Returns the key of a record, as `Options.key` in KnownJob.java."""
    mixed = number * 0x9E3779B97F4A7C15 & MASK
    return 0 if (mixed >> 33) % 1000 < hot * 1000 else (mixed >> 13) % keys


def expected(records, keys=1024, hot=0.0):
    """Returns count, sum and sum of squares of the numbers of each key, if each record is counted exactly once."""
    tallies = {key: [0, 0, 0] for key in range(keys)}
    for number in range(records):
        tally = tallies[key_of(number, keys, hot)]
        tally[0] += 1
        tally[1] += number
        tally[2] += number * number
    return {key: (count, signed(total), signed(squares)) for key, (count, total, squares) in tallies.items()}


def counted(folder):
    """Returns the tallies that the job has written; after a failure, the newest of each key."""
    tallies = {}
    for file in sorted(Path(folder).glob("*.csv")):
        for line in file.read_text().splitlines():
            key, *tally = map(int, line.split(","))
            tallies[key] = tuple(tally)
    return tallies
