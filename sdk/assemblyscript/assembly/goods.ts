// Sets of lines.
//
// Invariant: a set without lines is never all of them: its bases are 0.

import * as contract from "./contract";
import { Line } from "./line";

/** A set of lines, being put together. Lines are added by rising place. */
export class Goods {
  private handle: i32 = contract.ALL_GOODS;
  private word: i32 = 0;
  private mask: i64 = 0;
  private whole: bool = false;

  /** Adds a line; not after `lines` was asked for. */
  add(line: Line): void {
    const place = line.index;
    assert(!this.whole && place >> 6 >= this.word);
    if (place >> 6 != this.word) {
      if (this.mask != 0) this.widen();
      this.word = place >> 6;
      this.mask = 0;
    }
    this.mask |= (<i64>1) << (place & 63);
  }

  /** The set, to be named by a share, a discount or a grant. */
  get lines(): i32 {
    if (!this.whole && (this.mask != 0 || this.handle == contract.ALL_GOODS)) this.widen();
    this.whole = true;
    return this.handle;
  }

  private widen(): void {
    this.handle = contract.group(this.handle, this.word, this.mask);
  }
}
