import type { FastifyBaseLogger } from "fastify";
import { pino, type DestinationStream } from "pino";

/** Structured log (pino). Never given an email, a phone or a key. */
export type Log = Pick<FastifyBaseLogger, "debug" | "info" | "warn" | "error">;

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One line of JSON an entry, on standard error: standard output is for the people who start the server. */
export function createLog(level: LogLevel, destination: DestinationStream = pino.destination(2)): FastifyBaseLogger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // The last line of defence; nothing of it should get here at all.
      redact: {
        paths: ["email", "phone", "authorization", "cookie", "*.email", "*.phone", "*.authorization", "*.cookie"],
        censor: "[removed]",
      },
      serializers: { err: describeError, error: describeError },
    },
    destination,
  );
}

/** PostgreSQL's errors carry the values of the row in `detail` and `where`, so only what names the fault is kept. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = "code" in error ? error.code : undefined;
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) };
  return { type: error.name, message: error.message, code, stack: error.stack, ...cause };
}

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
