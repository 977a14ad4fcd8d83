"use strict";
// The five plots, and their paths and bands.

// ---- Buckets and paths ----

// One bucket a minute, or one a pixel when there are more minutes than pixels; a bucket keeps its least and its
// most, so that no spike is lost. A bucket without a value is null and leaves a gap.
function bucketsOf(values, frame) {
  const first = Math.max(0, Math.floor(frame.view.from / 60)), end = Math.min(run.minutes, Math.ceil(frame.view.to / 60));
  const size = Math.max(1, (end - first) / Math.floor(frame.right - frame.left));
  const buckets = [];
  for (let index = 0; first + Math.floor(index * size) < end; index++) {
    const from = first + Math.floor(index * size), to = Math.min(end, first + Math.floor((index + 1) * size));
    let bucket = null;
    for (let minute = from; minute < to; minute++) {
      const value = values[minute];
      if (value === null || value === undefined) continue;
      bucket ??= { from: from * 60, to: to * 60, fromMinute: from, toMinute: to, first: value, least: value, most: value };
      bucket.least = Math.min(bucket.least, value);
      bucket.most = Math.max(bucket.most, value);
      bucket.last = value;
    }
    buckets.push(bucket);
  }
  return buckets;
}

const short = number => number.toFixed(1);

function linePath(buckets, frame) {
  let d = "", joined = false;
  for (const bucket of buckets) {
    if (bucket) {
      const [first, least, most, last] = [bucket.first, bucket.least, bucket.most, bucket.last].map(value => short(frame.y(value)));
      d += joined ? `V${first}` : `M${short(frame.x(bucket.from))} ${first}`;
      if (least !== most) d += `V${least}V${most}V${last}`;
      d += `H${short(frame.x(bucket.to))}`;
    }
    joined = bucket !== null;
  }
  return d;
}

function areaPath(buckets, frame, side) {
  const ground = short(frame.bottom);
  return buckets.map(bucket => !bucket ? "" :
    `M${short(frame.x(bucket.from))} ${ground}V${short(frame.y(bucket[side]))}H${short(frame.x(bucket.to))}V${ground}Z`).join("");
}

const boxPath = (from, to, top, bottom) => `M${short(from)} ${short(top)}H${short(to)}V${short(bottom)}H${short(from)}Z`;
const levelPath = (value, frame) => `M${frame.left} ${short(frame.y(value))}H${frame.right}`;

// The minutes an application is down on purpose; they are marked as restarts and not as overload.
const downMinutes = new Uint8Array(run.minutes);
for (const restart of run.restarts) downMinutes.fill(1, Math.floor(restart.downFrom / 60), Math.ceil(restart.downTo / 60));

// Zoomed out, the drops to zero at restarts would hide the steps; the bands show where they are.
const capacityWhenUp = run.series.capacity.slice();
for (let minute = 1; minute < run.minutes; minute++) if (downMinutes[minute]) capacityWhenUp[minute] = capacityWhenUp[minute - 1];

// From the capacity up to the load at the worst minute of each bucket.
function overloadPath(frame) {
  const { load, capacity } = run.series;
  return bucketsOf(load, frame).map(bucket => {
    let worst = -1, excess = 0;
    for (let minute = bucket?.fromMinute; minute < bucket?.toMinute; minute++) {
      if (!downMinutes[minute] && load[minute] - capacity[minute] > excess) [worst, excess] = [minute, load[minute] - capacity[minute]];
    }
    if (worst < 0) return "";
    const from = frame.x(bucket.from), to = Math.max(frame.x(bucket.to), from + 1);
    return boxPath(from, to, frame.y(load[worst]), frame.y(capacity[worst]));
  }).join("");
}

function restartBands(frame, quiet) {
  const bands = { down: "", around: "" };
  const add = (kind, from, to) => {
    if (to < frame.view.from || from > frame.view.to) return;
    const start = frame.x(from);
    bands[kind] += boxPath(start, kind === "down" ? Math.max(frame.x(to), start + 1) : frame.x(to), frame.top, frame.bottom);
  };
  for (const restart of run.restarts) {
    add("down", restart.downFrom, restart.downTo);
    add("around", restart.asked, restart.downFrom);
    add("around", restart.downTo, restart.settled);
  }
  return [path(quiet ? "restart-quiet" : "restart-around", bands.around), path(quiet ? "restart-quiet" : "restart-down", bands.down)];
}

