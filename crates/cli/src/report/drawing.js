"use strict";
// Text formats, elements and scales for drawing. Everything is SVG with class names, so that the
// style sheet alone decides colors and paper gets sharp lines. It reads the global `run`.

const gutter = 64, rightMargin = 62, duration = run.minutes * 60;
const policyOrder = ["recorded", "today", "latency", "balanced", "cost", "peak", "builtin", "sample", "oracle"].filter(policy => run.references?.[policy]);
const labelOf = policy => run.results.find(result => result.policy === policy)?.label ?? policy;

// ---- Text: a number and its unit stay on one line, hence the no-break spaces (\u00a0) ----

const numberText = (value, digits = 0) =>
  value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const compactText = value => (value ?? 0).toLocaleString("en-US", { notation: "compact", maximumSignificantDigits: 4 });
const percentText = value => `${numberText(value, value === 0 || value >= 10 ? 0 : value < 0.1 ? 2 : 1)}\u00a0%`;
const dollarText = value => "$" + numberText(value, 2);
const countText = (count, noun) => `${numberText(count)} ${noun}${count === 1 ? "" : "s"}`;

function durationText(seconds) {
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))}\u00a0s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}\u00a0s`;
  const [size, unit, smaller, smallerUnit] = whole < 3600 ? [60, "min", 1, "s"] : whole < 86400 ? [3600, "h", 60, "min"] : [86400, "d", 3600, "h"];
  const rest = Math.floor(whole % size / smaller);
  return `${numberText(Math.floor(whole / size))}\u00a0${unit}` + (rest ? `\u00a0${rest}\u00a0${smallerUnit}` : "");
}

// A load without dates counts from its own start, so that its days have numbers. A change of the clocks within the run shifts no label.
const daySecond = second => second + (run.calendar?.sinceMidnight ?? 0);
const dayIndex = second => Math.floor(daySecond(second) / 86400);
const dayText = second => run.calendar
  ? new Date(Date.parse(run.calendar.date) + 86400000 * dayIndex(second)).toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" })
  : `day ${dayIndex(second) + 1}`;
const shortDayText = second => run.calendar ? dayText(second).split(" ")[1] : `${dayIndex(second) + 1}`;
const clockText = second => new Date(1000 * (daySecond(second) % 86400)).toISOString().slice(11, 16);
const momentText = second => `${dayText(second)}, ${clockText(second)}`;

// ---- Elements ----

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.flat(Infinity).filter(child => child !== null));
  return made;
}
const element = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const shape = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
const drawing = (width, height, label, ...children) => shape("svg",
  { viewBox: `0 0 ${width} ${height}`, width, height, ...(label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" }) }, ...children);
const path = (name, d) => shape("path", { class: name, d });
const word = (name, x, y, text) => shape("text", { class: name, x, y }, text);

// ---- Scales ----

const linear = value => value;
const logarithmic = value => Math.log10(1 + value); // 0 has a place, and a second and a day both fit
const largest = (values, start = 0) => values.reduce((most, value) => value > most ? value : most, start);

function roundTicks(maximum, leastStep = 0) {
  const rough = maximum / 5, power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(leastStep, power * ([1, 2, 5].find(factor => factor * power >= rough) ?? 10));
  return Array.from({ length: Math.floor(maximum / step) + 1 }, (_, index) => index * step);
}

// Places of the vertical lines: whole minutes, hours or days, at least `room` pixels apart.
function timeTicks(view, width, room = 78) {
  const pixelsPerSecond = (width - gutter - rightMargin) / (view.to - view.from);
  const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 20160, 40320, 80640, 161280];
  const step = 60 * (minutes.find(size => size * 60 * pixelsPerSecond >= room) ?? minutes.at(-1));
  const ticks = [];
  const first = Math.ceil(daySecond(view.from) / step) * step - daySecond(0);
  for (let at = first; at <= view.to; at += step) {
    ticks.push({ at, midnight: daySecond(at) % 86400 === 0 });
  }
  return ticks;
}

function makeFrame(view, width, height, { maximum, transform = linear }, left = gutter, right = width - rightMargin) {
  const top = 1, bottom = height - 1;
  const within = (value, low, high) => Math.min(high, Math.max(low, value));
  return {
    view, left, right, top, bottom,
    x: second => within(left + (second - view.from) / (view.to - view.from) * (right - left), left, right),
    y: value => bottom - within(transform(Math.max(0, value)) / transform(maximum || 1), 0, 1) * (bottom - top),
  };
}
