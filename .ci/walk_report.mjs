// Reads the page of --prose-report in headless Chromium as a stranger would: the three answers, search, filter, keyboard.
// usage: node walk_report.mjs FOLDER-WITH-NODE_MODULES REPORT.html CHROMIUM [PICTURES]
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [modules, report, executablePath, pictures] = process.argv.slice(2);
const { chromium } = createRequire(resolve(modules) + "/")("playwright-core");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage({ viewport: { width: 1300, height: 1000 } });
page.setDefaultTimeout(20_000);
const reached = [];
const errors = [];
page.on("request", (request) => /^(file|data):/.test(request.url()) || reached.push(request.url()));
page.on("pageerror", (error) => errors.push(String(error)));
page.on("console", (message) => message.type() === "error" && errors.push(message.text()));

function expect(holds, said) {
  if (!holds) throw new Error(said);
  console.log(`seen: ${said}`);
}

const shown = () => page.locator("details.case:not([hidden])").count();

try {
  await page.goto("file://" + resolve(report));
  const failure = page.locator("section.failure").first();
  expect(await failure.isVisible(), `which requirement failed: ${await failure.locator("h3").innerText()}`);
  const told = await failure.locator("dl").innerText();
  expect(/attacker\s+\S/.test(told), "what the attacker did");
  const again = await failure.locator(".repeat pre").innerText();
  expect(again.includes("--prose-case="), `how to run it again: ${again}`);

  const all = await shown();
  await page.keyboard.press("/");
  expect(await page.evaluate(() => document.activeElement.id === "search"), "the key / goes to the search");
  await page.keyboard.type("two-together");
  expect((await shown()) === 1, `one case of ${all} for the words typed`);
  expect((await page.locator("#found").innerText()) === `1 of ${all} cases`, "how many were found");
  expect(await page.locator("details.case:not([hidden])").isVisible(), "and it is open to view");
  await page.keyboard.press("Escape");
  expect((await shown()) === all, "Escape shows all again");

  await page.selectOption("#filter", "fail");
  const failed = await page.locator("details.case[data-verdict=fail]").count();
  expect((await shown()) === failed && failed > 0 && failed < all, `${failed} of ${all} cases for the verdict FAIL`);
  await page.fill("#search", "nothing of this name");
  expect((await page.locator("#found").innerText()) === "no such case", "that nothing was found");
  await page.keyboard.press("Escape");

  const cell = page.locator(".cells a[aria-label*=FAIL]").first();
  await cell.focus();
  await page.keyboard.press("Enter");
  const aspect = page.locator(`[id="${decodeURIComponent((await cell.getAttribute("href")).slice(1))}"]`);
  await page.waitForFunction((id) => document.getElementById(id).getBoundingClientRect().top < 300, await aspect.getAttribute("id"));
  const place = await aspect.boundingBox();
  const bar = await page.locator(".bar").boundingBox();
  expect(place.y >= bar.y + bar.height - 1, "a cell of the matrix leads to its aspect, below the bar");
  const summary = aspect.locator("summary").first();
  const before = await aspect.evaluate((one) => one.open);
  await summary.focus();
  await page.keyboard.press("Space");
  expect((await aspect.evaluate((one) => one.open)) !== before, "a key opens and closes it");

  await page.click("#open");
  const charts = page.locator("svg.prose-chart");
  const box = await charts.last().boundingBox();
  expect((await charts.count()) >= all && box.width > 500, `${await charts.count()} charts`);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow <= 0, "nothing hangs over the page's edge");
  await page.click("#close");

  const inks = [];
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    inks.push(await page.evaluate(() => getComputedStyle(document.body).color + getComputedStyle(document.body).backgroundColor));
    if (pictures) await page.screenshot({ path: join(pictures, `report-${colorScheme}.png`) });
  }
  expect(inks[0] !== inks[1], "light and dark");
  await page.emulateMedia({ media: "print", colorScheme: "light" });
  expect(!(await page.locator(".bar").isVisible()), "no search bar in print");
  await page.setViewportSize({ width: 420, height: 900 });
  await page.emulateMedia({ media: "screen" });
  const narrow = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(narrow <= 420, "a narrow screen is wide enough");
  expect(reached.length === 0, "nothing was asked of another host");
  expect(errors.length === 0, "no error of a script");
} catch (error) {
  console.error(String(error), reached, errors);
  process.exitCode = 1;
} finally {
  await browser.close();
}