// "8 → 16" beside each restart, where there is room for it.
function restartNames(frame) {
  let free = frame.left;
  return run.restarts.filter(({ downFrom }) => downFrom >= frame.view.from && downFrom <= frame.view.to).map(({ downFrom, downTo, from, to }) => {
    const text = `${from} → ${to}`, at = frame.x(downTo) + 3, end = at + text.length * 6.5;
    if (at < free || end > frame.right || frame.view.to - frame.view.from > 2 * 86400) return null;
    free = end + 6;
    return word("halo", short(at), frame.top + 13, text);
  });
}

// ---- The plots ----

function valuesPerMinute(changes) {
  const values = new Array(run.minutes);
  let next = 0, value = null;
  for (let minute = 0; minute < run.minutes; minute++) {
    while (next < changes.length && changes[next][0] < (minute + 1) * 60) value = changes[next++][1];
    values[minute] = value;
  }
  return values;
}

const referenceKpus = Object.fromEntries(policyOrder.map(policy => [policy, valuesPerMinute(run.references[policy].kpus)]));
const shownReferences = new Set();
const stateNames = { ALARM: "state-alarm", OK: "state-ok", INSUFFICIENT_DATA: "state-unknown" };
const alarmStates = run.alarms.map(alarm => valuesPerMinute(alarm.states));
const inView = (values, view) => values.slice(Math.floor(view.from / 60), Math.ceil(view.to / 60));
// A level with its name in the right margin; `shift` keeps two names apart.
const level = (kind, value, frame, text, shift = 0) => typeof value !== "number" ? [] : [
  path(`line ${kind}-line`, levelPath(value, frame)), word(`${kind}-name`, frame.right + 7, frame.y(value) + 4 + shift, text)];

const loadPlot = {
  title: "Load and capacity", height: 190,
  describe: "Records per second arriving, against the records per second the application can process.",
  legend: [
    { name: "load", area: "load-least", value: minute => numberText(run.series.load[minute]) + " /s" },
    { name: "capacity", line: "capacity-line", value: minute => numberText(run.series.capacity[minute]) + " /s" },
    { name: "load above capacity", area: "over-area" },
    { name: "restart", area: "restart-down", value: minute => {
      const restart = run.restarts.find(({ asked, settled }) => asked < minute * 60 + 60 && settled > minute * 60);
      return restart ? `${restart.from} → ${restart.to}` : "none";
    } }],
  scale: view => {
    const maximum = 1.06 * Math.max(largest(inView(run.series.load, view)), largest(inView(run.series.capacity, view))) || 1;
    return { maximum, ticks: roundTicks(maximum).map(value => [value, value ? `${compactText(value)} /s` : "0"]) };
  },
  draw: frame => {
    const load = bucketsOf(run.series.load, frame);
    return [
      ...restartBands(frame, false),
      path("load-most", areaPath(load, frame, "most")), path("load-least", areaPath(load, frame, "least")), path("over-area", overloadPath(frame)),
      path("line capacity-line", linePath(bucketsOf(frame.view.to - frame.view.from > 86400 ? capacityWhenUp : run.series.capacity, frame), frame))];
  },
};

const lagTicks = [[0, "0"], [1, "1 s"], [10, "10 s"], [60, "1 min"], [600, "10 min"], [3600, "1 h"], [21600, "6 h"], [86400, "1 d"], [864000, "10 d"], [8640000, "100 d"]];
const lagPlot = {
  title: "Lag", height: 150, describe: "The worst lag of each minute on a logarithmic scale, with the objective.",
  legend: [
    { name: "worst lag in the minute", line: "lag-line", value: minute => durationText(run.series.lagSeconds[minute]) },
    { name: "above the objective", area: "lag-area", above: true }],
  scale: () => {
    const maximum = Math.max(run.objectiveSeconds * 3, 1.5 * largest(run.series.lagSeconds));
    return { maximum, transform: logarithmic, ticks: lagTicks.filter(([value]) => value <= maximum) };
  },
  draw: frame => {
    const lag = bucketsOf(run.series.lagSeconds, frame), objective = frame.y(run.objectiveSeconds);
    const half = (name, top, bottom) => [
      shape("clipPath", { id: `lag-${name}` }, shape("rect", { x: 0, y: top, width: frame.right, height: Math.max(0, bottom - top) })),
      shape("g", { class: name, "clip-path": `url(#lag-${name})` },
        path("lag-area", areaPath(lag, frame, "most")), path("line lag-line", linePath(lag, frame)))];
    return [...restartBands(frame, true), ...half("below", objective, frame.bottom + 1), ...half("above", frame.top, objective),
      ...level("objective", run.objectiveSeconds, frame, "objective")];
  },
};

