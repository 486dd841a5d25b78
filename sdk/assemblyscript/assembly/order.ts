// The order that a hook decides about.
//
// Invariant: reads only; lines come sorted by id, parties with the chain first, by depth. Amounts are minor units.

import * as contract from "./contract";
import { Coupon } from "./coupon";
import { Goods } from "./goods";
import { Line } from "./line";
import { Party } from "./party";
import { Bytes, symbolOf } from "./symbol";

/** The order that a hook decides about. */
export class Order {
  /** How many lines it has, of every kind. */
  static get lineCount(): i32 {
    return countOf(contract.OrderField.LineCount);
  }

  /** How many parties it has: the chain first, by depth, then the others by role and id. */
  static get partyCount(): i32 {
    return countOf(contract.OrderField.PartyCount);
  }

  /** How many coupons the buyer presents and can use. */
  static get couponCount(): i32 {
    return countOf(contract.OrderField.CouponCount);
  }

  /** The coupon with an id (a symbol); one that is not there where the buyer does not present it. */
  static coupon(id: i32): Coupon {
    for (let place = 0, count = Order.couponCount; place < count; place++) {
      const coupon = Coupon.at(place);
      if (coupon.id == id) return coupon;
    }
    return Coupon.at(-1);
  }

  /** The seller of record; nobody where there is none. */
  static get seller(): Party {
    return Party.of(contract.order(contract.OrderField.Seller));
  }

  /** The one party of a role; nobody, or several: which of them is meant is not the policy's to guess. */
  static onlyPartyOf(role: i32): Party {
    let only = Party.nobody();
    for (let place = 0, count = Order.partyCount; place < count; place++) {
      const party = Party.at(place);
      if (party.role != role) continue;
      if (only.isThere) return Party.several();
      only = party;
    }
    return only;
  }

  /** All goods by a base, or `ABSENT` where that is not known (a margin without a cost). */
  static amount(base: i32): i64 {
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

  /** What discounts decided so far took off the goods. */
  static get discountMinor(): i64 {
    return contract.order(contract.OrderField.Discount);
  }

  /** What is paid for shipping, after discounts. */
  static get shippingMinor(): i64 {
    return contract.order(contract.OrderField.Shipping);
  }

  /** How many units of goods it has. */
  static get quantity(): i64 {
    return contract.order(contract.OrderField.Quantity);
  }

  /** How many decimal places the currency has: 2 for CNY. */
  static get currencyExponent(): i32 {
    return <i32>contract.order(contract.OrderField.CurrencyExponent);
  }

  /** The symbol of its source channel. */
  static get source(): i32 {
    return symbolOf(contract.order(contract.OrderField.Source));
  }

  /** Copies the bytes of its id; false where they do not fit. */
  static idText(into: Bytes): bool {
    return into.read(contract.Scope.Order, 0, contract.TextField.Id);
  }

  /** Copies the bytes of its source channel; false where it has none or they do not fit. */
  static sourceText(into: Bytes): bool {
    return into.read(contract.Scope.Order, 0, contract.TextField.Source);
  }

  /** Whether it has a tag. */
  static tagged(tag: i32): bool {
    return contract.tagged(contract.Scope.Order, 0, tag) == 1;
  }

  /** A custom attribute: a number, 1 and 0 for true and false, a symbol, or `ABSENT`. */
  static attribute(key: i32): i64 {
    return contract.attribute(contract.Scope.Order, 0, key);
  }

  /**
   * One field of the lines from `first` on, as many as there is room for, in one call to the host: for long orders.
   * Answers how many were read. What is absent, and the symbol of a string, stand there as they do in the contract.
   */
  static readLines(field: i32, first: i32, into: StaticArray<i64>): i32 {
    return contract.lines(field, first, into.length, changetype<i32>(into));
  }
}

/** Of what is absent there are none: where an event is about no order, it has no lines. */
function countOf(field: i32): i32 {
  const count = contract.order(field);
  return count == contract.ABSENT ? 0 : <i32>count;
}

/** The goods of some categories as a set of lines, and what is left to pay for them. */
export class Selected {
  constructor(readonly lines: i32, readonly paid: i64) {}

  /** Of no categories: all goods. */
  static of(categories: StaticArray<i32>): Selected {
    if (categories.length == 0) return new Selected(contract.ALL_GOODS, Order.amount(contract.Base.Paid));
    const goods = new Goods();
    let paid: i64 = 0;
    for (let place = 0, count = Order.lineCount; place < count; place++) {
      const line = Line.at(place);
      if (!line.isGoods || !categories.includes(line.category)) continue;
      goods.add(line);
      paid += line.paid;
    }
    return new Selected(goods.lines, paid);
  }
}
