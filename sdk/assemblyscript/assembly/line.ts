// A line of the order.
//
// Invariant: reads only; a line is its place. Amounts are minor units of all its units, unless they say "one unit".

import * as contract from "./contract";
import { Bytes, NO_KEY, keyOf, symbolOf } from "./symbol";

/** A line of the order, by its place. A value, not an object: nothing is allocated for it. */
@final
@unmanaged
export class Line {
  /** The line at a place, from 0. */
  @inline
  static at(place: i32): Line {
    return changetype<Line>(place);
  }

  /** Its place, which is also the set of this line alone: `Discount.on(line.index)`. */
  @inline
  get index(): i32 {
    return changetype<i32>(this);
  }

  private read(field: i32): i64 {
    return contract.line(this.index, field);
  }

  /** The symbol of its id. */
  get id(): i32 {
    return symbolOf(this.read(contract.LineField.Id));
  }

  /** What it is for: a `LineKind`. */
  get kind(): i32 {
    return <i32>this.read(contract.LineField.Kind);
  }

  /** Whether it is goods, the only kind that earns. */
  get isGoods(): bool {
    return this.kind == contract.LineKind.Goods;
  }

  /** How many units. */
  get quantity(): i64 {
    return this.read(contract.LineField.Quantity);
  }

  /** The list price of one unit. */
  get unitPrice(): i64 {
    return this.read(contract.LineField.UnitPrice);
  }

  /** One of its bases, or `ABSENT` where that is not known (a margin without a cost). */
  amount(base: i32): i64 {
    switch (base) {
      case contract.Base.List:
        return this.read(contract.LineField.List);
      case contract.Base.ExTax:
        return this.read(contract.LineField.ExTax);
      case contract.Base.Margin:
        return this.read(contract.LineField.Margin);
      case contract.Base.Net:
        return this.read(contract.LineField.Net);
      default:
        return this.paid;
    }
  }

  /** What is paid for it, or left of its price. */
  get paid(): i64 {
    return this.read(contract.LineField.Paid);
  }

  /** What discounts decided so far took off it. */
  get discountMinor(): i64 {
    return this.read(contract.LineField.Discount);
  }

  /** The tax that is contained in what is paid. */
  get taxMinor(): i64 {
    return this.read(contract.LineField.Tax);
  }

  /** What it costs the merchant, or `ABSENT`. */
  get costMinor(): i64 {
    return this.read(contract.LineField.Cost);
  }

  /** Below what its price may not fall. */
  get floorMinor(): i64 {
    return this.read(contract.LineField.Floor);
  }

  /** The symbol of its category; `UNKNOWN` for one that the policy does not know. */
  get category(): i32 {
    return symbolOf(this.read(contract.LineField.Category));
  }

  /** The symbol of its item (stock code). */
  get item(): i32 {
    return symbolOf(this.read(contract.LineField.Item));
  }

  /** Tells its item from others that the policy does not know; a line without a stock code has a key of its own. */
  get itemKey(): u64 {
    const key = keyOf(contract.Scope.Line, this.index, contract.TextField.Item);
    return key == NO_KEY ? <u64>this.index : key;
  }

  /** Tells its category from others that the policy does not know; `NO_KEY` where it has none. */
  get categoryKey(): u64 {
    return keyOf(contract.Scope.Line, this.index, contract.TextField.Category);
  }

  /** Copies the bytes of its id; false where they do not fit. */
  idText(into: Bytes): bool {
    return into.read(contract.Scope.Line, this.index, contract.TextField.Id);
  }

  /** Copies the bytes of its item's stock code; false where it has none or they do not fit. */
  itemText(into: Bytes): bool {
    return into.read(contract.Scope.Line, this.index, contract.TextField.Item);
  }

  /** Copies the bytes of its category; false where it has none or they do not fit. */
  categoryText(into: Bytes): bool {
    return into.read(contract.Scope.Line, this.index, contract.TextField.Category);
  }

  /** Whether it has a tag. */
  tagged(tag: i32): bool {
    return contract.tagged(contract.Scope.Line, this.index, tag) == 1;
  }

  /** A custom attribute: a number, 1 and 0 for true and false, a symbol, or `ABSENT`. */
  attribute(key: i32): i64 {
    return contract.attribute(contract.Scope.Line, this.index, key);
  }
}
