import { render } from "preact";
import { App, beginScreen } from "./app.tsx";
import { firstAnswers } from "./first.ts";
import { startRouter } from "./router.ts";
import { loadSession } from "./session.ts";
import { speakFirstLanguage } from "./text/index.ts";
import "./styles/index.css";

/** Milliseconds. A screen is drawn once, with what it shows, unless that takes longer. */
const PATIENCE = 60;

const pause = (time: number) => new Promise<void>((done) => setTimeout(done, time));

async function start(root: HTMLElement): Promise<void> {
  startRouter();
  const screen = beginScreen();
  await Promise.all([speakFirstLanguage(), loadSession()]);
  await Promise.race([Promise.all([screen, firstAnswers]), pause(PATIENCE)]);
  // The bars that index.html has until now.
  root.replaceChildren();
  render(<App />, root);
}

const root = document.getElementById("app");
if (root !== null) void start(root);
