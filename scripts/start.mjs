// `npm start`: installs what is missing, builds, and starts the server with its database and the demo shop.
import { orStop, requireNode, requirePackages, say } from "./preparation.mjs";

await orStop(async () => {
  requireNode();
  requirePackages();
  say("Building …");
  const { build } = await import("./build.mjs");
  await build();
  say("Starting …");
});

// Set to nothing it means: no demo shop.
process.env.DEMO_PORT ??= "3001";
// In this very process, so that a signal or a kill meets the server itself.
await import("../dist/server.js");
