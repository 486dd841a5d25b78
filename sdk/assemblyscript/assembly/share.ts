// A share: who, how it is made up, and why.
//
// Invariant: one exact sum, which the host rounds once. It counts only once `because` was called.

import * as contract from "./contract";
import { Coupon } from "./coupon";
import { Party } from "./party";
import { Rate } from "./rate";
import { Text } from "./text";
import { Tiers } from "./tiers";

/** A share of a party, being put together; `because` asks for it. A value, not an object: nothing is allocated. */
@final
@unmanaged
export class Share {
  @inline
  private get effect(): i32 {
    return changetype<i32>(this);
  }

  /** A share of a party in the order. */
  static to(party: Party): Share {
    return changetype<Share>(contract.share(party.index));
  }

  /** Adds a rate of a base of these lines. */
  at(lines: i32, base: i32, rate: Rate): Share {
    contract.share_term(this.effect, lines, base, rate.numerator, rate.denominator);
    return this;
  }

  /** Adds a rate of the part of a base that lies above `fromMinor` and not above `toMinor`. */
  between(lines: i32, base: i32, fromMinor: i64, toMinor: i64, rate: Rate): Share {
    contract.share_band(this.effect, lines, base, fromMinor, toMinor, rate.numerator, rate.denominator);
    return this;
  }

  /** Adds the part of each tier that the base reaches, where so much volume lies before it: the marginal rule. */
  by(lines: i32, base: i32, tiers: Tiers, volumeBefore: i64, baseMinor: i64): Share {
    tiers.parts(this.effect, lines, base, volumeBefore, baseMinor);
    return this;
  }

  /** Adds an amount in minor units that belongs to these lines: after a refund it shrinks with their units. */
  fixed(lines: i32, amountMinor: i64): Share {
    contract.share_fixed(this.effect, lines, amountMinor);
    return this;
  }

  /** It is at least this, in minor units. */
  atLeast(amountMinor: i64): Share {
    contract.share_limit(this.effect, contract.Limit.Minimum, amountMinor);
    return this;
  }

  /** It is at most this, in minor units. */
  atMost(amountMinor: i64): Share {
    contract.share_limit(this.effect, contract.Limit.Maximum, amountMinor);
    return this;
  }

  /** A party carries a part; the merchant carries the rest. */
  fundedBy(party: Party, part: Rate): Share {
    contract.share_funder(this.effect, party.index, part.numerator, part.denominator);
    return this;
  }

  /** Uses the coupon up, if it comes to more than nothing: once for an order, however many effects name it. */
  using(coupon: Coupon): Share {
    contract.redeem(this.effect, coupon.index);
    return this;
  }

  /** Why (at most 200 bytes), and that it is asked for. */
  because(reason: Text): void {
    contract.reason(this.effect, reason.address, reason.length);
    contract.end(this.effect);
  }
}
