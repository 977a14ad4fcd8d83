"use strict";
// The stream that the application reads, if it was simulated: two plots above the others, its costs and its decisions.

const { stream } = run;
const shardText = count => countText(count, "shard");

const writesPlot = stream && {
  title: "Stream: writes and write limit", height: 150,
  describe: "Records per second that the producers write, against the records per second that the shards take.",
  legend: [
    { name: "written", area: "load-least", value: minute => numberText(stream.written[minute]) + " /s" },
    { name: "write limit", line: "capacity-line", value: minute => numberText(stream.limit[minute]) + " /s" },
    { name: "oldest record waits at its producer", value: minute => durationText(stream.waitingSeconds[minute]) }],
  scale: view => {
    const maximum = 1.06 * Math.max(largest(inView(stream.written, view)), largest(inView(stream.limit, view))) || 1;
    return { maximum, ticks: roundTicks(maximum).map(value => [value, value ? `${compactText(value)} /s` : "0"]) };
  },
  draw: frame => {
    const written = bucketsOf(stream.written, frame);
    return [path("load-most", areaPath(written, frame, "most")), path("load-least", areaPath(written, frame, "least")),
      path("line capacity-line", linePath(bucketsOf(stream.limit, frame), frame))];
  },
};

const shardsPlot = stream && {
  title: "Stream: shards", height: 110, describe: "Shards, within their bounds.",
  legend: [{ name: "shards", line: "kpus-line", value: minute => numberText(stream.shards[minute]) }],
  scale: () => {
    const used = Math.max(2, largest(stream.shards)), maximum = 1.25 * (stream.most <= 2.5 * used ? Math.max(used, stream.most) : used);
    return { maximum, ticks: roundTicks(maximum, 1).map(value => [value, numberText(value)]) };
  },
  draw: frame => {
    const shards = bucketsOf(stream.shards, frame);
    return [path("kpus-area", areaPath(shards, frame, "most")), ...level("bound", stream.most, frame, `most ${stream.most}`),
      ...level("bound", stream.least, frame, `least ${stream.least}`, -2), path("line kpus-line", linePath(shards, frame))];
  },
};

if (stream) plots.unshift(writesPlot, shardsPlot);

function writeStream() {
  const waited = stream.missedMinutes > 0 ? `Its records waited at their producers for longer than ${durationText(run.objectiveSeconds)} for ${durationText(stream.missedMinutes * 60)}.`
    : `Its records never waited at their producers for longer than ${durationText(run.objectiveSeconds)}.`;
  byId("comparison").after(element("p", { class: "comparison" }, element("strong", {}, "The stream: "),
    `${numberText(stream.shardHours)} shard-hours at $${stream.pricePerShardHour}, ${dollarText(stream.dollars)}, within the cost above. `
    + `Its shards were changed ${countText(stream.changes, "time")}. ${waited}`));
}
