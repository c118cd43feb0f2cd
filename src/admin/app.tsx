import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { AdminRight } from "../contract/admin/session.ts";
import { match } from "./address.ts";
import { ContactPage } from "./pages/contact/contact.tsx";
import { ContactsPage } from "./pages/contacts/contacts.tsx";
import { LoginPage } from "./pages/login/login.tsx";
import { OverviewPage } from "./pages/overview/overview.tsx";
import { SegmentPage } from "./pages/segments/segment.tsx";
import { SegmentsPage } from "./pages/segments/segments.tsx";
import { href, path } from "./router.ts";
import { loadSession, may, session } from "./session.ts";
import { Shell } from "./shell.tsx";
import { t } from "./text/index.ts";
import { late, type Late } from "./ui/late.tsx";
import { Empty, Failure, Skeleton } from "./ui/parts.tsx";
import { ToastArea } from "./ui/toast.tsx";
import { LeavingQuestion } from "./ui/unsaved.tsx";

// Lists of people and their stories are what is looked at most. The code of the others comes when they are first shown.
const ActsPage = late(async () => (await import("./pages/acts/acts.tsx")).ActsPage);
const ClaimsPage = late(async () => (await import("./pages/claims/claims.tsx")).ClaimsPage);
const FieldsPage = late(async () => (await import("./pages/fields/fields.tsx")).FieldsPage);
const ExportPage = late(async () => (await import("./pages/exports/export.tsx")).ExportPage);
const ExportsPage = late(async () => (await import("./pages/exports/exports.tsx")).ExportsPage);
const NewExportPage = late(async () => (await import("./pages/exports/new-export.tsx")).NewExportPage);
const KeysPage = late(async () => (await import("./pages/keys/keys.tsx")).KeysPage);
const NewImportPage = late(async () => (await import("./pages/imports/file-step.tsx")).NewImportPage);
const ImportPage = late(async () => (await import("./pages/imports/import.tsx")).ImportPage);
const ImportsPage = late(async () => (await import("./pages/imports/imports.tsx")).ImportsPage);
const ChangePasswordPage = late(async () => (await import("./pages/login/change-password.tsx")).ChangePasswordPage);
const ForcedPasswordPage = late(async () => (await import("./pages/login/change-password.tsx")).ForcedPasswordPage);
const LetterPage = late(async () => (await import("./pages/mail/letter.tsx")).LetterPage);
const LivePage = late(async () => (await import("./pages/live/live.tsx")).LivePage);
const MailListPage = late(async () => (await import("./pages/mail/mail.tsx")).MailListPage);
const EditSegmentPage = late(async () => (await import("./pages/segments/edit-segment.tsx")).EditSegmentPage);
const NewSegmentPage = late(async () => (await import("./pages/segments/new-segment.tsx")).NewSegmentPage);
const RejectedListPage = late(async () => (await import("./pages/rejected/rejected.tsx")).RejectedListPage);
const NewSitePage = late(async () => (await import("./pages/sites/new-site.tsx")).NewSitePage);
const SitePage = late(async () => (await import("./pages/sites/site.tsx")).SitePage);
const SitesPage = late(async () => (await import("./pages/sites/sites.tsx")).SitesPage);
const SettingsPage = late(async () => (await import("./pages/settings/settings.tsx")).SettingsPage);
const SubscriptionsPage = late(async () => (await import("./pages/subscriptions/subscriptions.tsx")).SubscriptionsPage);
const UsersPage = late(async () => (await import("./pages/users/users.tsx")).UsersPage);

interface Screen {
  readonly pattern: string;
  readonly right?: AdminRight;
  show(params: Readonly<Record<string, string>>): JSX.Element;
}

/** Every screen and its address. */
const SCREENS: readonly Screen[] = [
  { pattern: "/", right: "contacts.read", show: () => <OverviewPage /> },
  { pattern: "/contacts", right: "contacts.read", show: () => <ContactsPage /> },
  { pattern: "/contacts/acts", right: "contacts.read", show: () => <ActsPage /> },
  { pattern: "/contacts/claims", right: "contacts.read", show: () => <ClaimsPage /> },
  { pattern: "/contacts/fields", right: "contacts.read", show: () => <FieldsPage /> },
  { pattern: "/contacts/subscriptions", right: "contacts.read", show: () => <SubscriptionsPage /> },
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
  { pattern: "/live", right: "contacts.read", show: () => <LivePage /> },
  { pattern: "/mail", right: "mail.read", show: () => <MailListPage /> },
  { pattern: "/mail/:id", right: "mail.read", show: ({ id = "" }) => <LetterPage key={id} id={id} /> },
  { pattern: "/exports", right: "exports.read", show: () => <ExportsPage /> },
  { pattern: "/exports/new", right: "exports.write", show: () => <NewExportPage /> },
  { pattern: "/exports/:id", right: "exports.read", show: ({ id = "" }) => <ExportPage key={id} id={id} /> },
  { pattern: "/settings", right: "contacts.read", show: () => <SettingsPage /> },
  { pattern: "/keys", right: "keys.read", show: () => <KeysPage /> },
  { pattern: "/users", right: "users.read", show: () => <UsersPage /> },
  { pattern: "/password", show: () => <ChangePasswordPage /> },
];

/** The code of the screen one is on, where that comes later. */
export async function beginScreen(): Promise<void> {
  for (const { pattern, show } of SCREENS) {
    const params = match(pattern, path.value);
    if (params === undefined) continue;
    const { type } = show(params);
    if (typeof type !== "string" && "begin" in type) await (type as Late<object>).begin();
    return;
  }
}

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
    let arrived: Element | null = null;
    // The heading may come later than its screen, with the name of what is loaded.
    const look = () => {
      const heading = document.querySelector("h1");
      document.title = heading?.textContent ? `${heading.textContent} · Backstory` : "Backstory";
      if (heading === arrived) return;
      arrived = heading;
      const { activeElement } = document;
      if (activeElement === document.body || activeElement?.closest("nav") !== null)
        heading?.focus({ preventScroll: true });
    };
    look();
    const observer = new MutationObserver(look);
    observer.observe(document.body, { childList: true, subtree: true, characterData: true });
    return () => observer.disconnect();
  }, [here]);
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
          <LeavingQuestion />
        </>
      );
  }
}
