"use strict";
// The page around the plots: texts, tables, zoom and crosshair.

const byId = id => document.getElementById(id);
const resultOf = policy => run.results.find(result => result.policy === policy);
const spanText = run.minutes % 1440 === 0 ? countText(run.minutes / 1440, "day") : durationText(duration);
const missedText = result => result.missedMinutes > 0 ? durationText(result.missedMinutes * 60) : "never";

// ---- Title, summary and results ----

function costAgainst(dollars, otherDollars) {
  const part = otherDollars > 0 ? 100 * (1 - dollars / otherDollars) : 0;
  return Math.abs(part) < 0.5 ? "the same as" : `${numberText(Math.abs(part))}\u00a0% ${part > 0 ? "less" : "more"} than`;
}

function changeText(value, other) {
  const percent = other > 0 ? Math.round(100 * (value / other - 1)) : 0;
  return percent === 0 ? "±0\u00a0%" : `${percent < 0 ? "−" : "+"}${numberText(Math.abs(percent))}\u00a0%`;
}

function missedAgainst(minutes, otherMinutes) {
  const seconds = (otherMinutes - minutes) * 60;
  if (minutes === 0 && otherMinutes === 0) return "neither misses the objective";
  return "misses the objective " + (Math.abs(seconds) < 30 ? "for as long" : `${durationText(Math.abs(seconds))} ${seconds > 0 ? "less" : "longer"}`);
}

function writeSummary() {
  const own = resultOf("autoscaler"), peak = resultOf("peak");
  document.title = `${run.command}: ${run.trace}, ${spanText}`;
  byId("title").textContent = `${run.trace}, ${spanText}`;
  byId("kicker").textContent = `${run.command} · seed ${run.seed}`;
  const missed = own.missedMinutes > 0
    ? ["missed the lag objective of ", `${durationText(run.objectiveSeconds)} for `, element("strong", {}, missedText(own)), ` (${percentText(own.missedPercent)} of the time)`]
    : [element("strong", {}, "never missed"), ` the lag objective of ${durationText(run.objectiveSeconds)}`];
  byId("summary").append(`Over ${spanText} of ${run.trace}, ${own.label} would have cost `, element("strong", {}, dollarText(own.dollars)), ", ",
    ...(peak ? [element("strong", {}, costAgainst(own.dollars, peak.dollars).replace(/ (than|as)$/, "")), `${/ \w+$/.exec(costAgainst(own.dollars, peak.dollars))[0]} always running the peak size, `] : []), "and ", ...missed, ".");
  const others = run.results.filter(result => result !== own && result !== peak)
    .map(result => `Against the ${result.label}, it costs ${costAgainst(own.dollars, result.dollars).replace(/ than$| as$/, "")} and ${missedAgainst(own.missedMinutes, result.missedMinutes)}.`);
  const restarts = own.rescales ? `It rescaled ${own.rescales === 1 ? "once" : `${numberText(own.rescales)} times, ${numberText(own.rescalesPerDay, 1)} a day`}, `
    + `and was down ${durationText(own.downtimeSeconds)} for it.` : "It never rescaled.";
  byId("comparison").textContent = [restarts, ...others].join(" ");
  if (run.uncertain.length)
    byId("comparison").after(element("p", { class: "comparison" }, element("strong", {}, "Low confidence: "), run.uncertain.join("; ") + "."));
}

