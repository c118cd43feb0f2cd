import { useState } from "preact/hooks";
import type { Segment } from "../../../contract/segments.ts";
import { href } from "../../router.ts";
import { may } from "../../session.ts";
import { language, t } from "../../text/index.ts";
import { AsApi } from "../../ui/as-api.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Failure, isMissing, Missing, Skeleton } from "../../ui/parts.tsx";
import { useWanted } from "../../ui/resource.ts";
import { BackToSegments } from "./back.tsx";
import { MemberCheck } from "./member-check.tsx";
import { Members } from "./members.tsx";
import { DeleteDialog, RenameDialog } from "./segment-dialogs.tsx";
import { segmentWanted } from "./wanted.ts";

export function SegmentPage({ id }: { readonly id: number }) {
  const { value, error, reload, set } = useWanted(segmentWanted(id));
  if (isMissing(error))
    return (
      <Missing icon="segments" title={t("segments.unknown")} to={href("/segments")} others={t("segments.title")} />
    );
  if (error !== undefined) return <Failure error={error} retry={() => void reload()} />;
  if (value === undefined) return <Skeleton rows={8} />;
  return (
    <>
      <BackToSegments />
      <Head segment={value} changed={set} />
      <div class="segment-body">
        <Members segment={value} />
        <div class="segment-side">
          <MemberCheck segment={value} />
          <AsApi path={`/api/v1/group/${id}/contacts?maxrows=500`} />
        </div>
      </div>
    </>
  );
}

function Head({ segment, changed }: { readonly segment: Segment; changed(segment: Segment): void }) {
  const [open, setOpen] = useState<"rename" | "delete">();
  const close = () => setOpen(undefined);
  const sentence = segment.sentence?.[language.value];
  return (
    <header class="page-head">
      <div>
        <h1 tabIndex={-1}>
          <bdi>{segment.name}</bdi>
        </h1>
        <p class="lead">
          {t(`segments.kind.${segment.kind}`)}
          {sentence !== undefined && <> · {sentence}</>}
        </p>
        {segment.usedBy.length > 0 && (
          <p class="small">
            {t("segment.usedBy")}{" "}
            {segment.usedBy.map((user) => (
              <a key={user.id} class="tag" href={href(`/segments/${user.id}`)}>
                <bdi>{user.name}</bdi>
              </a>
            ))}
          </p>
        )}
      </div>
      {may("contacts.write") && (
        <div class="page-actions">
          {segment.kind === "dynamic" && (
            <a class="button" href={href(`/segments/${segment.id}/edit`)}>
              {t("segment.edit")}
            </a>
          )}
          <button type="button" class="button" onClick={() => setOpen("rename")}>
            {t("segment.rename")}
          </button>
          <button type="button" class="button" onClick={() => setOpen("delete")}>
            <Icon name="trash" />
            {t("segment.delete")}
          </button>
        </div>
      )}
      {open === "rename" && (
        <RenameDialog
          segment={segment}
          close={close}
          done={(renamed) => {
            changed(renamed);
            close();
          }}
        />
      )}
      {open === "delete" && <DeleteDialog segment={segment} close={close} />}
    </header>
  );
}
