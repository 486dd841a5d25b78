// A discount: on what, how much, who funds it, and why.
//
// Invariant: the host rounds it once and never takes a line below zero or its floor. It counts only once `because` was
// called.

import * as contract from "./contract";
import { Coupon } from "./coupon";
import { Party } from "./party";
import { Rate } from "./rate";
import { Text } from "./text";

/** A discount, being put together; `because` asks for it. A value, not an object: nothing is allocated. */
@final
@unmanaged
export class Discount {
  @inline
  private get effect(): i32 {
    return changetype<i32>(this);
  }

  /** A discount on a set of lines: a line's `index`, `ALL_GOODS`, `SHIPPING`, or a set of `Goods`. */
  static on(lines: i32): Discount {
    return changetype<Discount>(contract.discount(lines));
  }

  /** Applies to so many units of the one line it names. */
  units(units: i64): Discount {
    contract.discount_units(this.effect, units);
    return this;
  }

  /** Takes an exact part off the price that is left. */
  percent(rate: Rate): Discount {
    contract.discount_percent(this.effect, rate.numerator, rate.denominator);
    return this;
  }

  /** Takes an exact part off a price that is left, but at most so much. The price is that of the goods it names. */
  percentAtMost(rate: Rate, priceMinor: i64, maximumMinor: i64): Discount {
    return rate.ofIsMoreThan(priceMinor, maximumMinor) ? this.amount(maximumMinor) : this.percent(rate);
  }

  /** Takes an amount off, in minor units, shared out over the lines by what is left of their price. */
  amount(amountMinor: i64): Discount {
    contract.discount_amount(this.effect, amountMinor);
    return this;
  }

  /** Makes each unit cost this much, in minor units, where it costs more. */
  price(unitPriceMinor: i64): Discount {
    contract.discount_price(this.effect, unitPriceMinor);
    return this;
  }

  /** Gives so many units of the one line away. */
  freeUnits(units: i64): Discount {
    contract.discount_units(this.effect, units);
    contract.discount_percent(this.effect, 1, 1);
    return this;
  }

  /** A party carries a part; the merchant carries the rest. */
  fundedBy(party: Party, part: Rate): Discount {
    contract.discount_funder(this.effect, party.index, part.numerator, part.denominator);
    return this;
  }

  /** Uses the coupon up, if it comes to more than nothing: once for an order, however many effects name it. */
  using(coupon: Coupon): Discount {
    contract.redeem(this.effect, coupon.index);
    return this;
  }

  /** Why (at most 200 bytes), and that it is asked for. */
  because(reason: Text): void {
    contract.reason(this.effect, reason.address, reason.length);
    contract.end(this.effect);
  }
}
