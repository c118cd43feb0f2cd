import type { ContactId, Instant } from "../../src/contract/identifiers.ts";
import type { Changes, NewBinding } from "../../src/server/identity/changes.ts";
import { changesOf } from "../../src/server/identity/difference.ts";
import { externalIdOf, openDraft } from "../../src/server/identity/draft.ts";
import type { Contact, ContactRef, Facts, PendingClaim, SourceFacts } from "../../src/server/identity/facts.ts";
import { merge, survivorOf } from "../../src/server/identity/merge-rules.ts";
import { normaliseRequest, type NormalRequest } from "../../src/server/identity/normal-request.ts";
import { QUIET_FACTS, quietRequest } from "../../src/server/identity/quiet-request.ts";
import type { IdentityOutcome, IdentityRequest } from "../../src/server/identity/request.ts";
import { plan } from "../../src/server/identity/rules.ts";
import { DEFAULT_IDENTITY_SETTINGS, type IdentitySettings } from "../../src/server/identity/settings.ts";
import type { Provenance } from "../../src/server/identity/values.ts";

export interface Stretch {
  readonly bindingId: number;
  readonly kind: "visitor" | "device";
  readonly id: string;
  contactId: ContactId;
  readonly validFrom: Instant;
  validTo: Instant;
  readonly boundAt: Instant;
}

const DAY = 24 * 60 * 60 * 1000;

/** One installation without a database: what the store loads and writes, on maps and lists. */
export class World {
  readonly settings: IdentitySettings;
  readonly contacts = new Map<ContactId, Contact>();
  /** Redirects of merged contacts. */
  readonly merged = new Map<ContactId, ContactId>();
  readonly stretches: Stretch[] = [];
  readonly claims: PendingClaim[] = [];
  readonly shared = new Set<string>();
  readonly events: { kind: string; id: string; at: Instant }[] = [];
  now: Instant = Date.UTC(2026, 0, 1);
  #lastId = 0;

  constructor(settings: Partial<IdentitySettings> = {}) {
    this.settings = { ...DEFAULT_IDENTITY_SETTINGS, ...settings };
  }

  tick(by: number = 1_000): Instant {
    this.now += by;
    return this.now;
  }

  ask(request: Partial<IdentityRequest>): IdentityOutcome {
    const at = request.moment ?? this.tick();
    const normal = normaliseRequest(
      {
        trust: "server",
        verb: "upsert",
        moment: at,
        receivedAt: this.now,
        contactSource: "API",
        cause: { actor: "test", requestId: "r" },
        ...request,
      },
      this.settings,
    );
    if ("kind" in normal) return normal;
    const { outcome, changes } = plan(this.#facts(normal), normal, this.settings);
    const numbers = changes ? this.#apply(changes) : { newId: undefined, claimId: undefined };
    if (outcome.kind === "pending") return { kind: "pending", claimId: numbers.claimId ?? 0 };
    if (outcome.kind !== "resolved") return outcome;
    const { contact, ...rest } = outcome;
    return { ...rest, contactId: numbered(contact, numbers.newId) };
  }

  hit(id: string, at: Instant = this.tick(), kind: "visitor" | "device" = "visitor"): Instant {
    this.events.push({ kind, id, at });
    return at;
  }

  reset(visitorId: string, moment: Instant = this.tick()): void {
    const open = this.#open("visitor", visitorId);
    if (open && open.boundAt <= moment) open.validTo = Math.max(open.validFrom, moment);
  }

  delete(asked: ContactId): void {
    const contact = this.contacts.get(this.survivor(asked));
    if (contact?.status !== "live") return;
    const at = this.tick();
    this.contacts.set(numbered(contact.id), { ...contact, status: "deleted" });
    for (const stretch of this.stretches) {
      if (stretch.contactId === contact.id && stretch.validTo === Infinity)
        stretch.validTo = Math.max(at, stretch.validFrom);
    }
  }

  merge(x: ContactId, y: ContactId): "merged" | "refused" | "nothing" {
    const [a, b] = [this.contacts.get(this.survivor(x)), this.contacts.get(this.survivor(y))];
    if (a === undefined || b === undefined || a.status !== "live" || b.status !== "live") return "refused";
    if (a.id === b.id) return "nothing";
    if (externalIdOf(a) !== undefined && externalIdOf(b) !== undefined) return "refused";
    const request = quietRequest({ at: this.tick(), cause: { actor: "admin", requestId: "r" } });
    const draft = openDraft({ ...QUIET_FACTS, contacts: [a, b], suppressed: new Map() }, request, this.settings);
    const { winner, loser } = survivorOf(a, b);
    merge(draft, { winner: winner.id, loser: loser.id, reason: "by hand" });
    const changes = changesOf(draft);
    if (changes) this.#apply(changes);
    return "merged";
  }

  survivor(id: ContactId): ContactId {
    return this.merged.get(id) ?? id;
  }

  holder(kind: string, value: string): Contact | undefined {
    return [...this.contacts.values()].find(({ identifiers }) =>
      identifiers.some((identifier) => identifier.kind === kind && identifier.value === value),
    );
  }

  timeline(contactId: ContactId): Instant[] {
    const mine = this.stretches.filter((stretch) => stretch.contactId === contactId);
    return this.events
      .filter(({ kind, id, at }) =>
        mine.some((it) => it.kind === kind && it.id === id && it.validFrom <= at && at < it.validTo),
      )
      .map(({ at }) => at)
      .sort((a, b) => a - b);
  }

  #open(kind: string, id: string): Stretch | undefined {
    return this.stretches.find((stretch) => stretch.kind === kind && stretch.id === id && stretch.validTo === Infinity);
  }

