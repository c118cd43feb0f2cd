import type { Claim } from "../../../contract/admin/claims.ts";
import { counted } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { ClaimItem } from "../claims/claims.tsx";

/** A line above the timeline when browsers claim to be this person, without proof so far. */
export function ContactClaims({ claims, gone }: { readonly claims: readonly Claim[]; gone(): void }) {
  if (claims.length === 0) return null;
  return (
    <details class="note claims-note">
      <summary>
        <Icon name="question" />
        <span>{counted("claims.here", claims.length)}</span>
        <Icon name="next" />
      </summary>
      <ul class="plain stack">
        {claims.map((claim) => (
          <ClaimItem key={claim.id} claim={claim} gone={gone} />
        ))}
      </ul>
    </details>
  );
}
