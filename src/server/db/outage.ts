const CODES = ["ECONNREFUSED", "ECONNRESET", "ENOENT", "EPIPE", "ETIMEDOUT"];

/** Whether an error, or what caused it, says that the database was not there: nothing is wrong with what was asked. */
export function isOutage(error: Error): boolean {
  return saysOutage(error) || (error.cause instanceof Error && isOutage(error.cause));
}

/** SQLSTATE classes 08 (connection), 53 (resources, disk full), 57 (shutdown, time-out), 58 (I/O); and the pool's own words. */
function saysOutage(error: Error): boolean {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  // A file that is not there is no database that is not there.
  const isFile = "path" in error;
  return (
    /^(08|53|57|58)...$/.test(code) ||
    (CODES.includes(code) && !isFile) ||
    /timeout exceeded when trying to connect|Connection terminated|Query read timeout|Client has encountered/.test(
      error.message,
    )
  );
}