// The bounds move with the clock; each part of them lasts until the next.
const boundsParts = run.bounds.map(([from, least, most], index) => ({ from, to: run.bounds[index + 1]?.[0] ?? duration, least, most }));
const boundsAt = second => boundsParts.findLast(({ from }) => from <= second) ?? boundsParts[0];
const visible = (parts, view) => parts.filter(({ from, to }) => to > view.from && from < view.to);

function boundsBand(frame) {
  const boxes = visible(boundsParts, frame.view).map(({ from, to, least, most }) => {
    // Bounds that are one size are still to be seen.
    const top = frame.y(most), bottom = Math.max(frame.y(least), top + 2);
    return boxPath(Math.max(frame.left, frame.x(from)), Math.min(frame.right, frame.x(to)), Math.max(frame.top, top), bottom);
  });
  return path("bounds", boxes.join(""));
}

// The spans in which a window blocks scaling, or scaling is paused.
const heldParts = run.held.map(([from, to, why]) => ({ from, to, why }));
function heldBands(frame) {
  return visible(heldParts, frame.view).flatMap(({ from, to, why }) => {
    const [left, right] = [Math.max(frame.left, frame.x(from)), Math.min(frame.right, frame.x(to))];
    const bar = path("held-bar", boxPath(left, Math.max(right, left + 1), frame.top, frame.bottom));
    return right - left > why.length * 6.5 ? [bar, word("halo", short(left + 4), frame.bottom - 6, why)] : [bar];
  });
}

// A dry run scales nothing: its decisions are drawn beside the unchanged size.
const observed = run.decisions.filter(({ verdict }) => verdict === "Observed");
function observedLines(frame) {
  const lines = observed.filter(({ at, until }) => until >= frame.view.from && at <= frame.view.to).map(({ at, until, to }) => {
    const from = frame.x(Math.max(at, frame.view.from)), end = Math.max(from + 5, frame.x(Math.min(until, frame.view.to)));
    return `M${short(from)} ${short(Math.max(frame.top, frame.y(to)))}H${short(end)}`;
  });
  return path("line observed-line", lines.join(""));
}

const kpuPlot = {
  title: "KPUs", height: 140, describe: "KPUs allocated, within the bounds; the KPUs of the other policies can be laid over them.",
  legend: [
    { name: labelOf("autoscaler"), line: "kpus-line", value: minute => numberText(run.series.kpus[minute]) },
    { name: "bounds", area: "bounds", value: minute => {
      const { least, most } = boundsAt(minute * 60);
      return least === most ? numberText(least) : `${least} to ${most}`;
    } },
    ...(observed.length ? [{ name: "would have (dry run)", line: "observed-line",
      value: minute => observed.find(({ at, until }) => at < minute * 60 + 60 && until >= minute * 60)?.to ?? "" }] : []),
    ...(heldParts.length ? [{ name: "nothing is scaled", area: "held-bar",
      value: minute => heldParts.find(({ from, to }) => from <= minute * 60 && minute * 60 < to)?.why ?? "" }] : []),
    ...policyOrder.map(policy => ({ name: labelOf(policy), line: `${policy}-line`, toggle: policy,
      value: minute => shownReferences.has(policy) ? numberText(referenceKpus[policy][minute] ?? 0) : "" }))],
  scale: () => {
    // A bound far above the used sizes would flatten the steps, so it may lie outside.
    const used = Math.max(2, largest(run.series.kpus), ...observed.map(({ to }) => to), ...[...shownReferences].map(policy => largest(referenceKpus[policy])));
    const maximum = 1.25 * (run.maxKpus <= 2.5 * used ? Math.max(used, run.maxKpus) : used * 1.2);
    return { maximum, ticks: roundTicks(maximum, 1).map(value => [value, numberText(value)]) };
  },
  draw: frame => {
    const kpus = bucketsOf(run.series.kpus, frame);
    // The names are of the bounds at the right edge.
    const { least, most } = boundsAt(frame.view.to - 1);
    const bound = (value, text, shift) => frame.y(value) <= frame.top ? [] : level("bound", value, frame, text, shift);
    const names = least === most ? bound(least, `always ${least}`, 0) : [...bound(most, `most ${most}`, 0), ...bound(least, `least ${least}`, -2)];
    return [boundsBand(frame), ...heldBands(frame), ...restartBands(frame, true),
      path("kpus-area", areaPath(kpus, frame, "most")), ...(boundsParts.length === 1 ? names : names.filter(({ tagName }) => tagName === "text")),
      ...policyOrder.filter(policy => shownReferences.has(policy)).map(policy => path(`line ${policy}-line`, linePath(bucketsOf(referenceKpus[policy], frame), frame))),
      observedLines(frame), path("line kpus-line", linePath(kpus, frame)), ...restartNames(frame)];
  },
};

