// A bonus at the close of a period: how it is made up, and why.
//
// Invariant: one exact sum, which the host floors once and never takes below zero; it goes to the party that the period is
// closed for. It counts only once `because` was called.

import * as contract from "./contract";
import { Rate } from "./rate";
import { Text } from "./text";
import { Tiers } from "./tiers";

/** A bonus, being put together; `because` asks for it. A value, not an object: nothing is allocated. */
@final
@unmanaged
export class Bonus {
  @inline
  private get effect(): i32 {
    return changetype<i32>(this);
  }

  /** A bonus of the party for which the period is closed. */
  static begin(): Bonus {
    return changetype<Bonus>(contract.share(0));
  }

  /** Adds a rate of a base of the period (`PeriodBase`). */
  at(base: i32, rate: Rate): Bonus {
    contract.share_term(this.effect, contract.NO_LINES, base, rate.numerator, rate.denominator);
    return this;
  }

  /** Adds a rate of the part of a base that lies above `fromMinor` and not above `toMinor`. */
  between(base: i32, fromMinor: i64, toMinor: i64, rate: Rate): Bonus {
    const numerator = rate.numerator;
    contract.share_band(this.effect, contract.NO_LINES, base, fromMinor, toMinor, numerator, rate.denominator);
    return this;
  }

  /** Adds each part of a base at the rate of the tier it lies in: the marginal rule. `baseMinor` is the base. */
  by(base: i32, tiers: Tiers, baseMinor: i64): Bonus {
    tiers.bands(this.effect, contract.NO_LINES, base, baseMinor);
    return this;
  }

  /** Adds an amount in minor units. */
  fixed(amountMinor: i64): Bonus {
    contract.share_fixed(this.effect, contract.NO_LINES, amountMinor);
    return this;
  }

  /** Takes all of a base off. What comes out below zero is zero. */
  less(base: i32): Bonus {
    contract.share_term(this.effect, contract.NO_LINES, base, -1, 1);
    return this;
  }

  /** Takes a part of a base off. What comes out below zero is zero. */
  lessPart(base: i32, rate: Rate): Bonus {
    contract.share_term(this.effect, contract.NO_LINES, base, -rate.numerator, rate.denominator);
    return this;
  }

  /** It is at least this, in minor units. */
  atLeast(amountMinor: i64): Bonus {
    contract.share_limit(this.effect, contract.Limit.Minimum, amountMinor);
    return this;
  }

  /** It is at most this, in minor units. */
  atMost(amountMinor: i64): Bonus {
    contract.share_limit(this.effect, contract.Limit.Maximum, amountMinor);
    return this;
  }

  /** Why (at most 200 bytes), and that it is asked for. */
  because(reason: Text): void {
    contract.reason(this.effect, reason.address, reason.length);
    contract.end(this.effect);
  }
}
