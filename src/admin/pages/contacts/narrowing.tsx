import { href, navigate } from "../../router.ts";
import { may } from "../../session.ts";
import { t } from "../../text/index.ts";
import { exactTime } from "../../text/time.ts";
import { Select } from "../../ui/field.tsx";
import { Icon } from "../../ui/icon.tsx";
import { newSegmentAddress } from "../segments/new-address.ts";
import { textsOf, type ContactListPlace } from "./wanted.ts";

type Narrowed = ContactListPlace["narrowing"];
interface Props {
  readonly place: ContactListPlace;
}

/** The conditions that are asked for most, and the order. Others come from the numbers of the overview. */
export function ListControls({ place }: Props) {
  const { narrowing, order } = place;
  const go = (change: Partial<ContactListPlace>) => navigate(href("/contacts", textsOf({ ...place, ...change })));
  function narrow(externalId: string) {
    const { externalId: _before, ...others } = narrowing;
    const chosen = externalId === "empty" || externalId === "set" ? { externalId } : {};
    go({ narrowing: { ...others, ...chosen } as Narrowed });
  }
  return (
    <div class="list-controls">
      <Select
        label={t("contacts.column.externalId")}
        value={narrowing.externalId ?? ""}
        onChange={(event) => narrow(event.currentTarget.value)}
      >
        {(["", "set", "empty"] as const).map((state) => (
          <option key={state} value={state}>
            {t(`contacts.externalId.${state || "any"}`)}
          </option>
        ))}
      </Select>
      <Select
        label={t("contacts.order")}
        value={order}
        onChange={(event) => go({ order: event.currentTarget.value === "oldest" ? "oldest" : "newest" })}
      >
        {(["newest", "oldest"] as const).map((name) => (
          <option key={name} value={name}>
            {t(`contacts.order.${name}`)}
          </option>
        ))}
      </Select>
    </div>
  );
}

/** A chip for each condition, which takes it away. */
export function Narrowing({ place }: Props) {
  const { narrowing } = place;
  // What an import did is one condition, of two parts.
  const chips = (Object.keys(narrowing) as (keyof Narrowed)[]).filter((name) => name !== "result");
  if (chips.length === 0) return null;
  const asSegment = segmentOf(place);
  return (
    <ul class="plain chips" aria-label={t("contacts.narrowed")}>
      {chips.map((name) => (
        <li key={name}>
          <a class="tag chip" href={href("/contacts", textsOf(without(place, name)))}>
            {wordsOf(name, narrowing)}
            <Icon name="close" />
            <span class="off-screen"> {t("contacts.narrowed.remove")}</span>
          </a>
        </li>
      ))}
      {asSegment !== undefined && may("contacts.write") && (
        <li>
          <a class="small" href={asSegment}>
            {t("contacts.narrowed.segment")}
          </a>
        </li>
      )}
    </ul>
  );
}

function without(place: ContactListPlace, name: keyof Narrowed): ContactListPlace {
  const gone: readonly string[] = name === "import" ? ["import", "result"] : [name];
  const kept = Object.entries(place.narrowing).filter(([each]) => !gone.includes(each));
  return { ...place, narrowing: Object.fromEntries(kept) };
}

/** The list as a dynamic segment, where its conditions can say the same. */
function segmentOf({ q, narrowing }: ContactListPlace): string | undefined {
  const { externalId, ...others } = narrowing;
  if (externalId === undefined || q !== "" || Object.keys(others).length > 0) return undefined;
  return newSegmentAddress("externalCustomerId", externalId === "empty" ? "empty" : "notEmpty");
}

function wordsOf(name: keyof Narrowed, narrowing: Narrowed): string {
  const { createdFrom = 0, createdTo = 0, backstory = "any", externalId = "set" } = narrowing;
  const { import: imported = 0, result = "created" } = narrowing;
  switch (name) {
    case "createdFrom":
      return t("contacts.createdFrom", { when: exactTime(createdFrom) });
    case "createdTo":
      return t("contacts.createdTo", { when: exactTime(createdTo) });
    case "backstory":
      return t("contacts.backstory", { length: t(`charts.length.${backstory}`) });
    case "import":
    case "result":
      return t(`contacts.import.${result}`, { id: imported });
    case "externalId":
      return t("contacts.externalId", { state: t(`contacts.externalId.${externalId}`) });
  }
}