  #facts(request: NormalRequest): Facts {
    const { external, email, phone, deviceId } = request;
    const named = Object.entries({ external, email: email?.value, phone: phone?.value, device: deviceId });
    const holders = named.flatMap(([kind, value]) => (value === undefined ? [] : [this.holder(kind, value)]));
    const visitors = request.visitorIds.map((id) => ({ kind: "visitor", id }) as const);
    const sources = [...visitors, ...(deviceId === undefined ? [] : [{ kind: "device", id: deviceId } as const])];
    const owners = sources.map(({ kind, id }) => this.#owner(kind, id));
    const asked = request.contactId === undefined ? undefined : this.contacts.get(this.survivor(request.contactId));
    const tokens = [...this.contacts.values()].filter(({ channels }) =>
      channels.some((channel) =>
        request.channels.some(({ type, value }) => channel.type === type && channel.value === value),
      ),
    );
    const contacts = [...holders, ...owners, ...tokens, asked].filter((contact) => contact !== undefined);
    return {
      asked:
        request.contactId === undefined
          ? { kind: "none" }
          : asked
            ? { kind: "found", contactId: numbered(asked.id) }
            : { kind: "unknown" },
      contacts: [...new Map(contacts.map((contact) => [contact.id, this.#counted(contact)])).values()],
      sources: sources.map((source) => this.#source(source, request.moment)),
      claims: this.claims.filter(({ visitorId }) => request.visitorIds.includes(visitorId)),
      recentClaims: { byVisitor: 0, byAddress: 0 },
      caseVariant: [...this.contacts.values()].some(
        (contact) =>
          external !== undefined &&
          externalIdOf(contact) !== external &&
          externalIdOf(contact)?.toLowerCase() === external.toLowerCase(),
      ),
      recentEmails: 0,
      suppressed: new Map(),
    };
  }

  #owner(kind: string, id: string): Contact | undefined {
    const open = this.#open(kind, id);
    return open && this.contacts.get(open.contactId);
  }

  #counted(contact: Contact): Contact {
    return {
      ...contact,
      bindings: this.stretches.filter(({ contactId }) => contactId === contact.id).length,
      merges: [...this.merged.values()].filter((survivor) => survivor === contact.id).length,
    };
  }

  #source({ kind, id }: { kind: "visitor" | "device"; id: string }, moment: Instant): SourceFacts {
    const mine = this.stretches.filter((stretch) => stretch.kind === kind && stretch.id === id);
    const open = this.#open(kind, id);
    const recent = mine.filter(({ boundAt }) => boundAt > moment - DAY).map(({ contactId }) => contactId);
    return {
      kind,
      id,
      ...(open && { open }),
      lastEnd: Math.max(-Infinity, ...mine.filter(({ validTo }) => validTo < Infinity).map(({ validTo }) => validTo)),
      shared: this.shared.has(`${kind} ${id}`),
      erased: false,
      recentPersons: [...new Set(recent)].filter((person) => {
        const contact = this.contacts.get(person);
        return contact !== undefined && externalIdOf(contact) !== undefined;
      }),
    };
  }

  #apply(changes: Changes): { newId: ContactId | undefined; claimId: number | undefined } {
    const newId = changes.created.length > 0 ? (++this.#lastId as ContactId) : undefined;
    const id = (ref: ContactRef) => numbered(ref, newId);
    for (const contact of changes.created)
      this.contacts.set(id(contact.id), withNumber({ ...contact, identifiers: [], channels: [] }, id("new")));
    for (const { winner, loser } of changes.merges) this.#redirect(id(loser.id), id(winner.id));
    for (const contact of changes.updated) this.#change(id(contact.id), () => withNumber(contact, id(contact.id)));
    for (const { kind, value } of changes.identifiers.drop) this.#drop(kind, value);
    for (const { owner, from, ...identifier } of changes.identifiers.put) {
      this.#drop(identifier.kind, identifier.value);
      void from;
      this.#change(id(owner), (contact) => ({ ...contact, identifiers: [...contact.identifiers, identifier] }));
    }
    for (const { owner, type, value } of changes.channels.drop) {
      if (this.contacts.has(id(owner)))
        this.#change(id(owner), (contact) => ({
          ...contact,
          channels: contact.channels.filter((it) => it.type !== type || it.value !== value),
        }));
    }
    for (const { owner, ...channel } of changes.channels.put) {
      this.#change(id(owner), (contact) => ({
        ...contact,
        channels: [...contact.channels.filter((it) => it.type !== channel.type || it.value !== channel.value), channel],
      }));
    }
    for (const { bindingId, at } of changes.closed) {
      const stretch = this.stretches.find((it) => it.bindingId === bindingId);
      if (stretch) stretch.validTo = at;
    }
    for (const binding of changes.opened) this.#bind(binding, id(binding.contactId));
    for (const { kind, id: source } of changes.shared) this.shared.add(`${kind} ${source}`);
    return { newId, claimId: this.#keepClaims(changes) };
  }

  #keepClaims({ claim, endedClaims }: Changes): number | undefined {
    for (const { claimId } of endedClaims)
      this.claims.splice(
        this.claims.findIndex((it) => it.claimId === claimId),
        1,
      );
    if (claim === undefined) return undefined;
    const { values: _, ...stored } = claim;
    const known = this.claims.find(
      (it) =>
        it.visitorId === claim.visitorId &&
        it.external === claim.external &&
        it.email === claim.email &&
        it.phone === claim.phone,
    );
    const claimId = known?.claimId ?? ++this.#lastId;
    if (!known) this.claims.push({ claimId, ...stored });
    return claimId;
  }

  #redirect(loser: ContactId, winner: ContactId): void {
    for (const [earlier, to] of this.merged) if (to === loser) this.merged.set(earlier, winner);
    this.merged.set(loser, winner);
    this.contacts.delete(loser);
    for (const stretch of this.stretches) if (stretch.contactId === loser) stretch.contactId = winner;
  }

  #bind({ kind, id, validFrom, boundAt }: NewBinding, contactId: ContactId): void {
    this.stretches.push({ bindingId: ++this.#lastId, kind, id, contactId, validFrom, validTo: Infinity, boundAt });
  }

  #drop(kind: string, value: string): void {
    for (const contact of [...this.contacts.values()]) {
      const identifiers = contact.identifiers.filter((it) => it.kind !== kind || it.value !== value);
      if (identifiers.length < contact.identifiers.length)
        this.contacts.set(numbered(contact.id), { ...contact, identifiers });
    }
  }

  #change(id: ContactId, change: (contact: Contact) => Contact): void {
    const contact = this.contacts.get(id);
    if (contact === undefined) throw new Error(`Contact ${id} does not exist.`);
    const { identifiers, channels } = contact;
    const next = change(contact);
    // Fields come with the whole contact of the plan; keys and addresses change by their own entries only.
    const own = next.identifiers !== identifiers || next.channels !== channels;
    this.contacts.set(id, own && next.values === contact.values ? next : { ...next, identifiers, channels });
  }
}

function withNumber(contact: Contact, id: ContactId): Contact {
  const provenance: Provenance = Object.fromEntries(
    Object.entries(contact.provenance).map(([name, register]) => [
      name,
      { ...register, by: register.by === "new" ? id : register.by },
    ]),
  );
  return { ...contact, id, provenance };
}

export function numbered(ref: ContactRef, newId?: ContactId): ContactId {
  const id = ref === "new" ? newId : ref;
  if (id === undefined) throw new Error("No number.");
  return id;
}
