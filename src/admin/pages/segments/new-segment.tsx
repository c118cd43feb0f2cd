import { api } from "../../api.ts";
import { href, navigate, query } from "../../router.ts";
import { language, t } from "../../text/index.ts";
import { Field, valueOf } from "../../ui/field.tsx";
import { Failure, PageHead } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";
import { BackToSegments } from "./back.tsx";
import { Builder } from "./builder.tsx";
import { EMPTY_DRAFT, readDraft, type DraftGroup } from "./draft.ts";

const HERE = "/segments/new";

/** The address holds what was put together so far: a reload, Back or a colleague finds it again. */
export function NewSegmentPage() {
  const kind = query.value.get("kind");
  if (kind === "dynamic") return <NewDynamic />;
  if (kind === "list") return <NewList />;
  return (
    <>
      <BackToSegments />
      <PageHead title={t("segments.choose")} />
      <div class="segment-kinds">
        <a class="card" href={href(HERE, { kind: "dynamic" })}>
          <strong>{t("segments.choose.dynamic")}</strong>
          <span class="muted">{t("segments.choose.dynamic.hint")}</span>
        </a>
        <a class="card" href={href(HERE, { kind: "list" })}>
          <strong>{t("segments.choose.list")}</strong>
          <span class="muted">{t("segments.choose.list.hint")}</span>
        </a>
      </div>
    </>
  );
}

function NewDynamic() {
  const { busy, error, run } = useAction();
  const draft = readDraft(query.value.get("tree") ?? "") ?? EMPTY_DRAFT;
  const name = query.value.get("name") ?? "";
  const put = (tree: DraftGroup, called: string) => {
    const isEmpty = tree.of.length === 0 && tree.kind === EMPTY_DRAFT.kind;
    navigate(href(HERE, { kind: "dynamic", tree: isEmpty ? "" : JSON.stringify(tree), name: called }), "replace");
  };
  return (
    <>
      <BackToSegments />
      <PageHead title={t("builder.title")} />
      <Builder
        draft={draft}
        change={(tree) => put(tree, name)}
        name={{ value: name, put: (called) => put(draft, called) }}
        busy={busy}
        error={error}
        isChanged
        save={(condition) =>
          void run(async () => {
            const made = await api.createSegment({ name, language: language.value, condition });
            showToast(t("segments.created", { name: made.name }));
            navigate(href(`/segments/${made.id}`), "replace");
          })
        }
      />
    </>
  );
}

function NewList() {
  const { busy, error, run } = useAction();
  function onSubmit(event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) {
    event.preventDefault();
    const name = valueOf(event.currentTarget, "name").trim();
    void run(async () => {
      const made = await api.createSegment({ name });
      showToast(t("segments.created", { name: made.name }));
      navigate(href(`/segments/${made.id}`), "replace");
    });
  }
  return (
    <>
      <BackToSegments />
      <PageHead title={t("segments.choose.list")} lead={t("segments.choose.list.hint")} />
      <form class="card narrow" onSubmit={onSubmit}>
        <Field label={t("segments.name")} name="name" required maxLength={255} />
        {error !== undefined && <Failure error={error} />}
        <button type="submit" class="button primary" disabled={busy}>
          {t("segments.list.create")}
        </button>
      </form>
    </>
  );
}