function writeResults() {
  const own = resultOf("autoscaler"), peak = resultOf("peak");
  const dearest = largest(run.results.map(result => result.dollars)), longest = largest(run.results.map(result => result.missedMinutes));
  const bar = (value, most, kind) => element("div", { class: `bar ${kind}`, "aria-hidden": "true" },
    element("i", { style: `width: ${most > 0 ? 100 * value / most : 0}%`, class: value > 0 ? "" : "nothing" }));
  const pair = (first, second) => element("div", { class: "pair" }, element("b", {}, first), element("span", {}, second));
  const head = ["Policy", peak ? `Cost, against ${peak.label}` : "Cost", "Lag objective missed", "Worst lag", "Rescales", "Downtime"];
  const rows = run.results.map(result => element("tr", { class: result === own ? "own" : "", style: `--own-color: var(--${result === own ? "accent" : result.policy})` },
    element("th", { scope: "row" }, element("span", { class: "swatch", "aria-hidden": "true" }), result.label, element("small", {}, result.description)),
    element("td", { class: "barred", "data-heading": head[1] }, pair(dollarText(result.dollars), peak && result !== peak ? changeText(result.dollars, peak.dollars) : ""),
      bar(result.dollars, dearest, ""), element("small", {}, `${numberText(result.kpuHours)} KPU-hours`)),
    element("td", { class: "barred", "data-heading": head[2] }, pair(missedText(result), percentText(result.missedPercent)), bar(result.missedMinutes, longest, "missed")),
    element("td", { class: "number", "data-heading": head[3] }, durationText(result.worstLagSeconds)),
    element("td", { class: "number", "data-heading": head[4] }, numberText(result.rescales),
      result.rescales ? element("small", {}, `${numberText(result.rescalesPerDay, 1)}\u00a0a\u00a0day`) : null),
    element("td", { class: "number", "data-heading": head[5] }, durationText(result.downtimeSeconds))));
  byId("results").append(
    element("thead", {}, element("tr", {}, head.map((name, index) => element("th", { scope: "col", class: index > 2 ? "number" : "" }, name)))),
    element("tbody", {}, rows));
  byId("results-note").textContent = `Dollars are KPU-hours at $${run.pricePerKpuHour}, including the orchestration KPU, which is charged beside the KPUs of the application${run.snapshotsInWords}.`
    + ` ${run.ownCostInWords}.`
    + ` The objective is missed while the lag is above ${durationText(run.objectiveSeconds)}.`;
}

// ---- The time window ----

const view = { from: 0, to: duration };
const shortestWindow = Math.min(duration, 600);
let cursor = null; // a minute, or null

const stackWidth = () => Math.max(320, byId("stack").clientWidth);
const pixelOf = second => gutter + (second - view.from) / (view.to - view.from) * (stackWidth() - gutter - rightMargin);
function secondAt(event) {
  const part = (event.clientX - byId("stack").getBoundingClientRect().left - gutter) / (stackWidth() - gutter - rightMargin);
  return view.from + Math.min(1, Math.max(0, part)) * (view.to - view.from);
}

function showWindow(from, to) {
  const length = Math.min(duration, Math.max(shortestWindow, to - from));
  view.from = Math.round(Math.min(duration - length, Math.max(0, (from + to - length) / 2)));
  view.to = Math.round(view.from + length);
  const whole = view.from === 0 && view.to === duration;
  // A page inside a sandboxed frame may not change its address; the plots matter more.
  try { history.replaceState(null, "", whole ? location.pathname + location.search : `#from=${view.from}&to=${view.to}`); } catch { }
  redraw();
}
const showWhole = () => showWindow(0, duration);

function windowFromAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const from = Number(parts.get("from") ?? 0), to = Number(parts.get("to") ?? duration);
  const at = parts.has("at") ? Number(parts.get("at")) : NaN;
  if (at >= 0 && at < duration) cursor = Math.floor(at / 60);
  if (from < to) showWindow(from, to); else showWhole();
}

const drawn = plots.map(plot => {
  const holder = element("div");
  const entries = plot.legend.map(entry => {
    const mark = entry.line ? path(`line ${entry.line}`, "M0 5H18") : path(entry.area, "M0 0H18V10H0Z");
    const value = element("b");
    const sign = shape("svg", { viewBox: "0 0 18 10", "aria-hidden": "true" }, shape("g", { class: entry.above ? "above" : "" }, mark));
    const toggle = entry.toggle && element("input", { type: "checkbox", style: `--own-color: var(--${entry.toggle})`,
      onchange: event => { shownReferences[event.target.checked ? "add" : "delete"](entry.toggle); redraw(); } });
    return { entry, value, markless: !entry.line && !entry.area, made: element(toggle ? "label" : "span", {}, toggle ?? null, entry.line || entry.area ? sign : null, entry.name, value) };
  });
  byId("plots").append(element("div", { class: "plot" },
    element("div", { class: "plot-head" }, element("h3", {}, plot.title), element("div", { class: "legend" }, entries.map(({ made }) => made))), holder));
  return { plot, holder, entries };
});

function redraw() {
  const width = stackWidth();
  for (const { plot, holder } of drawn) holder.replaceChildren(drawPlot(plot, view, width));
  for (const id of ["axis-above", "axis-below"]) byId(id).replaceChildren(drawAxis(view, width));
  navigatorWindow.style.left = `${100 * view.from / duration}%`;
  navigatorWindow.style.right = `${100 - 100 * view.to / duration}%`;
  for (const { from, to, button } of days) button.setAttribute("aria-pressed", String(view.from === from && view.to === to));
  byId("zoom-out").disabled = navigatorWindow.hidden = view.from === 0 && view.to === duration;
  showCursor();
}

