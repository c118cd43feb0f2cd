import type { ContactRow } from "../../../contract/admin/contacts.ts";
import type { Segment } from "../../../contract/segments.ts";
import { api } from "../../api.ts";
import { href, query } from "../../router.ts";
import { may } from "../../session.ts";
import { counted, t } from "../../text/index.ts";
import { Empty, Failure, Skeleton } from "../../ui/parts.tsx";
import { useAction, useWanted } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";
import { BulkBar } from "../acts/bulk-bar.tsx";
import { choiceOf } from "../acts/choice.ts";
import { Beside } from "../contacts/beside.tsx";
import { ContactTable } from "../contacts/contact-table.tsx";
import { Downloads } from "../contacts/downloads.tsx";
import { membersWanted } from "../contacts/wanted.ts";
import { calledAs, FindContact } from "./find-contact.tsx";

/** Who is in it now, newest first; a list is filled here too. */
export function Members({ segment }: { readonly segment: Segment }) {
  const { id, kind } = segment;
  const after = query.value.get("after") ?? "";
  const { value, error, loading, reload } = useWanted(membersWanted(id, after));
  const change = useAction();
  const add = (contact: ContactRow) =>
    void change.run(async () => {
      const { added } = await api.addMembers(id, [contact.id]);
      await reload();
      showToast(t(added > 0 ? "segment.member.added" : "segment.member.already", { name: calledAs(contact) }));
    });
  const remove = (contact: ContactRow) =>
    void change.run(async () => {
      await api.removeMember(id, contact.id);
      await reload();
      showToast(t("segment.member.removed", { name: calledAs(contact) }), () => add(contact));
    });
  const choice = choiceOf(`members of ${id}`, value?.contacts ?? []);
  const fills = kind === "list" && may("contacts.write");
  return (
    <section class="segment-members" aria-labelledby="members-title">
      <div class="members-head">
        <h2 id="members-title">{t("segment.members")}</h2>
        {value !== undefined && <p class="muted">{counted("segments.size", value.total)}</p>}
        {may("contacts.download") && value !== undefined && value.total > 0 && <Downloads of={{ segment: id }} />}
      </div>
      {fills && <FindContact label={t("segment.member.add")} found={add} />}
      {change.error !== undefined && <Failure error={change.error} />}
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {value === undefined && error === undefined && <Skeleton rows={6} />}
      {value !== undefined && value.contacts.length > 0 && (
        <div class={loading ? "is-loading" : undefined}>
          <BulkBar
            choice={choice}
            total={value.total}
            listed={{ segment: id }}
            changed={reload}
            {...(kind === "list" && { list: segment })}
          />
          <ContactTable
            contacts={value.contacts}
            choice={choice}
            {...(fills && { act: { label: t("segment.member.remove"), carryOut: remove } })}
          />
          <nav class="paging" aria-label={t("segment.members")}>
            {after && <a class="button" href={href(`/segments/${id}`)} children={t("contacts.first")} />}
            {value.next !== null && (
              <a class="button" href={href(`/segments/${id}`, { after: value.next })} children={t("contacts.next")} />
            )}
          </nav>
        </div>
      )}
      {value?.contacts.length === 0 && (
        <Empty icon="contacts" title={t("segment.members.none")}>
          <p>{t(`segment.members.none.${kind}`)}</p>
        </Empty>
      )}
      <Beside contacts={value?.contacts ?? []} />
    </section>
  );
}
