// A table of cutoffs with rates.
//
// Invariant: sorted by cutoff; a volume below the first cutoff has no tier.

import { Config } from "./config";
import * as contract from "./contract";
import { Rate } from "./rate";

/** One tier: its rate counts from this volume on. */
export class Tier {
  constructor(readonly fromMinor: i64, readonly rate: Rate) {}
}

/** A table of tiers, by rising cutoff. */
export class Tiers {
  private readonly tiers: Tier[] = [];

  /** Reads a list of tables with `from` and `rate`. `inclusive`: a volume of exactly the cutoff has reached the tier. */
  constructor(config: Config, name: string, private readonly inclusive: bool) {
    for (let place = 0, count = config.count(name); place < count; place++) {
      const tier = config.item(name, place);
      this.tiers.push(new Tier(tier.amount("from"), tier.rate("rate")));
    }
  }

  /** Whether the cutoffs rise, as they must. */
  get rise(): bool {
    for (let place = 1; place < this.tiers.length; place++) {
      if (this.tiers[place].fromMinor <= this.tiers[place - 1].fromMinor) return false;
    }
    return true;
  }

  /** The tier that a volume has reached. */
  reached(volumeMinor: i64): Tier | null {
    let reached: Tier | null = null;
    for (let place = 0; place < this.tiers.length; place++) {
      const tier = this.tiers[place];
      if (this.inclusive ? volumeMinor < tier.fromMinor : volumeMinor <= tier.fromMinor) break;
      reached = tier;
    }
    return reached;
  }

  /** Adds to a bonus each tier's rate of the part of the base between its cutoff and the next. */
  bands(effect: i32, lines: i32, base: i32, baseMinor: i64): void {
    for (let place = 0; place < this.tiers.length; place++) {
      const tier = this.tiers[place];
      const to = place + 1 == this.tiers.length ? i64.MAX_VALUE : this.tiers[place + 1].fromMinor;
      const rate = tier.rate;
      contract.share_band(effect, lines, base, tier.fromMinor, to, rate.numerator, rate.denominator);
      if (to >= baseMinor) break;
    }
  }

  /** Adds to a share each tier's rate of the part of the base between its cutoff and the next. */
  parts(effect: i32, lines: i32, base: i32, before: i64, baseMinor: i64): void {
    for (let place = 0; place < this.tiers.length; place++) {
      const tier = this.tiers[place];
      const last = place + 1 == this.tiers.length;
      const from = max<i64>(tier.fromMinor - before, 0);
      const to = last ? i64.MAX_VALUE : this.tiers[place + 1].fromMinor - before;
      if (to <= 0) continue;
      const rate = tier.rate;
      if (from == 0 && to >= baseMinor) {
        contract.share_term(effect, lines, base, rate.numerator, rate.denominator);
      } else {
        contract.share_band(effect, lines, base, from, to, rate.numerator, rate.denominator);
      }
      if (to >= baseMinor) break;
    }
  }
}
