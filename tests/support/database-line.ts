import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import type pg from "pg";

/** What happens to bytes on their way between a server and its database. */
export type LineFault =
  | { readonly kind: "open" }
  /** Swallowed in both directions. Nobody is told. */
  | { readonly kind: "blackHole" }
  /** A new connection gets through this much later. */
  | { readonly kind: "late"; readonly milliseconds: number }
  /** Every connection ends with a reset, those that there are and those that are tried. */
  | { readonly kind: "reset" }
  /** The same, from the moment at which a connection carries this text. */
  | { readonly kind: "resetAfter"; readonly text: string }
  /** Once a connection has carried this text, nothing comes back on it: what was said is done, and its author never hears. */
  | { readonly kind: "deafAfter"; readonly text: string };

export const OPEN: LineFault = { kind: "open" };

export interface DatabaseLine {
  /** A DATABASE_URL. */
  readonly url: string;
  /** From now on, until the next call. A connection that has lost bytes stays silent for ever, as a firewall forgets one. */
  set(fault: LineFault): void;
  close(): Promise<void>;
}

/** A TCP port in front of a PostgreSQL that only has a socket in a folder, with faults as ordered. */
export async function startDatabaseLine({ host, port, user, database }: pg.ClientConfig): Promise<DatabaseLine> {
  const sockets = new Set<Socket>();
  let fault = OPEN;

  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    // Whoever is cut off says so; that is what is wanted.
    return socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  };

  function set(next: LineFault): void {
    fault = next;
    if (next.kind === "reset") for (const socket of sockets) cutOff(socket);
  }

  const server = createServer(async (near) => {
    keep(near);
    const met = fault;
    if (met.kind === "reset") return void near.resetAndDestroy();
    if (met.kind === "blackHole") return void near.resume();
    if (met.kind === "late") await new Promise((resolve) => setTimeout(resolve, met.milliseconds));
    if (near.destroyed) return;
    const far = keep(connect({ path: join(String(host), `.s.PGSQL.${port}`) }));
    let isLost = false;
    let isDeaf = false;
    near.on("data", (bytes) => {
      if (fault.kind === "resetAfter" && bytes.includes(fault.text)) set({ kind: "reset" });
      isLost ||= fault.kind === "blackHole";
      isDeaf ||= fault.kind === "deafAfter" && bytes.includes(fault.text);
      if (!isLost) far.write(bytes);
    });
    far.on("data", (bytes) => {
      isLost ||= fault.kind === "blackHole";
      if (!isLost && !isDeaf) near.write(bytes);
    });
    // In a black hole nobody hears that the other end has gone.
    near.on("close", () => void (isLost || far.destroy()));
    far.on("close", () => void (isLost || near.destroy()));
  });

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // `listen` on a TCP port; the type also knows pipes.
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `postgres://${user}@127.0.0.1:${own}/${database}`,
    set,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A socket in a folder knows no reset. */
function cutOff(socket: Socket): void {
  if (socket.remoteAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}
