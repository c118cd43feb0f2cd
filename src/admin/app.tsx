import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { AdminRight } from "../contract/admin.ts";
import { ClaimsPage } from "./pages/claims/claims.tsx";
import { ContactPage } from "./pages/contact/contact.tsx";
import { ContactsPage } from "./pages/contacts/contacts.tsx";
import { FieldsPage } from "./pages/fields/fields.tsx";
import { ExportPage } from "./pages/exports/export.tsx";
import { ExportsPage } from "./pages/exports/exports.tsx";
import { NewExportPage } from "./pages/exports/new-export.tsx";
import { KeysPage } from "./pages/keys/keys.tsx";
import { NewImportPage } from "./pages/imports/file-step.tsx";
import { ImportPage } from "./pages/imports/import.tsx";
import { ImportsPage } from "./pages/imports/imports.tsx";
import { ChangePasswordPage, ForcedPasswordPage } from "./pages/login/change-password.tsx";
import { LoginPage } from "./pages/login/login.tsx";
import { LetterPage } from "./pages/mail/letter.tsx";
import { MailListPage } from "./pages/mail/mail.tsx";
import { OverviewPage } from "./pages/overview/overview.tsx";
import { EditSegmentPage } from "./pages/segments/edit-segment.tsx";
import { NewSegmentPage } from "./pages/segments/new-segment.tsx";
import { SegmentPage } from "./pages/segments/segment.tsx";
import { SegmentsPage } from "./pages/segments/segments.tsx";
import { RejectedListPage } from "./pages/rejected/rejected.tsx";
import { NewSitePage } from "./pages/sites/new-site.tsx";
import { SitePage } from "./pages/sites/site.tsx";
import { SitesPage } from "./pages/sites/sites.tsx";
import { UsersPage } from "./pages/users/users.tsx";
import { href, match, path } from "./router.ts";
import { loadSession, may, session } from "./session.ts";
import { Shell } from "./shell.tsx";
import { t } from "./text/index.ts";
import { Empty, Failure, Skeleton } from "./ui/parts.tsx";
import { ToastArea } from "./ui/toast.tsx";

interface Screen {
  readonly pattern: string;
  readonly right?: AdminRight;
  show(params: Readonly<Record<string, string>>): JSX.Element;
}

/** Every screen and its address. */
const SCREENS: readonly Screen[] = [
  { pattern: "/", right: "contacts.read", show: () => <OverviewPage /> },
  { pattern: "/contacts", right: "contacts.read", show: () => <ContactsPage /> },
  { pattern: "/contacts/claims", right: "contacts.read", show: () => <ClaimsPage /> },
  { pattern: "/contacts/fields", right: "contacts.read", show: () => <FieldsPage /> },
  { pattern: "/contacts/:id", right: "contacts.read", show: ({ id }) => <ContactPage key={id} id={Number(id)} /> },
  { pattern: "/imports", right: "contacts.read", show: () => <ImportsPage /> },
  { pattern: "/imports/new", right: "contacts.write", show: () => <NewImportPage /> },
  { pattern: "/imports/:id", right: "contacts.read", show: ({ id }) => <ImportPage key={id} id={Number(id)} /> },
  { pattern: "/segments", right: "contacts.read", show: () => <SegmentsPage /> },
  { pattern: "/segments/new", right: "contacts.write", show: () => <NewSegmentPage /> },
  { pattern: "/segments/:id", right: "contacts.read", show: ({ id }) => <SegmentPage key={id} id={Number(id)} /> },
  {
    pattern: "/segments/:id/edit",
    right: "contacts.write",
    show: ({ id }) => <EditSegmentPage key={id} id={Number(id)} />,
  },
  { pattern: "/sites", right: "sites.read", show: () => <SitesPage /> },
  { pattern: "/sites/new", right: "sites.write", show: () => <NewSitePage /> },
  { pattern: "/sites/rejected", right: "contacts.read", show: () => <RejectedListPage /> },
  { pattern: "/sites/:id", right: "sites.read", show: ({ id }) => <SitePage key={id} id={Number(id)} /> },
  { pattern: "/mail", right: "mail.read", show: () => <MailListPage /> },
  { pattern: "/mail/:id", right: "mail.read", show: ({ id = "" }) => <LetterPage key={id} id={id} /> },
  { pattern: "/exports", right: "exports.read", show: () => <ExportsPage /> },
  { pattern: "/exports/new", right: "exports.write", show: () => <NewExportPage /> },
  { pattern: "/exports/:id", right: "exports.read", show: ({ id = "" }) => <ExportPage key={id} id={id} /> },
  { pattern: "/keys", right: "keys.read", show: () => <KeysPage /> },
  { pattern: "/users", right: "users.read", show: () => <UsersPage /> },
  { pattern: "/password", show: () => <ChangePasswordPage /> },
];

function Screen() {
  for (const { pattern, right, show } of SCREENS) {
    const params = match(pattern, path.value);
    if (params === undefined) continue;
    if (right !== undefined && !may(right)) return <Empty alone icon="warning" title={t("app.noRight")} />;
    return show(params);
  }
  return (
    <Empty alone icon="question" title={t("app.notFound")}>
      <p>{t("app.notFound.hint")}</p>
      <a class="button primary" href={href("/")}>
        {t("app.home")}
      </a>
    </Empty>
  );
}

/** After a change of screen, keyboard and screen reader go on at its heading; the tab says where one is. */
function useArrival(): void {
  const here = path.value;
  useEffect(() => {
    const heading = document.querySelector("h1");
    if (document.activeElement === document.body || document.activeElement?.closest("nav") !== null) {
      heading?.focus({ preventScroll: true });
    }
  }, [here]);
  useEffect(() => {
    const heading = document.querySelector("h1")?.textContent;
    document.title = heading ? `${heading} · Backstory` : "Backstory";
  });
}

export function App() {
  useArrival();
  const current = session.value;
  switch (current.kind) {
    case "unknown":
      return (
        <main class="gate">
          <Skeleton rows={3} />
        </main>
      );
    case "unreachable":
      return (
        <main class="gate">
          <Failure error={current.error} retry={() => void loadSession()} />
        </main>
      );
    case "out":
      return <LoginPage ended={current.ended} />;
    case "in":
      if (current.me.mustChangePassword) return <ForcedPasswordPage />;
      return (
        <>
          <Shell me={current.me}>
            <Screen />
          </Shell>
          <ToastArea />
        </>
      );
  }
}
