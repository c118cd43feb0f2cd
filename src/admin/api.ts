import type { ApiKeyList, CreatedApiKey, NewApiKey } from "../contract/admin/api-keys.ts";
import type { ClaimList } from "../contract/admin/claims.ts";
import type { ContactCard, Erasure, Explanation } from "../contract/admin/contact-card.ts";
import type { ContactCount, ContactCountQuery, ContactPage, ContactQuery } from "../contract/admin/contacts.ts";
import type { FieldList, FieldRow } from "../contract/admin/fields.ts";
import type { CreatedIdentityKey, IdentityKeyList, NewIdentityKey } from "../contract/admin/identity-keys.ts";
import type { Letter, MailPage, MailQuery } from "../contract/admin/mail.ts";
import type { Overview } from "../contract/admin/overview.ts";
import type { RejectedPage, RejectedQuery, Replay } from "../contract/admin/rejected.ts";
import type { RemovedSamples, SampleStanding } from "../contract/admin/samples.ts";
import type { Credentials, Me, PasswordChange } from "../contract/admin/session.ts";
import type { NewSite, Site, SiteChange, Silence, SiteList } from "../contract/admin/sites.ts";
import type { AskAgain, SubscriptionPage, SubscriptionQuery } from "../contract/admin/subscriptions.ts";
import type { TimelinePage, TimelineQuery } from "../contract/admin/timeline.ts";
import type { NewUser, OneTimePassword, UserChange, UserList } from "../contract/admin/users.ts";
import type { Act, ActForecast, ActList, Chosen, NewAct } from "../contract/acts.ts";
import type { Charts, ChartsQuery } from "../contract/admin/charts.ts";
import type { LivePage, LiveQuery } from "../contract/admin/live.ts";
import type {
  ImportChange,
  ImportDetails,
  ImportList,
  ImportProblemList,
  NewImport,
  StartedImport,
} from "../contract/imports.ts";
import type {
  Catalogue,
  ConditionGroup,
  MemberPage,
  MemberQuery,
  MembersAdded,
  MemberVerdict,
  NewSegment,
  Segment,
  SegmentChange,
  SegmentList,
  SegmentsOfContact,
  SegmentSize,
  Suggestions,
  TrialAnswer,
} from "../contract/segments.ts";
import type {
  Export,
  ExportChange,
  ExportDetail,
  ExportList,
  ExportTrial,
  NewExport,
  RunOrder,
  TrialOutcome,
} from "../contract/exports.ts";
import type { Problem } from "../contract/errors.ts";
import type { FieldChange, NewField } from "../contract/fields.ts";
import { ADMIN_API_PATH } from "../contract/wire.ts";

/** The server said no, or could not be reached. `detail` is a sentence for people. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;

  constructor(problem: Pick<Problem, "status" | "code" | "detail" | "requestId">) {
    super(problem.detail);
    this.status = problem.status;
    this.code = problem.code;
    this.requestId = problem.requestId;
  }
}

type Method = "GET" | "POST" | "PATCH" | "DELETE";
type Values = Readonly<Record<string, string | number | undefined>>;

async function call<Answer>(
  method: Method,
  path: string,
  { query = {}, body }: { query?: Values; body?: unknown } = {},
) {
  const isBytes = body instanceof Blob;
  const suffix = searchOf(query);
  let response: Response;
  try {
    response = await fetch(ADMIN_API_PATH + path + suffix, {
      method,
      ...(body !== undefined && {
        headers: { "content-type": isBytes ? "application/octet-stream" : "application/json" },
        body: isBytes ? body : JSON.stringify(body),
      }),
    });
  } catch {
    throw new ApiError({ status: 0, code: "unreachable", detail: "" });
  }
  if (!response.ok) throw await refusalOf(response);
  // The contract's schemas decide what the server may send; here the type is taken at its word.
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

async function refusalOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const { code = "unknown", detail = "", requestId } = problem;
  return new ApiError({ status: response.status, code, detail, ...(requestId !== undefined && { requestId }) });
}

const segment = (id: string | number) => encodeURIComponent(id);

/** A file of contacts; the browser fetches it by a link. */
export const downloadAddress = (query: Values): string => `${ADMIN_API_PATH}/contacts/download${searchOf(query)}`;

/** Everything that is kept about one person. */
export const personAddress = (id: number): string => `${ADMIN_API_PATH}/contacts/${segment(id)}/export`;

function searchOf(query: Values): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size > 0 ? `?${search.toString()}` : "";
}

