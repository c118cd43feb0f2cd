// A file of contacts, from the first byte to the last row: three shapes, one after the other on one database.
// npx tsx bench/import.ts [rows]
import { importFile } from "../src/server/imports/index.ts";
import { createLog } from "../src/server/lib/log.ts";
import { createServices } from "../src/server/services.ts";
import { databaseCpuSeconds, withDatabase } from "./database.ts";

const ROWS = Number(process.argv[2] ?? 1_000_000);
const PIECE = 10_000;

type Line = (n: number) => string;

/** Made while it is read, so that the file itself takes no memory. */
async function* file(header: string, line: Line): AsyncGenerator<Uint8Array> {
  yield Promise.resolve(Buffer.from(`${header}\n`));
  for (let from = 0; from < ROWS; from += PIECE) {
    const lines = Array.from({ length: Math.min(PIECE, ROWS - from) }, (_, n) => line(from + n));
    yield Promise.resolve(Buffer.from(`${lines.join("\n")}\n`));
  }
}

const everyField = "external id,email,first name,last name,town";
const shapes: readonly { name: string; header: string; key: string; line: Line }[] = [
  {
    name: "all new",
    header: everyField,
    key: "externalCustomerId",
    line: (n) => `customer-${n},customer-${n}@shop.example,Name ${n},Surname ${n % 5_000},Town ${n % 300}`,
  },
  {
    name: "half updates by external id, half new",
    header: everyField,
    key: "externalCustomerId",
    line: (n) => {
      const who = n % 2 === 0 ? n : ROWS + n;
      return `customer-${who},customer-${who}@shop.example,Renamed ${n},Surname ${n % 5_000},Town ${n % 300}`;
    },
  },
  {
    name: "(the people of the next shape, known by email only)",
    header: "email,first name",
    key: "email",
    line: (n) => `reader-${n}@news.example,Reader ${n}`,
  },
  {
    name: "by email, adding external ids",
    header: "email,external id",
    key: "email",
    line: (n) => `reader-${n}@news.example,reader-${n}`,
  },
];

await withDatabase(async (db) => {
  const log = createLog("silent");
  const services = createServices({ db, secretKey: "x".repeat(32), publicUrl: "http://localhost", log });
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 100);
  try {
    for (const { name, header, key, line } of shapes) {
      for (const purpose of ["check", "run"] as const) {
        peak = 0;
        const cpu = process.cpuUsage();
        const databaseCpu = await databaseCpuSeconds(db);
        let began = 0;
        const done = await importFile(services.imports, {
          fileName: `${name}.csv`,
          bytes: file(header, line),
          actor: "bench",
          purpose,
          settings: { key },
          onProgress: () => (began ||= performance.now()),
        });
        if (done.kind !== "imported") throw new Error(JSON.stringify(done));
        const seconds = (performance.now() - began) / 1_000;
        const { user, system } = process.cpuUsage(cpu);
        const database = (await databaseCpuSeconds(db)) - databaseCpu;
        const counts = Object.entries(done.counts).filter(([, count]) => count > 0);
        console.log(
          `${name} · ${purpose}: ${seconds.toFixed(1)} s, ${Math.round(ROWS / seconds).toLocaleString("en")} rows/s, ` +
            `node ${((user + system) / 1e6).toFixed(1)} + database ${database.toFixed(1)} CPU s (upload included), peak ${(peak / 2 ** 20).toFixed(0)} MB · ` +
            counts.map(([result, count]) => `${result} ${count}`).join(", "),
        );
      }
    }
  } finally {
    clearInterval(watch);
    await services.close();
  }
});
