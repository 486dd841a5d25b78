// Exact rates.
//
// Invariant: a ratio as the host gave it; nothing here divides or rounds.

/** An exact ratio, such as 20/100. */
export class Rate {
  constructor(readonly numerator: i64, readonly denominator: i64) {}

  /**
   * Whether this part of an amount is more than another amount, compared exactly in 128 bits. Amounts are minor units,
   * not negative.
   */
  ofIsMoreThan(amountMinor: i64, otherMinor: i64): bool {
    return isLess(<u64>otherMinor, <u64>this.denominator, <u64>amountMinor, <u64>this.numerator);
  }
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
