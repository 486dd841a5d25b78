// A change of a party's tier, and why.
//
// Invariant: names a tier; what a tier earns is another policy's business. It counts only once `because` was called.

import * as contract from "./contract";
import { Party } from "./party";
import { Text } from "./text";

/** A change of tier, being put together; `because` asks for it. A value, not an object: nothing is allocated. */
@final
@unmanaged
export class TierChange {
  @inline
  private get effect(): i32 {
    return changetype<i32>(this);
  }

  /** A party has this tier (a symbol) from now on. Only in `period` and `grants`. */
  static of(party: Party, tier: i32): TierChange {
    return changetype<TierChange>(contract.tier(party.index, tier));
  }

  /** Why (at most 200 bytes), and that it is asked for. */
  because(reason: Text): void {
    contract.reason(this.effect, reason.address, reason.length);
    contract.end(this.effect);
  }
}