export const api = {
  me: () => call<Me>("GET", "/session"),
  logIn: (body: Credentials) => call<Me>("POST", "/session", { body }),
  logOut: () => call<void>("DELETE", "/session"),
  changePassword: (body: PasswordChange) => call<Me>("POST", "/password", { body }),

  charts: (query: ChartsQuery) => call<Charts>("GET", "/overview/charts", { query }),
  overview: () => call<Overview>("GET", "/overview"),

  samples: () => call<SampleStanding>("GET", "/samples"),
  loadSamples: () => call<SampleStanding>("POST", "/samples"),
  removeSamples: () => call<RemovedSamples>("DELETE", "/samples"),

  contacts: (query: ContactQuery) => call<ContactPage>("GET", "/contacts", { query }),
  countContacts: (query: ContactCountQuery) => call<ContactCount>("GET", "/contacts/count", { query }),
  contact: (id: number) => call<ContactCard>("GET", `/contacts/${segment(id)}`),
  timeline: (id: number, query: TimelineQuery) =>
    call<TimelinePage>("GET", `/contacts/${segment(id)}/timeline`, { query }),
  explanation: (id: number) => call<Explanation>("GET", `/contacts/${segment(id)}/explanation`),
  deleteContact: (id: number) => call<void>("DELETE", `/contacts/${segment(id)}`),
  restoreContact: (id: number) => call<void>("POST", `/contacts/${segment(id)}/restore`),
  eraseContact: (id: number, body: Erasure) => call<void>("POST", `/contacts/${segment(id)}/erase`, { body }),
  acts: (query: { readonly before?: string | undefined }) => call<ActList>("GET", "/acts", { query }),
  act: (id: number) => call<Act>("GET", `/acts/${segment(id)}`),
  beginAct: (body: NewAct) => call<Act>("POST", "/acts", { body }),
  forecastAct: (chosen: Chosen) => call<ActForecast>("POST", "/acts/forecast", { body: { chosen } }),
  cancelAct: (id: number) => call<Act>("POST", `/acts/${segment(id)}/cancel`),
  undoAct: (id: number) => call<Act>("POST", `/acts/${segment(id)}/undo`),
  undoMerge: (id: number) => call<void>("POST", `/merges/${segment(id)}/undo`),
  claims: () => call<ClaimList>("GET", "/claims"),
  dismissClaim: (id: number) => call<void>("DELETE", `/claims/${segment(id)}`),

  imports: (query: { readonly before?: string | undefined }) => call<ImportList>("GET", "/imports", { query }),
  import: (id: number) => call<ImportDetails>("GET", `/imports/${segment(id)}`),
  beginImport: (body: NewImport) => call<StartedImport>("POST", "/imports", { body }),
  sendImportPart: (id: number, part: number, body: Blob) =>
    call<void>("POST", `/imports/${segment(id)}/parts/${segment(part)}`, { body }),
  completeImport: (id: number) => call<ImportDetails>("POST", `/imports/${segment(id)}/complete`),
  changeImport: (id: number, body: ImportChange) => call<ImportDetails>("PATCH", `/imports/${segment(id)}`, { body }),
  checkImport: (id: number) => call<ImportDetails>("POST", `/imports/${segment(id)}/check`),
  runImport: (id: number) => call<ImportDetails>("POST", `/imports/${segment(id)}/run`),
  cancelImport: (id: number) => call<ImportDetails>("POST", `/imports/${segment(id)}/cancel`),
  importProblems: (id: number, query: Values) =>
    call<ImportProblemList>("GET", `/imports/${segment(id)}/problems`, { query }),
  segments: () => call<SegmentList>("GET", "/segments"),
  segmentCatalogue: () => call<Catalogue>("GET", "/segments/catalogue"),
  suggestions: (field: string) => call<Suggestions>("GET", "/segments/suggestions", { query: { field } }),
  tryCondition: (condition: ConditionGroup) => call<TrialAnswer>("POST", "/segments/trial", { body: { condition } }),
  segment: (id: number) => call<Segment>("GET", `/segments/${segment(id)}`),
  createSegment: (body: NewSegment) => call<Segment>("POST", "/segments", { body }),
  changeSegment: (id: number, body: SegmentChange) => call<Segment>("PATCH", `/segments/${segment(id)}`, { body }),
  deleteSegment: (id: number) => call<void>("DELETE", `/segments/${segment(id)}`),
  segmentSize: (id: number) => call<SegmentSize>("GET", `/segments/${segment(id)}/size`),
  members: (id: number, query: MemberQuery) => call<MemberPage>("GET", `/segments/${segment(id)}/members`, { query }),
  addMembers: (id: number, contactIds: number[]) =>
    call<MembersAdded>("POST", `/segments/${segment(id)}/members`, { body: { contactIds } }),
  removeMember: (id: number, contactId: number) =>
    call<void>("DELETE", `/segments/${segment(id)}/members/${segment(contactId)}`),
  explainMember: (id: number, contactId: number) =>
    call<MemberVerdict>("GET", `/segments/${segment(id)}/members/${segment(contactId)}`),
  segmentsOf: (contactId: number) => call<SegmentsOfContact>("GET", `/contacts/${segment(contactId)}/segments`),
  fields: () => call<FieldList>("GET", "/fields"),
  createField: (body: NewField) => call<FieldRow>("POST", "/fields", { body }),
  changeField: (id: number, body: FieldChange) => call<FieldRow>("PATCH", `/fields/${segment(id)}`, { body }),
  deleteField: (id: number) => call<void>("DELETE", `/fields/${segment(id)}`),
  live: (query: LiveQuery) => call<LivePage>("GET", "/live", { query }),
  rejected: (query: RejectedQuery) => call<RejectedPage>("GET", "/rejected", { query }),
  replayRejected: (id: number, body: Replay) => call<void>("POST", `/rejected/${segment(id)}/replay`, { body }),
  dismissRejected: (id: number) => call<void>("DELETE", `/rejected/${segment(id)}`),

  sites: () => call<SiteList>("GET", "/sites"),
  createSite: (body: NewSite) => call<Site>("POST", "/sites", { body }),
  silence: (id: number) => call<Silence>("GET", `/sites/${segment(id)}/silence`),
  changeSite: (id: number, body: SiteChange) => call<Site>("PATCH", `/sites/${segment(id)}`, { body }),

  identityKeys: (siteId: number) => call<IdentityKeyList>("GET", `/sites/${segment(siteId)}/identity-keys`),
  createIdentityKey: (siteId: number, body: NewIdentityKey) =>
    call<CreatedIdentityKey>("POST", `/sites/${segment(siteId)}/identity-keys`, { body }),
  revokeIdentityKey: (siteId: number, keyId: string) =>
    call<void>("DELETE", `/sites/${segment(siteId)}/identity-keys/${segment(keyId)}`),

  subscriptions: (query: SubscriptionQuery) => call<SubscriptionPage>("GET", "/subscriptions", { query }),
  askAgain: (body: AskAgain) => call<void>("POST", "/subscriptions/ask-again", { body }),

  mail: (query: MailQuery) => call<MailPage>("GET", "/mail", { query }),
  letter: (id: string) => call<Letter>("GET", `/mail/${segment(id)}`),

  exports: () => call<ExportList>("GET", "/exports"),
  export: (id: string) => call<ExportDetail>("GET", `/exports/${segment(id)}`),
  tryExport: (body: ExportTrial) => call<TrialOutcome>("POST", "/exports/trial", { body }),
  tryStoredExport: (id: string) => call<TrialOutcome>("POST", `/exports/${segment(id)}/trial`),
  createExport: (body: NewExport) => call<Export>("POST", "/exports", { body }),
  changeExport: (id: string, body: ExportChange) => call<Export>("PATCH", `/exports/${segment(id)}`, { body }),
  removeExport: (id: string) => call<void>("DELETE", `/exports/${segment(id)}`),
  runExport: (id: string, body: RunOrder) => call<void>("POST", `/exports/${segment(id)}/run`, { body }),

  keys: () => call<ApiKeyList>("GET", "/keys"),
  createKey: (body: NewApiKey) => call<CreatedApiKey>("POST", "/keys", { body }),
  rotateKey: (id: string) => call<CreatedApiKey>("POST", `/keys/${segment(id)}/rotate`),
  revokeKey: (id: string) => call<void>("DELETE", `/keys/${segment(id)}`),

  users: () => call<UserList>("GET", "/users"),
  createUser: (body: NewUser) => call<OneTimePassword>("POST", "/users", { body }),
  changeUser: (id: number, body: UserChange) => call<void>("PATCH", `/users/${segment(id)}`, { body }),
  resetPassword: (id: number) => call<OneTimePassword>("POST", `/users/${segment(id)}/password`),
  removeUser: (id: number) => call<void>("DELETE", `/users/${segment(id)}`),
};
