import type {
  ApiKeyList,
  ClaimList,
  ContactCard,
  ContactPage,
  ContactQuery,
  CreatedApiKey,
  CreatedIdentityKey,
  Credentials,
  Explanation,
  IdentityKeyList,
  Letter,
  MailPage,
  MailQuery,
  Me,
  NewApiKey,
  NewIdentityKey,
  NewSite,
  NewUser,
  OneTimePassword,
  Overview,
  PasswordChange,
  Site,
  SiteChange,
  SiteList,
  TimelinePage,
  TimelineQuery,
  UserChange,
  UserList,
} from "../contract/admin.ts";
import type {
  ImportChange,
  ImportDetails,
  ImportList,
  ImportProblemList,
  NewImport,
  StartedImport,
} from "../contract/imports.ts";
import type { Problem } from "../contract/errors.ts";
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
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  const suffix = search.size > 0 ? `?${search.toString()}` : "";
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

export const api = {
  me: () => call<Me>("GET", "/session"),
  logIn: (body: Credentials) => call<Me>("POST", "/session", { body }),
  logOut: () => call<void>("DELETE", "/session"),
  changePassword: (body: PasswordChange) => call<Me>("POST", "/password", { body }),

  overview: () => call<Overview>("GET", "/overview"),

  contacts: (query: ContactQuery) => call<ContactPage>("GET", "/contacts", { query }),
  contact: (id: number) => call<ContactCard>("GET", `/contacts/${segment(id)}`),
  timeline: (id: number, query: TimelineQuery) =>
    call<TimelinePage>("GET", `/contacts/${segment(id)}/timeline`, { query }),
  explanation: (id: number) => call<Explanation>("GET", `/contacts/${segment(id)}/explanation`),
  deleteContact: (id: number) => call<void>("DELETE", `/contacts/${segment(id)}`),
  restoreContact: (id: number) => call<void>("POST", `/contacts/${segment(id)}/restore`),
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

  sites: () => call<SiteList>("GET", "/sites"),
  createSite: (body: NewSite) => call<Site>("POST", "/sites", { body }),
  changeSite: (id: number, body: SiteChange) => call<Site>("PATCH", `/sites/${segment(id)}`, { body }),

  identityKeys: (siteId: number) => call<IdentityKeyList>("GET", `/sites/${segment(siteId)}/identity-keys`),
  createIdentityKey: (siteId: number, body: NewIdentityKey) =>
    call<CreatedIdentityKey>("POST", `/sites/${segment(siteId)}/identity-keys`, { body }),
  revokeIdentityKey: (siteId: number, keyId: string) =>
    call<void>("DELETE", `/sites/${segment(siteId)}/identity-keys/${segment(keyId)}`),

  mail: (query: MailQuery) => call<MailPage>("GET", "/mail", { query }),
  letter: (id: string) => call<Letter>("GET", `/mail/${segment(id)}`),

  keys: () => call<ApiKeyList>("GET", "/keys"),
  createKey: (body: NewApiKey) => call<CreatedApiKey>("POST", "/keys", { body }),
  revokeKey: (id: string) => call<void>("DELETE", `/keys/${segment(id)}`),

  users: () => call<UserList>("GET", "/users"),
  createUser: (body: NewUser) => call<OneTimePassword>("POST", "/users", { body }),
  changeUser: (id: number, body: UserChange) => call<void>("PATCH", `/users/${segment(id)}`, { body }),
  resetPassword: (id: number) => call<OneTimePassword>("POST", `/users/${segment(id)}/password`),
  removeUser: (id: number) => call<void>("DELETE", `/users/${segment(id)}`),
};
