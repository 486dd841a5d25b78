// What a policy may see: the order with its lines, parties and buyer, or the period that closes.
//
// Invariant: reads only; lines come sorted by id, parties with the chain first, by depth. Amounts are minor units.

import * as contract from "./contract";

/** A party of the order, by its place. A value, not an object: nothing is allocated for it. */
@final
@unmanaged
export class Party {
  /** The party at a place, from 0. */
  @inline
  static at(place: i32): Party {
    return changetype<Party>(place);
  }

  @inline
  get index(): i32 {
    return changetype<i32>(this);
  }

  private read(field: i32): i64 {
    return contract.party(this.index, field);
  }

  /** The symbol of its role. */
  get role(): i32 {
    return <i32>this.read(contract.PartyField.Role);
  }

  /** Whether it is in the seller's chain, the seller included. */
  get isInChain(): bool {
    return this.read(contract.PartyField.Depth) != contract.ABSENT;
  }

  get isBuyer(): bool {
    return this.read(contract.PartyField.IsBuyer) == 1;
  }

  /** Whether it may be paid at all. */
  get isEligible(): bool {
    return this.read(contract.PartyField.Eligible) == 1;
  }

  /** What it has sold in the program's window before this order; 0 where that is not known. */
  get volume(): i64 {
    const volume = this.read(contract.PartyField.Volume);
    return volume == contract.ABSENT ? 0 : volume;
  }

  /** Days since the buyer was bound to it, or `ABSENT`. */
  get boundDays(): i64 {
    return this.read(contract.PartyField.BoundDays);
  }
}

/** A line of the order, by its place. A value, not an object: nothing is allocated for it. */
@final
@unmanaged
export class Line {
  /** The line at a place, from 0. */
  @inline
  static at(place: i32): Line {
    return changetype<Line>(place);
  }

  @inline
  get index(): i32 {
    return changetype<i32>(this);
  }

  get isGoods(): bool {
    return contract.line(this.index, contract.LineField.Kind) == contract.LineKind.Goods;
  }

  /** The symbol of its category; 0 for one that the policy does not know. */
  get category(): i32 {
    return <i32>contract.line(this.index, contract.LineField.Category);
  }

  get quantity(): i64 {
    return contract.line(this.index, contract.LineField.Quantity);
  }

  /** What is paid for all its units, or left of their price. */
  get paid(): i64 {
    return contract.line(this.index, contract.LineField.Paid);
  }
}

/** How many lines the order has. */
export function lineCount(): i32 {
  return <i32>contract.order(contract.OrderField.LineCount);
}

/** How many parties the order has. */
export function partyCount(): i32 {
  return <i32>contract.order(contract.OrderField.PartyCount);
}

/** The base of all goods of a kind, or `ABSENT` where it is not known. */
export function amountOf(base: i32): i64 {
  switch (base) {
    case contract.Base.List:
      return contract.order(contract.OrderField.List);
    case contract.Base.ExTax:
      return contract.order(contract.OrderField.ExTax);
    case contract.Base.Margin:
      return contract.order(contract.OrderField.Margin);
    case contract.Base.Net:
      return contract.order(contract.OrderField.Net);
    default:
      return contract.order(contract.OrderField.Paid);
  }
}

/** The buyer's order number: 1 for the first. */
export function orderNumber(): i64 {
  return contract.order(contract.OrderField.BuyerOrderNumber);
}

/** The volume of the period that closes. */
export function periodVolume(): i64 {
  return contract.period(contract.PeriodField.Volume);
}

/** All goods of some categories as a set of lines, and what is left of their price. */
export class Selected {
  /** The set, to be named by a share or a discount. */
  lines: i32 = contract.ALL_GOODS;
  paid: i64 = 0;

  /** No categories: all goods. */
  static of(categories: StaticArray<i32>): Selected {
    const selected = new Selected();
    if (categories.length == 0) selected.paid = amountOf(contract.Base.Paid);
    else selected.select(categories);
    return selected;
  }

  private select(categories: StaticArray<i32>): void {
    let word = 0;
    let mask: i64 = 0;
    for (let place = 0, count = lineCount(); place < count; place++) {
      if (place >> 6 != word) {
        this.widen(word, mask);
        word = place >> 6;
        mask = 0;
      }
      const line = Line.at(place);
      if (line.isGoods && categories.includes(line.category)) {
        mask |= (<i64>1) << (place & 63);
        this.paid += line.paid;
      }
    }
    this.widen(word, mask);
    // Nothing was selected: a set without lines, not all of them.
    if (this.lines == contract.ALL_GOODS) this.lines = contract.group(contract.ALL_GOODS, 0, 0);
  }

  private widen(word: i32, mask: i64): void {
    if (mask != 0) this.lines = contract.group(this.lines, word, mask);
  }
}
