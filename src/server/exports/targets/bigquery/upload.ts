import { ExportRefused } from "../../fault.ts";
import { isPassing, sendOnce, type Wire } from "./wire.ts";

// https://cloud.google.com/bigquery/docs/reference/api-uploads#resumable

/** A multiple of 256 KiB, as the protocol demands. */
const CHUNK = 8 * 1024 * 1024;
const TRIES = 6;

export interface UploadOrder {
  readonly wire: Wire;
  readonly url: string;
  readonly token: () => Promise<string>;
  readonly resource: object;
  readonly bytes: AsyncIterable<Buffer>;
}

/** Sends bytes whose number is not known before; goes on where the connection was lost. */
export async function resumableUpload(order: UploadOrder): Promise<Response> {
  const session = await openUpload(order);
  if (session instanceof Response) return session;
  let held: Buffer = Buffer.alloc(0);
  let offset = 0;
  for await (const piece of order.bytes) {
    held = held.length === 0 ? piece : Buffer.concat([held, piece]);
    while (held.length > CHUNK) {
      const answer = await sendChunk(order.wire, { session, chunk: held.subarray(0, CHUNK), offset, total: undefined });
      if (answer !== undefined) return answer;
      offset += CHUNK;
      held = held.subarray(CHUNK);
    }
  }
  const last = { session, chunk: held, offset, total: offset + held.length };
  return (await sendChunk(order.wire, last)) ?? new Response(null, { status: 408 });
}

async function openUpload({ wire, url, token, resource }: UploadOrder): Promise<string | Response> {
  const answer = await wire.send(url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await token()}`,
      "content-type": "application/json; charset=UTF-8",
      "x-upload-content-type": "application/octet-stream",
    },
    body: JSON.stringify(resource),
  });
  if (!answer.ok) return answer;
  const session = answer.headers.get("location") ?? "";
  const host = URL.canParse(session) ? new URL(session) : undefined;
  if (host?.protocol !== "https:" || !host.hostname.endsWith(".googleapis.com"))
    throw new ExportRefused("google.odd", "BigQuery named no place to send the rows to. It is tried again by itself.");
  return session;
}

interface Chunk {
  readonly session: string;
  readonly chunk: Buffer;
  readonly offset: number;
  /** Undefined: more will follow. */
  readonly total: number | undefined;
}

/** Undefined: it is all there, and more may follow. */
async function sendChunk(wire: Wire, { session, chunk, offset, total }: Chunk): Promise<Response | undefined> {
  let sent = 0;
  for (let attempt = 1; ; attempt += 1) {
    const rest = chunk.subarray(sent);
    const from = offset + sent;
    const range = rest.length === 0 ? `*/${total ?? "*"}` : `${from}-${from + rest.length - 1}/${total ?? "*"}`;
    const answer = await sendOnce(session, {
      method: "PUT",
      headers: { "content-range": `bytes ${range}` },
      body: new Uint8Array(rest),
    });
    if (answer !== undefined && !isPassing(answer.status)) {
      if (answer.status !== 308) return answer;
      sent = storedUpTo(answer) - offset;
      if (sent === chunk.length && total === undefined) return undefined;
    }
    if (attempt === TRIES) throw broken();
    if (answer === undefined || isPassing(answer.status)) {
      await wire.wait(attempt);
      const known = await askHowFar(session);
      if (known instanceof Response) return known;
      if (known !== undefined) sent = Math.min(Math.max(known - offset, 0), chunk.length);
      if (sent === chunk.length && total === undefined) return undefined;
    }
  }
}

const broken = () =>
  new ExportRefused("google.away", "The rows did not get through to BigQuery. It is tried again by itself.");

/** The number of bytes that arrived; a whole answer when all had arrived; nothing when nobody answers. */
async function askHowFar(session: string): Promise<number | Response | undefined> {
  const answer = await sendOnce(session, { method: "PUT", headers: { "content-range": "bytes */*" } });
  if (answer === undefined || isPassing(answer.status)) return undefined;
  return answer.status === 308 ? storedUpTo(answer) : answer;
}

function storedUpTo(answer: Response): number {
  const last = /^bytes=0-(\d+)$/.exec(answer.headers.get("range") ?? "")?.[1];
  return last === undefined ? 0 : Number(last) + 1;
}
