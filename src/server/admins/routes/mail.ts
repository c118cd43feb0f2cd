import { Letter, MailPage, MailQuery } from "../../../contract/admin/mail.ts";
import { ByUuid } from "../../../contract/admin/pieces.ts";
import type { Database } from "../../db/database.ts";
import { problem } from "../../http/problem.ts";
import { findCapturedMail, listCapturedMail } from "../../mail/index.ts";
import { adminRoute, type AdminRoute } from "../route.ts";

const LETTERS_A_PAGE = 50;

/** The letters that were kept instead of sent. */
export function mailRoutes({ db }: { readonly db: Database }): AdminRoute[] {
  return [
    adminRoute({
      method: "GET",
      path: "/mail",
      need: "mail.read",
      query: MailQuery,
      answer: MailPage,
      async carryOut({ query }) {
        const found = await listCapturedMail(db, { before: query.before, limit: LETTERS_A_PAGE });
        const last = found.at(-1);
        return {
          mail: found.map(({ mailId, recipient, subject, capturedAt }) => ({
            id: mailId,
            at: capturedAt,
            to: recipient,
            subject,
          })),
          next: found.length === LETTERS_A_PAGE && last !== undefined ? last.mailId : null,
        };
      },
    }),
    adminRoute({
      method: "GET",
      path: "/mail/:id",
      need: "mail.read",
      params: ByUuid,
      answer: Letter,
      async carryOut({ params }) {
        const letter = await findCapturedMail(db, params.id);
        if (letter === undefined) throw problem(404, "unknown_letter", "This letter is not kept, or no longer.");
        const { mailId, capturedAt, sender, recipient, subject, textBody } = letter;
        return { id: mailId, at: capturedAt, from: sender, to: recipient, subject, text: textBody };
      },
    }),
  ];
}
