// A coupon that the buyer presents.
//
// Invariant: reads only; a coupon is its place, and only coupons that can be used are there.

import * as contract from "./contract";
import { Party } from "./party";
import { Rate } from "./rate";
import { Bytes, symbolOf } from "./symbol";

/**
 * A coupon that the buyer presents and can use, by its place. What it is worth and asks for is what whoever created it
 * said: the policy applies it, and says with `using` of `Discount` or `Share` that it is used up. A value, not an object.
 */
@final
@unmanaged
export class Coupon {
  /** The coupon at a place, from 0; they are sorted by id. */
  @inline
  static at(place: i32): Coupon {
    return changetype<Coupon>(place);
  }

  @inline
  get index(): i32 {
    return changetype<i32>(this);
  }

  /** Whether it is there: `Order.coupon` answers one that is not where the buyer does not present it. */
  @inline
  get isThere(): bool {
    return this.index >= 0;
  }

  private read(field: i32): i64 {
    return contract.coupon(this.index, field);
  }

  /** The symbol of its id, as the buyer presents it. */
  get id(): i32 {
    return symbolOf(this.read(contract.CouponField.Id));
  }

  /** The symbol of its kind: a template such as `welcome`. */
  get kind(): i32 {
    return symbolOf(this.read(contract.CouponField.Kind));
  }

  /** Whose coupon it is: the symbol of an id. */
  get issuer(): i32 {
    return symbolOf(this.read(contract.CouponField.Issuer));
  }

  /** Who handed it out: the symbol of an id. */
  get giver(): i32 {
    return symbolOf(this.read(contract.CouponField.Giver));
  }

  /** Whose coupon it is; nobody where that is no party of the order. */
  get issuerParty(): Party {
    return Party.of(this.read(contract.CouponField.IssuerParty));
  }

  /** Who handed it out; nobody where that is no party of the order. */
  get giverParty(): Party {
    return Party.of(this.read(contract.CouponField.GiverParty));
  }

  /** The amount it carries, in minor units, or `ABSENT`. */
  get amountMinor(): i64 {
    return this.read(contract.CouponField.Amount);
  }

  /** The rate it carries, or null. It is an object: read it once. */
  get rate(): Rate | null {
    const numerator = this.read(contract.CouponField.RateNumerator);
    if (numerator == contract.ABSENT) return null;
    return new Rate(numerator, this.read(contract.CouponField.RateDenominator));
  }

  /** What the goods have to come to, in minor units; 0 where nothing is asked. */
  get minimumMinor(): i64 {
    const minimum = this.read(contract.CouponField.Minimum);
    return minimum == contract.ABSENT ? 0 : minimum;
  }

  /** How often the buyer can use it, this order included, or `ABSENT` where nothing limits it. */
  get usesLeft(): i64 {
    return this.read(contract.CouponField.UsesLeft);
  }

  /** Days until its last one, 0 on that day, or `ABSENT` where it has none. */
  get daysLeft(): i64 {
    return this.read(contract.CouponField.DaysLeft);
  }

  /** Whole days since the buyer was issued it, or since it was created where anybody may present it; or `ABSENT`. */
  get daysHeld(): i64 {
    return this.read(contract.CouponField.DaysHeld);
  }

  /** Copies the bytes of its id; false where they do not fit. */
  idText(into: Bytes): bool {
    return into.read(contract.Scope.Coupon, this.index, contract.TextField.Id);
  }

  /** Copies the bytes of its kind; false where it has none or they do not fit. */
  kindText(into: Bytes): bool {
    return into.read(contract.Scope.Coupon, this.index, contract.TextField.Kind);
  }

  /** Copies the bytes of the id of whose coupon it is; false where it has none or they do not fit. */
  issuerText(into: Bytes): bool {
    return into.read(contract.Scope.Coupon, this.index, contract.TextField.Issuer);
  }

  /** Copies the bytes of the id of who handed it out; false where it has none or they do not fit. */
  giverText(into: Bytes): bool {
    return into.read(contract.Scope.Coupon, this.index, contract.TextField.Giver);
  }
}