function showCursor() {
  const visible = cursor !== null && cursor * 60 + 59 >= view.from && cursor * 60 < view.to;
  byId("crosshair").hidden = !visible;
  byId("crosshair").style.left = `${pixelOf(Math.min(view.to, Math.max(view.from, cursor * 60 + 30)))}px`;
  byId("moment").textContent = visible ? momentText(cursor * 60) : `${momentText(view.from)} – ${momentText(view.to)}`;
  for (const { entry, value, made, markless } of drawn.flatMap(({ entries }) => entries)) {
    value.textContent = visible && entry.value ? entry.value(cursor) : "";
    made.hidden = markless && !value.textContent;
  }
}

// ---- Days above the plots ----

const navigatorWindow = element("div", { class: "window" });
const days = [];
for (let from = 0; from < duration;) {
  const to = Math.min(duration, from + 86400 - daySecond(from) % 86400), whole = { from, to };
  const short = shortDayText(from);
  const name = duration > 14 * 86400 ? short : [element("span", { class: "long-name" }, dayText(from)), element("span", { class: "short-name" }, short)];
  days.push({ ...whole, button: element("button", { type: "button", "aria-label": dayText(from), title: dayText(from), "aria-pressed": "false",
    style: `left: ${100 * from / duration}%; width: ${100 * (to - from) / duration}%`,
    onclick: () => view.from === whole.from && view.to === whole.to ? showWhole() : showWindow(whole.from, whole.to) }, name) });
  from = to;
}

function drawNavigator() {
  const whole = { from: 0, to: duration }, { load, lagSeconds } = run.series;
  const frame = makeFrame(whole, 1000, 46, { maximum: 1.2 * largest(load) }, 0, 1000);
  const missed = bucketsOf(lagSeconds, frame).filter(bucket => bucket?.most > run.objectiveSeconds)
    .map(bucket => boxPath(frame.x(bucket.from), Math.max(frame.x(bucket.to), frame.x(bucket.from) + 1.5), 41, 46)).join("");
  const picture = drawing(1000, 46, null, path("load-most", areaPath(bucketsOf(load, frame), frame, "most")), path("over-area", missed));
  picture.setAttribute("preserveAspectRatio", "none");
  byId("navigator").append(picture, navigatorWindow, ...days.map(({ button }) => button));
}

// ---- Pointer and keyboard ----

function listenToStack() {
  const stack = byId("stack"), selection = byId("selection");
  let start = null; // where a drag began: { clientX, second }
  const dragged = event => start && Math.abs(event.clientX - start.clientX) > 4;
  const stop = () => { start = null; selection.hidden = true; };
  stack.addEventListener("pointerdown", event => {
    if (event.button === 0 && !event.target.closest("label")) start = { clientX: event.clientX, second: secondAt(event) };
  });
  stack.addEventListener("pointermove", event => {
    // New values would move the checkbox away from the pointer.
    if (!start && event.target.closest("label")) return;
    const second = secondAt(event);
    cursor = Math.min(run.minutes - 1, Math.floor(second / 60));
    if (dragged(event)) {
      stack.setPointerCapture(event.pointerId);
      const [left, right] = [start.second, second].map(pixelOf).sort((one, other) => one - other);
      selection.hidden = false;
      selection.style.left = `${left}px`;
      selection.style.width = `${right - left}px`;
    }
    showCursor();
  });
  stack.addEventListener("pointerup", event => {
    const begun = start, far = dragged(event);
    stop();
    if (far) showWindow(Math.min(begun.second, secondAt(event)), Math.max(begun.second, secondAt(event)));
  });
  stack.addEventListener("pointercancel", stop);
  stack.addEventListener("pointerleave", () => { if (!start) { cursor = null; showCursor(); } });
  stack.addEventListener("dblclick", event => { if (!event.target.closest("label")) showWhole(); });
  stack.addEventListener("keydown", event => {
    if (event.target !== stack || event.ctrlKey || event.metaKey || event.altKey) return;
    const length = view.to - view.from, middle = cursor === null ? (view.from + view.to) / 2 : cursor * 60 + 30;
    const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (direction && event.shiftKey) showWindow(view.from + direction * length / 4, view.to + direction * length / 4);
    else if (direction) moveCursor(middle + direction * Math.max(60, length / 200));
    else if (event.key === "+" || event.key === "=") showWindow(middle - length / 4, middle + length / 4);
    else if (event.key === "-") showWindow(middle - length, middle + length);
    else if (event.key === "Escape" || event.key === "Home") showWhole();
    else return;
    event.preventDefault();
  });
}

