import { useState } from "preact/hooks";
import type { Site } from "../../../contract/admin/sites.ts";
import { api } from "../../api.ts";
import { may, session } from "../../session.ts";
import { t } from "../../text/index.ts";
import { Snippet } from "../../ui/copy.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Failure } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";
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

/** On the page, or from a back end; then what the back end says can be tried out at once. */
export function SayWho({ site }: { readonly site: Site }) {
  const [secret, setSecret] = useState<string>();
  return (
    <>
      <p class="muted">{t("sites.identify.hint")}</p>
      <Snippet text={pageExample} />
      <p class="muted">{t("sites.identify.server")}</p>
      <Snippet text={backEndExample(serverAddress(), secret)} />
      {secret !== undefined && (
        <p class="note warn" role="status">
          {t("sites.identify.secret")}
        </p>
      )}
      {secret === undefined && may("keys.write") && <MakeKey site={site} made={setSecret} />}
    </>
  );
}

function MakeKey({ site, made }: { readonly site: Site; made(secret: string): void }) {
  const { busy, error, run } = useAction();
  const make = () =>
    run(async () => {
      const name = t("sites.identify.keyName", { site: site.name }).slice(0, 100);
      made((await api.createKey({ name, scopes: ["contacts:write"] })).secret);
    });
  return (
    <div class="make-key">
      <button type="button" class="button" disabled={busy} onClick={() => void make()}>
        <Icon name="keys" />
        {t("sites.identify.makeKey")}
      </button>
      <p class="small muted">{t("sites.identify.makeKey.hint")}</p>
      {error !== undefined && <Failure error={error} />}
    </div>
  );
}
