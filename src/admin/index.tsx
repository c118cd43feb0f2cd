import { render } from "preact";
import { App, beginScreen } from "./app.tsx";
import { startRouter } from "./router.ts";
import { loadSession } from "./session.ts";
import { speakFirstLanguage } from "./text/index.ts";
import "./styles/index.css";

const root = document.getElementById("app");
if (root !== null) {
  startRouter();
  const greeted = speakFirstLanguage();
  void loadSession();
  beginScreen();
  void greeted.then(() => render(<App />, root));
}
