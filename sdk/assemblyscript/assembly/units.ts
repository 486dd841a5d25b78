// Which units are the second ones, or every nth, when units are counted from the dearest to the cheapest.
//
// Invariant: the answer does not depend on how the lines were sent: equal prices go by line id.

import { Line } from "./line";

/** The most lines whose units can be counted together in one call, as in the Rust SDK. */
export const COUNTED_LINES_MAX: i32 = 128;

class Row {
  constructor(readonly line: Line, readonly group: u64, readonly price: i64, readonly quantity: i64) {}
}

/** Lines whose units are counted together, group by group. Make one in each call. */
export class CountedUnits {
  private readonly rows: Row[] = [];

  /** Counts a line with its group; false where there are more lines than can be counted. */
  add(line: Line, group: u64): bool {
    if (this.rows.length >= COUNTED_LINES_MAX) return false;
    this.rows.push(new Row(line, group, line.unitPrice, line.quantity));
    return true;
  }

  /** How many lines are counted. */
  get count(): i32 {
    return this.rows.length;
  }

  /** The line at a place of those that were added. */
  line(place: i32): Line {
    return this.rows[place].line;
  }

  /** How many units of this line are among every nth of its group; 0 for `every` below 1. */
  everyNth(every: i64, place: i32): i64 {
    if (every < 1) return 0;
    const row = this.rows[place];
    const before = this.unitsBefore(row);
    return (before + row.quantity) / every - before / every;
  }

  private unitsBefore(row: Row): i64 {
    let before: i64 = 0;
    for (let place = 0; place < this.rows.length; place++) {
      const other = this.rows[place];
      if (other.group != row.group) continue;
      const isBefore = other.price > row.price || (other.price == row.price && other.line.index < row.line.index);
      if (isBefore) before += other.quantity;
    }
    return before;
  }
}
