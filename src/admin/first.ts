// Runs first, while the rest of the script is still on its way: it knows no screen, only what each is going to want.
import { match, readPlace } from "./address.ts";
import { cardWanted, timelineWanted } from "./pages/contact/wanted.ts";
import { contactCountWanted, contactsWanted, membersWanted, readListPlace } from "./pages/contacts/wanted.ts";
import { overviewWanted } from "./pages/overview/wanted.ts";
import { segmentWanted } from "./pages/segments/wanted.ts";
import { firstWordsWanted } from "./text/words.ts";
import { allAnswered, begin, type Wanted } from "./ui/ahead.ts";
import { isNobodyHere, sessionWanted } from "./who.ts";

type WantedThere = (id: number, query: URLSearchParams) => readonly Wanted<unknown>[];

const person: WantedThere = (id) => [cardWanted(id), timelineWanted(id)];

const WANTED: readonly (readonly [pattern: string, WantedThere])[] = [
  ["/", () => [overviewWanted]],
  ["/contacts", (_id, query) => [contactsWanted(readListPlace(query))]],
  ["/contacts/:id", person],
  ["/segments/:id", (id, query) => [segmentWanted(id), membersWanted(id, query.get("after") ?? "")]],
];

/**
 * Who is logged in, the words, and what the screen shows are asked for side by side; resolves when all is there. On the
 * log-in page only the words.
 */
function beginFirst(): Promise<void> {
  const { path, query } = readPlace();
  const wantsMore = !isNobodyHere();
  begin(firstWordsWanted);
  begin(sessionWanted);
  if (!wantsMore) return allAnswered();
  for (const [pattern, wantedThere] of WANTED) {
    const params = match(pattern, path);
    const id = Number(params?.["id"] ?? 0);
    if (params !== undefined && Number.isSafeInteger(id)) wantedThere(id, query).forEach(begin);
  }
  // Beside a list.
  const open = Number(query.get("open") ?? NaN);
  if (Number.isSafeInteger(open)) person(open, query).forEach(begin);
  const answers = allAnswered();
  // It may take longer than the rows, and the screen is drawn without it.
  if (match("/contacts", path) !== undefined) begin(contactCountWanted(readListPlace(query)));
  return answers;
}

export const firstAnswers = beginFirst();
