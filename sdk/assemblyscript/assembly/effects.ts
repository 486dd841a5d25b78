// What a policy may ask for: shares, bonuses and discounts, each with a reason.
//
// Invariant: an effect says who, which part of what, and why; it never rounds and never adds money up. It counts only
// once `because` was called.

import * as contract from "./contract";
import { Party } from "./facts";
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

  /** A bonus of the party for which the period is closed. */
  static bonus(): Share {
    return changetype<Share>(contract.share(0));
  }

  /** Adds a rate of a base of these lines. */
  at(lines: i32, base: i32, rate: Rate): Share {
    contract.share_term(this.effect, lines, base, rate.numerator, rate.denominator);
    return this;
  }

  /** Adds the part of each tier that the base reaches, where so much volume lies before it. */
  by(lines: i32, base: i32, tiers: Tiers, volumeBefore: i64, baseMinor: i64): Share {
    tiers.parts(this.effect, lines, base, volumeBefore, baseMinor);
    return this;
  }

  /** In `period`: takes all of a base off. */
  less(base: i32): Share {
    contract.share_term(this.effect, contract.NO_LINES, base, -1, 1);
    return this;
  }

  /** Adds an amount that belongs to these lines. */
  fixed(lines: i32, amountMinor: i64): Share {
    contract.share_fixed(this.effect, lines, amountMinor);
    return this;
  }

  atLeast(amountMinor: i64): Share {
    contract.share_limit(this.effect, contract.Limit.Minimum, amountMinor);
    return this;
  }

  atMost(amountMinor: i64): Share {
    contract.share_limit(this.effect, contract.Limit.Maximum, amountMinor);
    return this;
  }

  /** Why, and that it is asked for. */
  because(reason: Text): void {
    contract.reason(this.effect, reason.address, reason.length);
    contract.end(this.effect);
  }
}

/** A discount, being put together; `because` asks for it. A value, not an object: nothing is allocated. */
@final
@unmanaged
export class Discount {
  @inline
  private get effect(): i32 {
    return changetype<i32>(this);
  }

  /** A discount on a set of lines. */
  static on(lines: i32): Discount {
    return changetype<Discount>(contract.discount(lines));
  }

  /** Takes a part of the price that is left. */
  percent(rate: Rate): Discount {
    contract.discount_percent(this.effect, rate.numerator, rate.denominator);
    return this;
  }

  /** Takes a part of a price, at most so much. */
  percentAtMost(rate: Rate, priceMinor: i64, maximumMinor: i64): Discount {
    return rate.ofIsMoreThan(priceMinor, maximumMinor) ? this.amount(maximumMinor) : this.percent(rate);
  }

  /** Takes an amount. */
  amount(amountMinor: i64): Discount {
    contract.discount_amount(this.effect, amountMinor);
    return this;
  }

  /** Makes each unit cost this much, where it costs more. */
  price(unitPriceMinor: i64): Discount {
    contract.discount_price(this.effect, unitPriceMinor);
    return this;
  }

  /** Applies to so many units of the one line. */
  units(units: i64): Discount {
    contract.discount_units(this.effect, units);
    return this;
  }

  /** A party carries a part; the merchant carries the rest. */
  fundedBy(party: Party, rate: Rate): Discount {
    contract.discount_funder(this.effect, party.index, rate.numerator, rate.denominator);
    return this;
  }

  /** Why, and that it is asked for. */
  because(reason: Text): void {
    contract.reason(this.effect, reason.address, reason.length);
    contract.end(this.effect);
  }
}
