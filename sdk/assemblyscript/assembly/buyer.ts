// Who buys, or who the event is about.
//
// Invariant: reads only.

import * as contract from "./contract";
import { Party } from "./party";
import { Bytes, symbolOf } from "./symbol";

/** The buyer of the order; in `grants` whoever the event is about. */
export class Buyer {
  /** Which paid order of this buyer this is, from 1. */
  static get orderNumber(): i64 {
    return contract.order(contract.OrderField.BuyerOrderNumber);
  }

  /** Whole days since the last paid order; `ABSENT` on the first. */
  static get daysSinceLastOrder(): i64 {
    return contract.order(contract.OrderField.BuyerDaysSinceLastOrder);
  }

  /** The symbol of the buyer's id. */
  static get id(): i32 {
    return symbolOf(contract.order(contract.OrderField.BuyerId));
  }

  /** The party that the buyer is; nobody where the buyer is none. */
  static get party(): Party {
    return Party.of(contract.order(contract.OrderField.BuyerParty));
  }

  /** Copies the bytes of the buyer's id; false where there is no buyer or they do not fit. */
  static idText(into: Bytes): bool {
    return into.read(contract.Scope.Buyer, 0, contract.TextField.Id);
  }

  /** Whether the buyer has a tag. */
  static tagged(tag: i32): bool {
    return contract.tagged(contract.Scope.Buyer, 0, tag) == 1;
  }

  /** A custom attribute: a number, 1 and 0 for true and false, a symbol, or `ABSENT`. */
  static attribute(key: i32): i64 {
    return contract.attribute(contract.Scope.Buyer, 0, key);
  }

  /** Units of an asset that the buyer holds now. Only in the hook `grants`. */
  static held(asset: i32): i64 {
    return contract.holding(contract.BUYER, asset, contract.Holding.Held);
  }

  /** Units of an asset that the buyer has earned in all. Only in the hook `grants`. */
  static earned(asset: i32): i64 {
    return contract.holding(contract.BUYER, asset, contract.Holding.Earned);
  }
}
