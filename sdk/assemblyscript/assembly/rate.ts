// Exact rates.
//
// Invariant: a ratio as the host gave it; nothing here divides or rounds.

import { ABSENT } from "./contract";

/** An exact ratio, such as 20/100. */
export class Rate {
  constructor(readonly numerator: i64, readonly denominator: i64) {}

  /** All of it. Make rates at the top level or in `configure`: they are objects. */
  static one(): Rate {
    return new Rate(1, 1);
  }

  /** So many hundredths. */
  static percent(hundredths: i32): Rate {
    return new Rate(hundredths, 100);
  }

  /**
   * Whether this part of an amount is more than another amount, compared exactly in 128 bits. Amounts are minor units,
   * not negative.
   */
  ofIsMoreThan(amountMinor: i64, otherMinor: i64): bool {
    return isLess(<u64>otherMinor, <u64>this.denominator, <u64>amountMinor, <u64>this.numerator);
  }
}

/** The product of two numbers; `ABSENT` where one is below zero, or it has more than 63 bits. */
export function product(a: i64, b: i64): i64 {
  if (a < 0 || b < 0 || high(a, b) != 0) return ABSENT;
  const low = a * b;
  return low < 0 ? ABSENT : low;
}

/** Whether a × b < c × d. */
function isLess(a: u64, b: u64, c: u64, d: u64): bool {
  const left = high(a, b);
  const right = high(c, d);
  return left < right || (left == right && a * b < c * d);
}

/** The upper 64 bits of a × b. */
function high(a: u64, b: u64): u64 {
  const mask: u64 = 0xffffffff;
  const low = (a & mask) * (b & mask);
  const middle = (a >> 32) * (b & mask) + (low >> 32);
  const other = (a & mask) * (b >> 32) + (middle & mask);
  return (a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32);
}
