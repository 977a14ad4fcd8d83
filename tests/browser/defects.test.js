// Each check finds the defect that it is for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cutOff, illegible, inaccessible, looks, outOfReach, show, startBrowser } from "./browser.js";

const open = startBrowser();

const style = text => page => page.addStyleTag({ content: text });
const script = text => page => page.evaluate(text);
const reported = async (page, problems) => { await page.waitForTimeout(50); return problems; };

// A defect, how it is made, the check, and its finding.
const rows = [
  ["an exception", script("setTimeout(() => { throw new Error('broken'); })"), reported, /exception: broken/],
  ["an error in the console", script("console.error('broken')"), reported, /console: broken/],
  ["a request to a network", script("new Image().src = 'http://127.0.0.1:9/'"), reported, /request to a network/],
  ["a page wider than the window", style("main { width: 600px }"), cutOff, /px wider than the window/],
  ["a table that is cut off", style(".results { width: 600px }"), cutOff, /hides \d+ px/],
  ["a long text in a plot", script("document.querySelector('#plots .plot text').textContent = 'long '.repeat(99)"), cutOff, /'long .* is outside of the window/],
  ["pale text", style(".note { color: #999 }"), inaccessible, /color-contrast, /],
  ["pale text in a plot", style("svg text { fill: #999 !important }"), illegible, /has a contrast of 2/],
  ["a button without a name", script("document.querySelector('#filters button').textContent = ''"), inaccessible, /button-name, /],
  ["a control that Tab skips", script("document.querySelector('#filters button').tabIndex = -1"), outOfReach, /is not reached by Tab/],
  ["a hidden focus", style("button { outline: none !important }"), outOfReach, /does not show the focus/],
];

for (const [name, make, check, finding] of rows) {
  test(`${name} is found`, async () => {
    const { page, problems, close } = await open("simulate.html");
    await show(page, looks["light-narrow"]);
    assert.doesNotMatch((await check(page, problems)).join("\n"), finding);
    await make(page);
    assert.match((await check(page, problems)).join("\n"), finding);
    await close();
  });
}
