// Walks through the demo shop under its strict policy: what was refused, what the console says, what axe finds, and how
// long the main thread was busy at a stretch. npm run demo:csp
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium, type Page } from "playwright";
import { longestTask } from "./support/longest-task.ts";

const PATHS = [
  "/",
  "/shop",
  "/shop/trailing",
  "/products/monstera",
  "/lookbook",
  "/lookbook/north-bedroom",
  "/newsletter",
  "/register",
  "/login",
  "/cart",
  "/delivery",
];
/** https://www.w3.org/TR/longtasks-1/, but in CPU time: what else the machine does is no fault of the page. */
const LONG = 50;

const [port, demoPort] = [await freePort(), await freePort()];
const shop = `http://localhost:${demoPort}`;
const dataDir = await mkdtemp(join(tmpdir(), "backstory-demo-"));
const server = spawn(process.execPath, [fileURLToPath(new URL("../dist/server.js", import.meta.url))], {
  stdio: ["ignore", "ignore", "pipe"],
  env: { PATH: process.env["PATH"], PORT: String(port), DEMO_PORT: String(demoPort), DATA_DIR: dataDir },
});
let printed = "";
server.stderr.on("data", (chunk: Buffer) => (printed += chunk.toString()));
const executablePath = ["/usr/bin/chromium"].find((path) => existsSync(path));
const browser = await chromium.launch({
  ...(executablePath === undefined ? {} : { executablePath }),
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic"],
});
const complaints: string[] = [];
let faults = 0;
try {
  while (!(await fetch(shop).catch(() => undefined))?.ok) await sleep(100);
  const context = await browser.newContext();
  context.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  context.on("weberror", (error) => complaints.push(`error: ${error.error().message}`));
  const page = await context.newPage();
  console.log("  longest task      console          axe  page");
  for (const path of PATHS) console.log(await visited(page, path));
  await page.goto(`${shop}/newsletter`);
  await page.locator("main [data-newsletter] [name=email]").fill("reader@example.org");
  await page.locator("main [data-newsletter] button").click();
  await page.getByText("Check your mail").waitFor();
  // Reports of the policy come a moment after what they report.
  await sleep(1_000);
} finally {
  await browser.close();
  const ended = once(server, "exit");
  server.kill();
  await ended;
  await rm(dataDir, { recursive: true, force: true });
}
const reports = printed.split("\n").filter((line) => line.includes("the policy refused"));
console.log(`policy reports: ${reports.length}, lines in the console: ${complaints.length}`);
for (const line of [...reports, ...complaints]) console.log(`  ${line}`);
process.exit(reports.length + complaints.length + faults === 0 ? 0 : 1);

async function visited(page: Page, path: string): Promise<string> {
  const before = complaints.length;
  await browser.startTracing(page, { categories: ["toplevel", "devtools.timeline"] });
  await page.goto(shop + path, { waitUntil: "networkidle" });
  const longest = longestTask(await browser.stopTracing(), page.url());
  const { violations } = await new AxeBuilder({ page }).exclude(".picture > *").analyze();
  if (longest > LONG) faults += 1;
  faults += violations.length;
  const numbers = [complaints.length - before, violations.length].map((count) => String(count).padStart(13));
  return `${longest.toFixed(1).padStart(11)} ms${numbers.join("")}  ${path}`;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  // `listen` on a TCP port; the type also knows pipes.
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
