import { render } from "preact";
import { App, beginScreen } from "./app.tsx";
import { firstAnswers } from "./first.ts";
import { startRouter } from "./router.ts";
import { loadSession } from "./session.ts";
import { speakFirstLanguage } from "./text/index.ts";
import { prepareFormats } from "./text/time.ts";
import "./styles/index.css";

/** Milliseconds. What comes sooner is there when the screen is first drawn, and nothing is drawn twice. */
const PATIENCE = 100;

const pause = (time: number) => new Promise<void>((done) => setTimeout(done, time));

async function start(root: HTMLElement): Promise<void> {
  startRouter();
  const screen = Promise.all([loadSession(), beginScreen(), firstAnswers]);
  const patience = pause(PATIENCE);
  await speakFirstLanguage();
  prepareFormats();
  await Promise.race([screen, patience]);
  render(<App />, root);
}

const root = document.getElementById("app");
if (root !== null) void start(root);
