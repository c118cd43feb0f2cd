import type { CommandDef } from "citty";
import { defineCommand } from "citty";
import { Misused } from "../outcome.ts";

/** In this very process, so that a signal meets the server itself. */
const start = (name: string, description: string, prepare: () => void): CommandDef =>
  defineCommand({
    meta: { name, description },
    async run({ rawArgs }) {
      const [extra] = rawArgs;
      if (extra !== undefined) throw new Misused(`"${extra}": the server is configured by environment variables only`);
      prepare();
      await import("../../server/main.ts");
    },
  });

export const serve = start("serve", "Start the server", () => undefined);

export const demo = start("demo", "Start the server together with the demo shop", () => {
  process.env["DEMO_PORT"] ??= "3001";
});