function moveCursor(second) {
  cursor = Math.floor(Math.min(view.to - 1, Math.max(view.from, second)) / 60);
  showCursor();
  const values = drawn.flatMap(({ entries }) => entries).filter(({ value }) => value.textContent).map(({ entry, value }) => `${entry.name} ${value.textContent}`);
  byId("spoken").textContent = `${momentText(cursor * 60)}: ${values.join(", ")}`;
}

// ---- Decisions and parameters ----

const words = name => (name ?? "").replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();

function decisionRow(decision) {
  const arrow = decision.direction === "Out" ? "▲" : "▼", reason = decision.reason ? `: ${words(decision.reason)}` : "";
  // A hold of check has no direction yet.
  const way = decision.direction ? ` ${words(decision.direction)}` : "";
  const would = decision.verdict === "Observed" ? "would: " : "";
  const [kind, what] = decision.to ? [words(decision.direction), `${arrow} ${would}${way.trim()} ${decision.from} → ${decision.to}`]
    : ["held", `${decision.verdict === "Hold" ? `hold${way} at ${decision.from}` : words(decision.verdict)}${reason}`];
  const choose = event => {
    for (const row of document.querySelectorAll(".decisions tr.chosen")) row.classList.remove("chosen");
    event.currentTarget.classList.add("chosen");
    cursor = Math.min(run.minutes - 1, Math.floor(decision.at / 60));
    showWindow(decision.at - 3600, decision.at + 3600);
    byId("timeline").scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  };
  // The button makes the row reachable by keyboard; its click bubbles up to the row.
  const of = decision.of ? element("span", { class: "soft" }, `${decision.of}: `) : null;
  return element("tr", { onclick: choose },
    element("td", {}, element("button", { type: "button", title: "Show the hour before and after" }, momentText(decision.at))),
    element("td", { class: `what ${kind}` }, of, what, decision.count > 1 ? element("span", { class: "soft" }, ` × ${numberText(decision.count)}`) : null),
    element("td", {}, decision.why ?? ""), element("td", { class: "soft" }, decision.outcome ?? ""));
}

function writeDecisions() {
  const filters = { Scalings: ({ to }) => to !== undefined && to !== null, Holds: ({ to }) => to === undefined || to === null, All: () => true };
  const body = element("tbody"), buttons = {}, mostRows = 400;
  const list = (name, limit = mostRows) => {
    const kept = run.decisions.filter(filters[name]), rows = kept.slice(0, limit).map(decisionRow);
    const spread = (content) => element("tr", {}, element("td", { class: "empty", colspan: 4 }, content));
    if (!rows.length) rows.push(spread(name === "All" ? "This run has no decisions." : `No ${name.toLowerCase()} in this run.`));
    if (kept.length > limit) rows.push(spread(element("button", { type: "button", onclick: () => list(name, Infinity) }, `Show all ${numberText(kept.length)}`)));
    body.replaceChildren(...rows);
    for (const [other, button] of Object.entries(buttons)) button.setAttribute("aria-pressed", String(other === name));
  };
  for (const [name, keeps] of Object.entries(filters)) {
    buttons[name] = element("button", { type: "button", onclick: () => list(name) }, `${name} ${numberText(run.decisions.filter(keeps).length)}`);
  }
  byId("filters").append(...Object.values(buttons));
  byId("decisions").append(element("thead", {}, element("tr", {}, ["Time", "Decision", "Why", "Outcome"].map(name => element("th", { scope: "col" }, name)))), body);
  list("Scalings");
}

function writeParameters() {
  byId("parameters").append(...run.parameters.map(({ name, value, isDefault, meaning }) =>
    element("div", { class: isDefault ? "" : "changed", title: meaning }, element("dt", {}, name), element("dd", {}, value === "" ? "–" : value))));
  const changed = run.parameters.filter(({ isDefault }) => !isDefault).length;
  byId("parameters-note").textContent = changed ? `${countText(changed, "parameter")}, in bold, ${changed === 1 ? "differs" : "differ"} from the default.` : "All parameters have their defaults.";
}

byId("model").textContent = run.model;
writeSummary();
if (stream) writeStream();
writeResults();
writeDecisions();
writeParameters();
drawNavigator();
listenToStack();
byId("zoom-out").addEventListener("click", showWhole);
window.addEventListener("hashchange", windowFromAddress);
windowFromAddress();
new ResizeObserver(redraw).observe(byId("stack"));
