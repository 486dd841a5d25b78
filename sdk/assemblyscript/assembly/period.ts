// The period that closes, seen from one party.
//
// Invariant: reads only; what it counts, the host has counted. Amounts are minor units.

import * as contract from "./contract";
import { Party } from "./party";

/** The period that closes, seen from one party. */
export class Period {
  /** The party that is considered. */
  @inline
  static get party(): Party {
    return Party.at(0);
  }

  /** Its calendar window: a `Window`. */
  static get window(): i32 {
    return <i32>contract.period(contract.PeriodField.Window);
  }

  /** Its first moment, in seconds since 1970-01-01T00:00Z. */
  static get startUnixSeconds(): i64 {
    return contract.period(contract.PeriodField.Start);
  }

  /** The first moment after it, in seconds since 1970-01-01T00:00Z. */
  static get endUnixSeconds(): i64 {
    return contract.period(contract.PeriodField.End);
  }

  /** The local year of its first moment. */
  static get year(): i32 {
    return <i32>contract.period(contract.PeriodField.Year);
  }

  /** The local month of its first moment, 1 to 12. */
  static get month(): i32 {
    return <i32>contract.period(contract.PeriodField.Month);
  }

  /** The local day of the month of its first moment, 1 to 31. */
  static get day(): i32 {
    return <i32>contract.period(contract.PeriodField.Day);
  }

  /** Goods paid with the party as the seller of record. */
  static get volume(): i64 {
    return contract.period(contract.PeriodField.Volume);
  }

  /** How many paid orders that were. */
  static get orders(): i64 {
    return contract.period(contract.PeriodField.Orders);
  }

  /** Shares of the period's orders that the party has accrued, by every policy. */
  static get accrued(): i64 {
    return contract.period(contract.PeriodField.Accrued);
  }

  /** Shares of the period's orders that the party has accrued by this policy. */
  static get accruedHere(): i64 {
    return contract.period(contract.PeriodField.AccruedHere);
  }

  /** What the party's direct downlines sold. */
  static get directVolume(): i64 {
    return contract.period(contract.PeriodField.DirectVolume);
  }

  /** What everybody below the party sold, and the party itself. */
  static get groupVolume(): i64 {
    return contract.period(contract.PeriodField.GroupVolume);
  }

  /** What all parties sold. */
  static get totalVolume(): i64 {
    return contract.period(contract.PeriodField.TotalVolume);
  }

  /** The party's place by volume, 1 the best; equal volumes share the better place. `ABSENT` where it has none. */
  static get rank(): i64 {
    return contract.period(contract.PeriodField.Rank);
  }

  /** How many parties share the place, this one included; `ABSENT` where it has none. */
  static get tied(): i64 {
    return contract.period(contract.PeriodField.Tied);
  }

  /** How many parties have a place. */
  static get ranked(): i64 {
    return contract.period(contract.PeriodField.Ranked);
  }

  /** How many members were newly bound to the party. */
  static get newlyBound(): i64 {
    return contract.period(contract.PeriodField.NewlyBound);
  }
}
