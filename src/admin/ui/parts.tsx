import type { ComponentChildren } from "preact";
import type { ChannelStatus, ContactStatus } from "../../contract/admin/contacts.ts";
import type { Instant } from "../../contract/identifiers.ts";
import type { ApiError } from "../api.ts";
import { t } from "../text/index.ts";
import { exactTime, relativeTime } from "../text/time.ts";
import { Icon, type IconName } from "./icon.tsx";

/** "3 minutes ago"; the exact time and zone on hover. */
export function Time({ at }: { readonly at: Instant }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
      {relativeTime(at)}
    </time>
  );
}

export function NotSet() {
  return <span class="not-set">{t("value.notSet")}</span>;
}

export function Status({ status }: { readonly status: ChannelStatus | ContactStatus }) {
  return <span class={`status status-${status}`}>{t(`status.${status}`)}</span>;
}

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  /** It stands for the whole screen, and its title is the screen's. */
  readonly alone?: true;
  readonly children?: ComponentChildren;
}

/** Why there is nothing, and what to do about it. */
export function Empty({ icon, title, alone, children }: EmptyProps) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} />
      </span>
      {alone === true ? <h1 tabIndex={-1}>{title}</h1> : <h2>{title}</h2>}
      {children}
    </div>
  );
}

/** The server's own sentence, or ours when it said none. */
export function sentenceOf(error: ApiError): string {
  if (error.message !== "") return error.message;
  return t(error.code === "unreachable" ? "error.unreachable" : "error.unknown");
}

export function Failure({ error, retry }: { readonly error: ApiError; readonly retry?: () => void }) {
  return (
    <div class="failure" role="alert">
      <Icon name="warning" />
      <div>
        <p>{sentenceOf(error)}</p>
        {error.requestId !== undefined && <p class="small mono">{t("error.request", { id: error.requestId })}</p>}
        {retry !== undefined && (
          <button type="button" class="button" onClick={retry}>
            {t("act.retry")}
          </button>
        )}
      </div>
    </div>
  );
}

interface MissingProps {
  readonly icon: IconName;
  readonly title: string;
  /** Where there are others, and what they are called. */
  readonly to: string;
  readonly others: string;
}

/** The address names something that is not there, or no longer. */
export function Missing({ icon, title, to, others }: MissingProps) {
  return (
    <Empty alone icon={icon} title={title}>
      <p>{t("app.notFound.hint")}</p>
      <a class="button" href={to}>
        {others}
      </a>
    </Empty>
  );
}

/** An id that is none, and one that nothing has, come to the same. */
export const isMissing = (error: ApiError | undefined): boolean => error?.status === 404 || error?.code === "invalid";

/** Grey bars where rows are about to be, so that nothing jumps. */
export function Skeleton({ rows }: { readonly rows: number }) {
  return (
    <div class="skeleton" role="status" aria-label={t("app.loading")}>
      {Array.from({ length: rows }, (_, index) => (
        <span key={index} />
      ))}
    </div>
  );
}

export function PageHead(props: {
  readonly title: string;
  readonly lead?: ComponentChildren;
  readonly children?: ComponentChildren;
}) {
  return (
    <header class="page-head">
      <div>
        <h1 tabIndex={-1}>{props.title}</h1>
        {props.lead !== undefined && <p class="lead">{props.lead}</p>}
      </div>
      {props.children !== undefined && <div class="page-actions">{props.children}</div>}
    </header>
  );
}
