import { isUtf8 } from "node:buffer";
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { MAX_BATCH_BYTES } from "../../contract/wire.ts";
import type { HttpProblem } from "../http/problem.ts";
import { problem } from "../http/problem.ts";
import { overloaded, type Admitted } from "./admission.ts";

/** Bytes of a batch after unpacking. */
export const MAX_DECODED_BYTES = 512 * 1024;

const tooLarge = problem(
  413,
  "too_large",
  `The batch is larger than ${MAX_BATCH_BYTES / 1024} KB as sent or ${MAX_DECODED_BYTES / 1024} KB unpacked; send it in smaller parts.`,
);
const notGzip = problem(400, "invalid_gzip", "The body says it is gzip, but it cannot be unpacked.");
const notUtf8 = problem(400, "invalid_utf8", "The body is not valid UTF-8.");
const cut = problem(400, "incomplete_body", "The body ended before it was complete.");

/** Why a body need not be read at all, as far as its headers tell. */
export function refuseByHeaders(headers: IncomingHttpHeaders): HttpProblem | undefined {
  const type = (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (type !== "" && type !== "text/plain" && type !== "application/json")
    return problem(415, "unsupported_media_type", "Send the batch as text/plain or application/json.");
  const encoding = (headers["content-encoding"] ?? "").trim().toLowerCase();
  if (encoding !== "" && encoding !== "identity" && encoding !== "gzip")
    return problem(415, "unsupported_encoding", "The only content encoding taken here is gzip, and one layer of it.");
  return Number(headers["content-length"] ?? 0) > MAX_BATCH_BYTES ? tooLarge : undefined;
}

export interface Body {
  readonly text: string;
  /** In UTF-8, unpacked. */
  readonly bytes: number;
}

type Done = (failure: Error | null, body?: Body) => void;

/**
 * Reads one body as text. What is counted is what arrives, never what Content-Length says. A body that breaks a limit is
 * let run out unread instead of cut off, so that its sender gets to see the answer.
 */
export function readBody(
  stream: Readable,
  headers: IncomingHttpHeaders,
  { admitted, done }: { readonly admitted: Pick<Admitted, "hold">; readonly done: Done },
): void {
  const refusal = refuseByHeaders(headers);
  if (refusal !== undefined) {
    stream.resume();
    done(refusal);
    return;
  }
  const packed = (headers["content-encoding"] ?? "").trim().toLowerCase() === "gzip";
  collect(stream, admitted, (failure, bytes) => {
    if (failure !== null) done(failure);
    else if (packed) unpack(bytes, admitted, done);
    else decode(bytes, done);
  });
}

function collect(
  stream: Readable,
  admitted: Pick<Admitted, "hold">,
  done: (failure: Error | null, bytes: Buffer) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let finished = false;
  const finish = (failure: Error | null): void => {
    if (finished) return;
    finished = true;
    const [only] = chunks;
    const whole = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
    // The request lives until its answer, and these listeners with it; its body must not.
    chunks.length = 0;
    done(failure, whole);
  };
  stream.on("data", (chunk: Buffer) => {
    // What still comes after a refusal runs through here and is let go.
    if (finished) return;
    size += chunk.length;
    if (size > MAX_BATCH_BYTES) return giveUp(tooLarge);
    if (!admitted.hold(chunk.length)) return giveUp(overloaded);
    chunks.push(chunk);
  });
  const giveUp = (refusal: HttpProblem): void => {
    chunks.length = 0;
    finish(refusal);
  };
  stream.on("end", () => finish(null));
  stream.on("error", () => finish(cut));
  stream.on("close", () => finish(cut));
}

/**
 * At once and not bit by bit beside others: what hundreds of unpackers under way take would be many times what they unpack.
 * A bomb is given up at 512 KB, which is a millisecond or two, and not after it has filled the memory.
 */
function unpack(packed: Buffer, admitted: Pick<Admitted, "hold">, done: Done): void {
  let bytes: Buffer;
  try {
    bytes = gunzipSync(packed, { maxOutputLength: MAX_DECODED_BYTES });
  } catch (error) {
    return done(error instanceof RangeError ? tooLarge : notGzip);
  }
  if (!admitted.hold(bytes.length)) return done(overloaded);
  decode(bytes, done);
}

function decode(bytes: Buffer, done: Done): void {
  // A lenient decoder would turn different bytes into the same text, and with it two people into one.
  if (!isUtf8(bytes)) return done(notUtf8);
  const text = bytes.toString("utf8");
  done(null, { text: text.charCodeAt(0) === 0xfeff ? text.slice(1) : text, bytes: bytes.length });
}
