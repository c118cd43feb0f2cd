import { useState } from "preact/hooks";
import type { Site } from "../../../contract/admin.ts";
import { session } from "../../session.ts";
import { t } from "../../text/index.ts";
import { Snippet } from "../../ui/copy.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { backEndExample, pageExample, tagFor, WAYS, type Way } from "./snippets.ts";

function serverAddress(): string {
  return session.value.kind === "in" ? session.value.me.publicUrl : location.origin;
}

/** The line to paste, one tab for each way. */
export function Tag({ site }: { readonly site: Site }) {
  const [way, choose] = useState<Way>("html");
  const tracker = session.value.kind === "in" ? session.value.me.tracker : null;
  const ways = WAYS.filter((name) => name !== "pinned" || tracker !== null);
  return (
    <Tabs
      id="tag"
      label={t("sites.tag.choose")}
      tabs={ways.map((name) => ({ name, label: t(`sites.tag.${name}`) }))}
      chosen={way}
      choose={(name) => choose(name)}
    >
      <p class="muted">{t(`sites.tag.${way}.hint`)}</p>
      <Snippet text={tagFor(way, { server: serverAddress(), siteKey: site.key, tracker })} />
    </Tabs>
  );
}

export function SayWho() {
  return (
    <>
      <p class="muted">{t("sites.identify.hint")}</p>
      <Snippet text={pageExample} />
      <p class="muted">{t("sites.identify.server")}</p>
      <Snippet text={backEndExample(serverAddress())} />
    </>
  );
}
