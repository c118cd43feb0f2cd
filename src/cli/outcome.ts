/** It could not be done; the message says why and what to do, for the person at the keyboard. */
export class Failed extends Error {}

/** What was typed makes no sense. */
export class Misused extends Error {
  override readonly name = "CLIError";
}
