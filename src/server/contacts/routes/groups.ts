import type { FastifyRequest } from "fastify";
import { Compile } from "typebox/compile";
import { MembersInput, type Group } from "../../../contract/contacts.ts";
import type { ContactId } from "../../../contract/identifiers.ts";
import type { Database, Transaction } from "../../db/database.ts";
import { json, sentence, type Endpoint } from "../../http/compatible.ts";
import { problem, type HttpProblem } from "../../http/problem.ts";
import { contactOutput } from "../answers.ts";
import { withoutAbsent } from "../contact-input.ts";
import {
  addMembers,
  emptyGroup,
  findGroup,
  findMembers,
  listGroups,
  listMembers,
  removeMembers,
} from "../group-store.ts";
import { readPage, type Page } from "../search.ts";
import { readRecords } from "../store.ts";
import type { ContactApiDeps } from "./deps.ts";
import { badRequest, queryOf } from "./refusals.ts";

/** `GET /groups` */
export function showGroups({ db }: ContactApiDeps): Endpoint["answer"] {
  return async (request) => {
    const { name } = queryOf(request);
    const text = typeof name === "string" ? name.trim() : "";
    const { groups, total } = await listGroups(db, { name: text, page: pageIn(request) });
    return json(groups, { TotalCount: String(total) });
  };
}

/** `GET /group/{id}/contacts` */
export function showMembers({ db, dynamicMembers }: ContactApiDeps): Endpoint["answer"] {
  return async (request) => {
    const page = pageIn(request);
    const { id: group, type } = await groupIn(db, request);
    const found = type === "Dynamic" ? await dynamicMembers({ group, page }) : await listMembers(db, { group, page });
    if (found === undefined) throw tooSlow();
    const { ids, total } = found;
    const records = await readRecords(db, ids);
    return json(records.map(contactOutput), { TotalCount: String(total) });
  };
}

/** `POST /group/{id}/contacts/attach` */
export function attach({ db, clock }: ContactApiDeps): Endpoint["answer"] {
  return async (request, keep) => {
    const group = await listIn(db, request);
    const members = membersIn(request.body);
    if (members === undefined) throw badRequest("Name contacts: contactIds or externalCustomerIds.");
    return db.transaction(async (tx) => {
      const contacts = await findMembers(tx, members);
      await addMembers(tx, { groups: [group.id], contacts, now: clock() });
      return told(tx, { keep, words: "Contacts were attached", skipped: countOf(members) - contacts.length });
    });
  };
}

/** `POST /group/{id}/contacts/detach`: without any ids it empties the group. */
export function detach({ db }: ContactApiDeps): Endpoint["answer"] {
  return async (request, keep) => {
    const group = await listIn(db, request);
    const members = membersIn(request.body);
    return db.transaction(async (tx) => {
      const contacts = members === undefined ? [] : await findMembers(tx, members);
      if (members === undefined) await emptyGroup(tx, group.id);
      else await removeMembers(tx, { groups: [group.id], contacts });
      const skipped = members === undefined ? 0 : countOf(members) - contacts.length;
      return told(tx, { keep, words: "Contacts were detached", skipped });
    });
  };
}

type Keep = Parameters<Endpoint["answer"]>[1];

async function told(
  tx: Transaction,
  { keep, words, skipped }: { readonly keep: Keep; readonly words: string; readonly skipped: number },
) {
  const answer = sentence(words, skipped > 0 ? { "Backstory-Skipped": String(skipped) } : {});
  await keep(tx, answer);
  return answer;
}

interface Members {
  readonly ids: readonly ContactId[];
  readonly externalIds: readonly string[];
}

const membersInput = Compile(MembersInput);

/** Undefined: neither member is there. An empty list names nobody. */
function membersIn(body: unknown): Members | undefined {
  const input = withoutAbsent(body ?? {});
  if (!membersInput.Check(input))
    throw badRequest("contactIds or externalCustomerIds have to be lists of at most 500 ids.");
  const { contactIds, externalCustomerIds } = input;
  if (contactIds !== undefined && externalCustomerIds !== undefined)
    throw badRequest("Name contacts by contactIds or by externalCustomerIds, not by both.");
  if (contactIds === undefined && externalCustomerIds === undefined) return undefined;
  return {
    ids: [...new Set((contactIds ?? []).map((id) => Number(id) as ContactId))],
    externalIds: [...new Set((externalCustomerIds ?? []).map((id) => String(id).trim()))],
  };
}

const countOf = ({ ids, externalIds }: Members): number => ids.length + externalIds.length;

async function listIn(db: Database, request: FastifyRequest): Promise<Group> {
  const group = await groupIn(db, request);
  if (group.type !== "Static") throw badRequest("Only List segments take contacts; this one is Dynamic.");
  return group;
}

async function groupIn(db: Database, request: FastifyRequest): Promise<Group> {
  const { id = "" } = request.params as Readonly<Record<string, string>>;
  const group = /^[1-9]\d{0,9}$/.test(id) ? await findGroup(db, Number(id)) : undefined;
  if (group === undefined) throw problem(404, "unknown_group", "Group not found");
  return group;
}

function tooSlow(): HttpProblem {
  const words = "To find out who meets this segment's conditions takes too long at the moment. Please try again later.";
  return problem(503, "segment_too_slow", words, { retryAfter: 30 });
}

function pageIn(request: FastifyRequest): Page {
  const page = readPage(queryOf(request));
  if (typeof page === "string") throw badRequest(page);
  return page;
}
