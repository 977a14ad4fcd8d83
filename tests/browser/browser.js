// Opens a page as a reader's browser does, and collects every problem of it.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before } from "node:test";
import { chromium } from "playwright-core";

const folder = new URL("../../target/browser/", import.meta.url);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const reports = ["simulate", "schedule", "pipeline", "dry-run", "backtest"];
export const pages = [...reports, "tune"];

const wide = { width: 1280, height: 900 }, narrow = { width: 420, height: 900 };
export const looks = {
  "light-wide": ["light", wide],
  "dark-wide": ["dark", wide],
  "light-narrow": ["light", narrow],
  "dark-narrow": ["dark", narrow],
};

export async function show(page, [colorScheme, viewport]) {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize(viewport);
  // The plots follow the width in the next frame.
  await page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

/** Starts one browser for the tests of a file. Returns a function that opens a page in it. */
export function startBrowser() {
  let browser;
  before(async () => { browser = await chromium.launch({ executablePath: process.env.BROWSER }); });
  after(() => browser.close());
  return async (file, address = "") => {
    const context = await browser.newContext({ colorScheme: "light", viewport: wide, reducedMotion: "reduce" });
    // A busy machine may need long for a page.
    context.setDefaultTimeout(120_000);
    const page = await context.newPage(), problems = [];
    page.on("console", message => { if (["error", "warning"].includes(message.type())) problems.push(`console: ${message.text()}`); });
    page.on("pageerror", error => problems.push(`exception: ${error.message}`));
    page.on("request", request => { if (!/^(file|data|blob):/.test(request.url())) problems.push(`request to a network: ${request.url()}`); });
    await page.goto(new URL(`pages/${file}${address}`, folder).href);
    return { page, problems, close: () => context.close() };
  };
}

/** Keeps a picture of the whole page, for a person. */
export async function keepScreenshot(page, name) {
  mkdirSync(new URL("screenshots/", folder), { recursive: true });
  await page.screenshot({ path: new URL(`screenshots/${name}.png`, folder).pathname, fullPage: true });
}

/** Returns each place where content is wider than its box, so that a reader must scroll sideways or can't see it. */
export const cutOff = page => page.evaluate(() => {
  const found = [], root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth - root.clientWidth} px wider than the window`);
  for (const box of document.querySelectorAll("main *")) {
    const name = `${box.localName}.${box.getAttribute("class")}#${box.id}`, style = getComputedStyle(box);
    if (box.closest("svg, .hidden-text, thead") || style.display === "inline" || !box.clientWidth) continue;
    if (style.overflowX !== "visible" && box.scrollWidth > box.clientWidth + 1) found.push(`${name} hides ${box.scrollWidth - box.clientWidth} px`);
    if (box.getBoundingClientRect().right > innerWidth + 1) found.push(`${name} is outside of the window`);
  }
  for (const text of document.querySelectorAll("svg text")) {
    const { left, right } = text.getBoundingClientRect();
    if (left < -1 || right > innerWidth + 1) found.push(`the text '${text.textContent}' is outside of the window`);
  }
  return found;
});

/** Returns the violated accessibility rules, each with its first element. */
export async function inaccessible(page) {
  if (!await page.evaluate(() => "axe" in window)) await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run({
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"] }));
  return violations.map(({ id, nodes }) => {
    const [{ target, any, all }] = nodes;
    return `${id}, ${nodes.length} times: ${target} ${[...any, ...all].map(({ message }) => message).join("; ")}`;
  });
}

/** Returns the texts in drawings with a contrast below 4.5, which the accessibility rules do not measure. */
export const illegible = page => page.evaluate(() => {
  const numbers = color => color.match(/[\d.]+/g).map(Number);
  const luminance = color => {
    const [red, green, blue] = numbers(color).map(value => value / 255).map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const isOpaque = color => (numbers(color)[3] ?? 1) === 1 && color !== "none";
  const ground = text => {
    const frame = text.ownerSVGElement.querySelector(".frame")?.getBoundingClientRect(), { left, right } = text.getBoundingClientRect();
    if (frame && left >= frame.left && right <= frame.right) return getComputedStyle(text.ownerSVGElement.querySelector(".frame")).fill;
    for (let box = text.ownerSVGElement; box; box = box.parentElement) {
      const color = getComputedStyle(box).backgroundColor;
      if (isOpaque(color)) return color;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("svg text")].flatMap(text => {
    const ratio = contrast(getComputedStyle(text).fill, ground(text));
    return ratio < 4.5 ? [`'${text.textContent}' has a contrast of ${ratio.toFixed(2)}`] : [];
  });
});

/** Returns the controls that Tab does not reach, and those that do not show the focus. */
export async function outOfReach(page) {
  const controls = await page.evaluate(() => {
    const all = [...document.querySelectorAll("a[href], button:not(:disabled), input, [tabindex='0']")].filter(control => control.checkVisibility());
    all.forEach((control, index) => { control.dataset.control = `${index} ${control.localName} '${(control.textContent || control.id).slice(0, 20)}'`; });
    return all.map(control => control.dataset.control);
  });
  const missed = new Set(controls), unmarked = [];
  for (let presses = 0; missed.size && presses < controls.length + 20; presses++) {
    await page.keyboard.press("Tab");
    const [name, outline] = await page.evaluate(() => [document.activeElement.dataset.control, getComputedStyle(document.activeElement).outlineStyle]);
    if (missed.delete(name) && outline === "none") unmarked.push(`${name} does not show the focus`);
  }
  return [...unmarked, ...[...missed].map(name => `${name} is not reached by Tab`)];
}
