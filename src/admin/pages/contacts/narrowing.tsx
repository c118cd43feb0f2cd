import type { ContactQuery } from "../../../contract/admin.ts";
import { href } from "../../router.ts";
import { t } from "../../text/index.ts";
import { exactTime } from "../../text/time.ts";
import { Icon } from "../../ui/icon.tsx";

type Narrowed = Pick<ContactQuery, "createdFrom" | "createdTo" | "backstory">;

const LENGTHS = ["any", "none", "hour", "day", "week", "month", "longer"] as const;

/** What the address says beside a search: where a number on the overview leads. */
export function narrowingOf(query: URLSearchParams): Narrowed {
  const moment = (name: "createdFrom" | "createdTo") => {
    const value = Number(query.get(name) ?? NaN);
    return Number.isFinite(value) && value >= 0 && value <= 8.64e15 ? { [name]: value } : {};
  };
  const backstory = LENGTHS.find((length) => length === query.get("backstory"));
  return { ...moment("createdFrom"), ...moment("createdTo"), ...(backstory !== undefined && { backstory }) };
}

export function textsOf(narrowing: Narrowed): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(narrowing).map(([name, value]) => [name, String(value)]));
}

/** A chip for each condition, which takes it away. */
export function Narrowing({ narrowing, q }: { readonly narrowing: Narrowed; readonly q: string }) {
  const texts = textsOf(narrowing);
  const chips = Object.keys(texts) as (keyof Narrowed)[];
  if (chips.length === 0) return null;
  return (
    <ul class="plain chips" aria-label={t("contacts.narrowed")}>
      {chips.map((name) => (
        <li key={name}>
          <a class="tag chip" href={href("/contacts", { q, ...texts, [name]: undefined })}>
            {wordsOf(name, narrowing)}
            <Icon name="close" />
            <span class="off-screen"> {t("contacts.narrowed.remove")}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

function wordsOf(name: keyof Narrowed, { createdFrom = 0, createdTo = 0, backstory = "any" }: Narrowed): string {
  switch (name) {
    case "createdFrom":
      return t("contacts.createdFrom", { when: exactTime(createdFrom) });
    case "createdTo":
      return t("contacts.createdTo", { when: exactTime(createdTo) });
    case "backstory":
      return t("contacts.backstory", { length: t(`charts.length.${backstory}`) });
  }
}
