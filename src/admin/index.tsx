import { render } from "preact";
import { App } from "./app.tsx";
import { startRouter } from "./router.ts";
import { loadSession } from "./session.ts";
import "./styles/index.css";

const root = document.getElementById("app");
if (root !== null) {
  startRouter();
  void loadSession();
  render(<App />, root);
}
