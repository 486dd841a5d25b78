// A grant of points, stars or coupons: of what, how many, to whom, for how long, and why.
//
// Invariant: whole units; never money. It counts only once `because` was called.

import * as contract from "./contract";
import { Party } from "./party";
import { Rate, product } from "./rate";
import { Text } from "./text";

/** Units of an asset, being granted; `because` asks for it. A value, not an object: nothing is allocated. */
@final
@unmanaged
export class Grant {
  @inline
  private get effect(): i32 {
    return changetype<i32>(this);
  }

  /** So many units of an asset (a symbol), at least 1, to the buyer; they expire after so many days, at least 1. */
  static toBuyer(asset: i32, units: i64, days: i32 = contract.NO_EXPIRY): Grant {
    return changetype<Grant>(contract.grant(contract.BUYER, asset, units, days));
  }

  /** The same to a party. */
  static to(party: Party, asset: i32, units: i64, days: i32 = contract.NO_EXPIRY): Grant {
    return changetype<Grant>(contract.grant(party.index, asset, units, days));
  }

  /**
   * What the units came from: a rate of a base of some lines of the order, in units for each minor unit. A refund leaves no
   * more of them than that is of what remains.
   */
  earnedBy(lines: i32, base: i32, rate: Rate): Grant {
    contract.grant_term(this.effect, lines, base, rate.numerator, rate.denominator);
    return this;
  }

  /**
   * The units are one for each `each` units of another asset that the receiver has earned in all: where a refund takes of
   * those, what is too many over all is taken back.
   */
  oneForEach(each: i64, asset: i32): Grant {
    contract.grant_each(this.effect, asset, each);
    return this;
  }

  /** Why (at most 200 bytes), and that it is asked for. */
  because(reason: Text): void {
    contract.reason(this.effect, reason.address, reason.length);
    contract.end(this.effect);
  }
}

/**
 * How many whole units a part of an amount is worth: one for each `unitMinor` of it, the rest is dropped. `ABSENT` where
 * that cannot be reckoned: an amount below zero, a unit of nothing, a product of more than 64 bits.
 */
export function unitsFor(amountMinor: i64, rate: Rate, unitMinor: i64): i64 {
  const worth = product(amountMinor, rate.numerator);
  const each = product(rate.denominator, unitMinor);
  return worth == contract.ABSENT || each == contract.ABSENT || each == 0 ? contract.ABSENT : worth / each;
}