const { metric } = run;
const metricPlot = {
  title: metric.label, height: 130, describe: `The metric of the alarms, ${metric.label}, with its thresholds.`,
  legend: [{ name: "value", line: "metric-line", value: minute => {
    const value = metric.values[minute];
    return typeof value === "number" ? numberText(value, Math.abs(value) < 1000 ? 1 : 0) : "no data";
  } }],
  scale: () => {
    const most = Math.max(1.1 * largest(metric.values), 1.15 * (metric.outThreshold ?? 0), 1.15 * (metric.inThreshold ?? 0)) || 1;
    // A lag metric can dwarf its thresholds; only then the scale is logarithmic.
    if (most <= 20 * (metric.outThreshold || most)) return { maximum: most, ticks: roundTicks(most).map(value => [value, compactText(value)]) };
    const powers = Array.from({ length: Math.ceil(Math.log10(most)) }, (_, power) => 10 ** power);
    const kept = powers.filter((_, power) => power % Math.ceil(powers.length / 5) === 0);
    return { maximum: most, transform: logarithmic, ticks: [0, ...kept].map(value => [value, compactText(value)]) };
  },
  draw: frame => {
    const both = typeof metric.inThreshold === "number";
    const near = both && Math.abs(frame.y(metric.outThreshold) - frame.y(metric.inThreshold)) < 13 ? 6 : 0;
    return [...restartBands(frame, true), path("line metric-line", linePath(bucketsOf(metric.values, frame), frame)),
      ...level("out", metric.outThreshold, frame, `out ${compactText(metric.outThreshold)}`, -near),
      ...level("in", metric.inThreshold, frame, `in ${compactText(metric.inThreshold)}`, near)];
  },
};

const stripHeight = 16, stripPitch = 38;
const alarmPlot = {
  title: "Alarms", height: Math.max(1, run.alarms.length) * stripPitch, describe: "The states of the alarms.", strips: true,
  legend: [
    ...run.alarms.map((alarm, index) => ({ name: alarm.name, value: minute => alarmStates[index][minute] ?? "" })),
    ...Object.entries(stateNames).map(([name, area]) => ({ name, area }))],
  scale: () => ({ maximum: 1, ticks: [] }),
  draw: frame => run.alarms.flatMap((alarm, index) => {
    const top = index * stripPitch + 18, boxes = { OK: "", INSUFFICIENT_DATA: "", ALARM: "" };
    const states = [[0, "INSUFFICIENT_DATA"], ...alarm.states, [duration, null]];
    states.slice(0, -1).forEach(([at, state], place) => {
      const until = states[place + 1][0];
      if (until <= frame.view.from || at >= frame.view.to || until <= at) return;
      const from = frame.x(at), to = state === "OK" ? frame.x(until) : Math.max(frame.x(until), from + 1);
      boxes[state] += boxPath(from, to, top, top + stripHeight);
    });
    // ALARM is drawn last, so that a short one is not hidden by its neighbours.
    return [word("", frame.left, top - 5, `${alarm.name}: ${alarm.rule}`),
      ...Object.entries(boxes).map(([state, d]) => path(stateNames[state], d))];
  }),
};

const plots = [loadPlot, lagPlot, kpuPlot, metricPlot, alarmPlot];

function drawPlot(plot, view, width) {
  const scale = plot.scale(view), frame = makeFrame(view, width, plot.height, scale);
  let lastName = Infinity; // where the ticks of a logarithmic scale crowd, only some are named
  const ticks = scale.ticks.filter(([value]) => lastName - frame.y(value) >= 14 && ((lastName = frame.y(value)), true));
  const box = boxPath(frame.left, frame.right, frame.top, frame.bottom);
  return drawing(width, plot.height, plot.describe,
    plot.strips ? [] : path("frame", box),
    plot.strips ? [] : timeTicks(view, width).map(({ at, midnight }) => path(midnight ? "grid day" : "grid", `M${short(frame.x(at))} ${frame.top}V${frame.bottom}`)),
    ticks.map(([value, text]) => [path("grid", levelPath(value, frame)), word("end", gutter - 8, frame.y(value) + 4, text)]),
    plot.draw(frame));
}

function drawAxis(view, width) {
  const frame = makeFrame(view, width, 24, { maximum: 1 });
  return drawing(width, 24, null, timeTicks(view, width).map(({ at, midnight }) => [
    path("tick", `M${short(frame.x(at))} 0V5`),
    word(midnight ? "middle day-name" : "middle", short(frame.x(at)), 18, midnight ? dayText(at) : clockText(at))]));
}
