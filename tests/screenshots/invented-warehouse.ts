import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { Page } from "playwright";
import { startEmbedded } from "../../src/server/db/embedded.ts";

/** A second database, reached as one elsewhere is. */
export interface Warehouse {
  readonly port: number;
  close(): Promise<void>;
}

const NAME = "warehouse";

export async function openWarehouse(): Promise<Warehouse> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "backstory-warehouse-"));
  const embedded = await startEmbedded({ dataDirectory });
  const client = new pg.Client(embedded.superuser);
  await client.connect();
  await client.query(`CREATE DATABASE ${NAME}`);
  await client.end();
  const { host, port } = client;
  // The embedded database listens on a socket in a folder, whose name nobody wants in a picture.
  const relay = createServer((near) => {
    const far = connect(join(host, `.s.PGSQL.${port}`));
    const end = (): void => {
      near.destroy();
      far.destroy();
    };
    near.on("error", end).pipe(far).on("error", end).pipe(near);
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  return {
    port: (relay.address() as AddressInfo).port,
    async close() {
      relay.close();
      await embedded.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** Connects, creates and runs an export, as a marketer would; its page is open then, with the first run told in full. */
export async function exportTo({ port }: Warehouse, page: Page, admin: string): Promise<void> {
  await page.goto(`${admin}/exports/new`);
  await page.getByLabel("Host").fill("localhost");
  await page.getByLabel("Port").fill(String(port));
  await page.getByLabel("Database", { exact: true }).fill(NAME);
  await page.getByLabel("User").fill("postgres");
  await page.getByLabel("None").check();
  await page.getByRole("button", { name: "Test connection" }).click();
  await page.getByText("Connected: PostgreSQL").waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Warehouse");
  await page.getByRole("button", { name: "Create and run" }).click();
  await page.getByText("rows written").waitFor();
}
