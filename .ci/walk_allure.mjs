// Walks a generated Allure report in headless Chromium as a reader would: from a clause to a chart.
// usage: node walk_allure.mjs FOLDER-WITH-NODE_MODULES REPORT.html CHROMIUM [PICTURES]
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [modules, report, executablePath, pictures] = process.argv.slice(2);
const { chromium } = createRequire(resolve(modules) + "/")("playwright-core");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage({ viewport: { width: 1400, height: 1100 } });
page.setDefaultTimeout(20_000);
const reached = [];
page.on("request", (request) => /^(file|data|blob):/.test(request.url()) || reached.push(request.url()));

function expect(holds, said) {
  if (!holds) throw new Error(said);
  console.log(`seen: ${said}`);
}

try {
  await page.goto("file://" + resolve(report));
  const titles = page.getByTestId("tree-section-title");
  await titles.first().waitFor();
  const seen = (await titles.allInnerTexts()).map((title) => title.trim());
  const clauses = seen.filter((title) => /^\d /.test(title));
  expect(clauses.length > 0, `a clause: ${clauses[0]}`);
  expect(seen.some((title) => /^\d\.\d+ [A-Z]+: /.test(title)), "a requirement below it");
  const purposes = seen.filter((title) => /^\d\.\d+\.\d+ /.test(title));
  expect(purposes.length > 1, `${purposes.length} purposes`);
  expect(purposes.join() === [...purposes].sort().join(), "the purposes in the order of the catalogue");

  await page.getByTestId("tree-leaf-title").getByText("MCAST.removed.misses-its-removal").click();
  const error = await page.getByTestId("test-result-error-message").first().innerText();
  expect(error.startsWith("FAIL "), `the verdict first: ${error}`);
  expect((await page.locator("body").innerText()).includes("Category: FAIL: a violation was observed"), "its category");
  const steps = await page.getByTestId("test-result-step-title").allInnerTexts();
  expect(steps.some((step) => step.includes("control: ")), "a control among the steps");
  expect(steps.some((step) => step.includes("attacker: ")), "a move of the attacker among them");
  expect(steps.some((step) => step.includes("VIOLATION ")), "the violation among them");
  if (pictures) await page.screenshot({ path: join(pictures, "allure-case.png"), fullPage: true });

  const chart = page.getByTestId("test-result-attachment-header").filter({ hasText: "sequence chart" });
  await chart.click();
  const picture = page.locator("img[src*='svg'], img[src^='blob:'], svg.prose-chart, .prose-chart").first();
  await picture.waitFor();
  const box = await picture.boundingBox();
  expect(box.width > 300 && box.height > 100, `the chart, ${Math.round(box.width)} by ${Math.round(box.height)}`);
  if (pictures) await page.screenshot({ path: join(pictures, "allure-chart.png"), fullPage: true });
  expect(reached.length === 0, "nothing was asked of another host");
} catch (error) {
  console.error(String(error), reached);
  process.exitCode = 1;
} finally {
  await browser.close();
}
