"""A load: records per second by minutes of the fast clock."""

# The capacity of a subtask.
RECORDS_PER_KPU = 50


class Load:
    """Steps of a rate: pairs of the minute at which it begins, and records per second. It ends with a rate of zero."""

    def __init__(self, steps, minutes):
        self.steps, self.minutes = steps, minutes

    def rate(self, minute):
        return [rate for begin, rate in self.steps if begin <= minute][-1] if minute < self.minutes else 0

    def write(self, path):
        """Writes the trace in the format of `kpu simulate`: a row a minute."""
        rows = [f"{minute * 60},{self.rate(minute)}\n" for minute in range(self.minutes + 1)]
        path.write_text("seconds,records_per_second\n" + "".join(rows))

    def arrived(self, begin, end):
        """Returns the number of records that arrive between two seconds of the load."""
        minutes = range(max(0, int(begin // 60)), min(self.minutes, int(end // 60) + 1))
        return sum(self.rate(minute) * max(0, min(end, minute * 60 + 60) - max(begin, minute * 60)) for minute in minutes)

    @property
    def records(self):
        return int(self.arrived(0, self.minutes * 60))
