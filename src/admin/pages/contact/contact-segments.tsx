import type { ContactCard } from "../../../contract/admin/contact-card.ts";
import { api } from "../../api.ts";
import { href } from "../../router.ts";
import { may } from "../../session.ts";
import { language, t } from "../../text/index.ts";
import { Failure } from "../../ui/parts.tsx";
import { useAction, useResource } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";

/** The segments that a contact is in now. Each leads to the conditions that decide. */
export function ContactSegments({ card }: { readonly card: ContactCard }) {
  const { value, error, reload } = useResource(`segments of ${card.id} ${card.status}`, () => api.segmentsOf(card.id));
  const every = useResource("segments", api.segments);
  const change = useAction();
  if (error !== undefined) return <Failure error={error} />;
  if (value === undefined) return <p class="small muted">{t("segments.counting")}</p>;
  const inIt = new Set(value.segments.map(({ id }) => id));
  const lists = (every.value?.segments ?? []).filter(({ id, kind }) => kind === "list" && !inIt.has(id));
  const add = (id: number) =>
    void change.run(async () => {
      await api.addMembers(id, [card.id]);
      await reload();
      showToast(t("contact.segments.added", { name: lists.find((list) => list.id === id)?.name ?? "" }));
    });
  return (
    <>
      {value.segments.length === 0 && <p class="small muted">{t("contact.segments.none")}</p>}
      <p class="contact-segments">
        {value.segments.map(({ id, name, sentence }) => (
          <a
            key={id}
            class="tag"
            href={href(`/segments/${id}`, { contact: String(card.id) })}
            title={sentence?.[language.value]}
          >
            <bdi>{name}</bdi>
          </a>
        ))}
      </p>
      {change.error !== undefined && <Failure error={change.error} />}
      {card.status === "live" && may("contacts.write") && lists.length > 0 && (
        <select
          aria-label={t("contact.segments.add")}
          value=""
          disabled={change.busy}
          onChange={(event) => add(Number(event.currentTarget.value))}
        >
          <option value="">{t("contact.segments.add.pick")}</option>
          {lists.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
    </>
  );
}
