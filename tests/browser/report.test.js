// The report in use: by mouse, by keyboard and by its address.

import assert from "node:assert/strict";
import { test } from "node:test";
import { reports, startBrowser } from "./browser.js";

const open = startBrowser();

/** Opens a report, uses it, and expects no problem. */
async function use(report, address, steps) {
  const { page, problems, close } = await open(`${report}.html`, address);
  await steps(page);
  assert.deepEqual(problems, []);
  await close();
}

/** Returns the seconds of the visible window, as the address of the page has them, or null for the whole run. */
async function windowOf(page) {
  const parts = new URLSearchParams(new URL(page.url()).hash.slice(1));
  return parts.has("from") ? [Number(parts.get("from")), Number(parts.get("to"))] : null;
}

const lengthOf = async page => { const [from, to] = await windowOf(page); return to - from; };
const textOf = (page, id) => page.locator(`#${id}`).textContent();

/** Returns the point of the plots at a share of their width, in pixels of the window. */
async function pointAt(page, share) {
  await page.locator("#timeline").evaluate(section => section.scrollIntoView());
  const box = await page.locator("#stack").boundingBox();
  return [box.x + share * box.width, box.y + 60];
}

for (const report of reports) {
  test(`${report}: a drag zooms in, a double click zooms out`, () => use(report, "", async page => {
    const before = await page.locator("#axis-below").innerHTML();
    await page.mouse.move(...await pointAt(page, 0.4));
    await page.mouse.down();
    await page.mouse.move(...await pointAt(page, 0.5), { steps: 3 });
    assert.ok(await page.locator("#selection").isVisible(), "the selection is not shown");
    await page.mouse.up();
    const [from, to] = await windowOf(page), whole = await page.evaluate(() => run.minutes * 60);
    assert.ok(to - from > whole / 20 && to - from < whole / 5, `a tenth of the plots is a window of ${to - from} s of ${whole} s`);
    assert.notEqual(await page.locator("#axis-below").innerHTML(), before);
    assert.ok(await page.locator("#selection").isHidden());
    await page.mouse.dblclick(...await pointAt(page, 0.5));
    assert.equal(await windowOf(page), null);
    assert.equal(await page.locator("#axis-below").innerHTML(), before);
  }));

  test(`${report}: keys zoom, move the window and the crosshair, and show the whole run again`, () => use(report, "", async page => {
    await page.locator("#stack").focus();
    await page.keyboard.press("ArrowRight");
    assert.ok(await page.locator("#crosshair").isVisible(), "an arrow key shows no crosshair");
    const [spoken, moment] = [await textOf(page, "spoken"), await textOf(page, "moment")];
    assert.ok(spoken.startsWith(`${moment}: `) && / load [\d,]+ \/s, /.test(spoken), `a screen reader reads '${spoken}' at '${moment}'`);
    await page.keyboard.press("+");
    const length = await lengthOf(page), [from] = await windowOf(page);
    await page.keyboard.press("+");
    assert.ok(Math.abs(await lengthOf(page) - length / 2) <= 2, "+ does not halve the window");
    await page.keyboard.press("-");
    assert.ok(Math.abs(await lengthOf(page) - length) <= 2, "- does not double the window");
    await page.keyboard.press("Shift+ArrowLeft");
    assert.ok((await windowOf(page))[0] < from, "Shift with an arrow key does not move the window");
    await page.keyboard.press("Escape");
    assert.equal(await windowOf(page), null);
  }));

  test(`${report}: each other policy can be laid over the KPUs, and be removed`, () => use(report, "", async page => {
    const boxes = await page.locator(".legend input").all();
    assert.ok(boxes.length >= 3 || report === "pipeline", `there are ${boxes.length} other policies`);
    for (const box of boxes) {
      const policy = (await box.getAttribute("style")).match(/--own-color: var\(--(\w+)\)/)[1];
      const lines = page.locator(`#plots svg[role=img] .${policy}-line`);
      const seen = [await lines.count()];
      await box.check();
      seen.push(await lines.count());
      await box.uncheck();
      seen.push(await lines.count());
      assert.deepEqual(seen, [0, 1, 0], policy);
    }
  }));

  test(`${report}: the buttons list the scalings, the holds or all decisions`, () => use(report, "", async page => {
    const rows = () => page.locator("#decisions tbody tr").filter({ hasNot: page.locator("td.empty") }).count();
    for (const button of await page.locator("#filters button").all()) {
      await button.click();
      assert.equal(await button.getAttribute("aria-pressed"), "true");
      const more = page.getByRole("button", { name: /^Show all/ });
      if (await more.count()) await more.click();
      const stated = Number((await button.textContent()).match(/[\d,]+$/)[0].replace(",", ""));
      assert.equal(await rows(), stated, await button.textContent());
    }
  }));
}

for (const way of ["mouse", "keyboard"]) {
  test(`a decision's time, by ${way}, shows the hour before and after it`, () => use("simulate", "", async page => {
    const link = page.locator("#decisions button").nth(5), at = await page.evaluate(() => run.decisions.filter(({ to }) => to)[5].at);
    if (way === "mouse") await link.click(); else { await link.focus(); await page.keyboard.press("Enter"); }
    assert.deepEqual(await windowOf(page), [at - 3600, at + 3600]);
    assert.equal(await textOf(page, "moment"), await link.textContent());
    assert.ok(await page.locator("#crosshair").isVisible());
    assert.equal(await page.locator("#decisions tr.chosen").count(), 1);
    assert.ok((await page.locator("#timeline").boundingBox()).y < 100, "the plots are not scrolled into view");
    await page.getByRole("button", { name: "Whole run" }).click();
    assert.equal(await windowOf(page), null);
  }));
}

test("a day above the plots zooms to it, and a second click shows the whole run", () => use("simulate", "", async page => {
  const day = page.locator("#navigator button").nth(2);
  await day.click();
  assert.equal(await day.getAttribute("aria-pressed"), "true");
  assert.deepEqual(await windowOf(page), [2 * 86400, 3 * 86400]);
  await day.click();
  assert.equal(await windowOf(page), null);
}));

test("an address opens its window, also when it changes later", () => use("simulate", "#from=90000&to=97200&at=93600", async page => {
  const shown = await textOf(page, "moment");
  assert.ok(await page.locator("#crosshair").isVisible());
  await page.evaluate(() => { location.hash = "#from=180000&to=187200&at=183600"; });
  await page.waitForFunction(before => document.getElementById("moment").textContent !== before, shown);
  assert.deepEqual(await windowOf(page), [180000, 187200]);
}));

test("the plots follow the width of the window", () => use("simulate", "", async page => {
  const width = () => page.locator("#plots svg[role=img]").first().getAttribute("width").then(Number);
  const before = await width();
  await page.setViewportSize({ width: 800, height: 900 });
  await page.waitForFunction(before => document.querySelector("#plots svg[role=img]").getAttribute("width") < before, before);
  assert.ok(await width() < 800);
}));

test("a sandboxed frame, which forbids changes of the address, can be zoomed", () => use("simulate", "", async page => {
  const srcdoc = await page.content();
  await page.goto("about:blank");
  await page.evaluate(srcdoc => {
    const frame = Object.assign(document.createElement("iframe"), { srcdoc, width: 1200, height: 900 });
    frame.sandbox = "allow-scripts";
    document.body.replaceChildren(frame);
  }, srcdoc);
  const frame = page.frameLocator("iframe");
  await frame.locator("#stack").focus();
  const whole = await frame.locator("#moment").textContent();
  await page.keyboard.press("+");
  assert.notEqual(await frame.locator("#moment").textContent(), whole);
}));
