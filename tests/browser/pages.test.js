// Each page in light and in dark, in a wide window and in one of 420 pixels, by the keyboard and on paper.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cutOff, illegible, inaccessible, keepScreenshot, looks, outOfReach, pages, show, startBrowser } from "./browser.js";

const open = startBrowser();

for (const name of pages) {
  test(`${name}: whole, legible, accessible, within reach of the keyboard, and without an error`, async () => {
    const { page, problems, close } = await open(`${name}.html`), found = {};
    for (const [look, shown] of Object.entries(looks)) {
      await show(page, shown);
      await keepScreenshot(page, `${name}-${look}`);
      found[look] = [...await cutOff(page), ...await illegible(page), ...await inaccessible(page)];
    }
    found.keyboard = await outOfReach(page);
    await page.emulateMedia({ media: "print", colorScheme: "light" });
    await show(page, looks["light-wide"]);
    await keepScreenshot(page, `${name}-paper`);
    found.paper = [...await cutOff(page), ...await illegible(page)];
    found.scrolledOnPaper = await page.locator(".scroller").evaluateAll(boxes => boxes.filter(box => box.scrollHeight > box.clientHeight).length);
    found.problems = problems;
    assert.deepEqual(Object.entries(found).filter(([, findings]) => findings.length || findings > 0), []);
    await close();
  });
}

test("the diagram: a picture with legible text, without an error", async () => {
  const { page, problems, close } = await open("diagram.html");
  await keepScreenshot(page, "diagram");
  assert.ok(await page.locator("text").count() > 10, "the diagram has no text");
  assert.deepEqual([...problems, ...await illegible(page)], []);
  await close();
});
