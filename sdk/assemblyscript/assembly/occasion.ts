// What has happened, in the hook `grants`: an order was paid, a member was bound, somebody checked in.
//
// Invariant: reads only; where it is about no order, there is none to read.

import * as contract from "./contract";
import { Order } from "./order";
import { Party } from "./party";
import { symbolOf } from "./symbol";

/** What has happened. Its moment is `LocalTime`, who it is about `Buyer`, its order `Order`. */
export class Occasion {
  /** The symbol of its kind: a `Kind`, or a word of the host application (`Config.word`). */
  static get kind(): i32 {
    return symbolOf(contract.event(contract.EventField.Kind));
  }

  /** Whether it is about an order. */
  static get hasOrder(): bool {
    return contract.order(contract.OrderField.LineCount) != contract.ABSENT;
  }

  /** Whether it is about somebody: a grant to the buyer needs one. */
  static get hasBuyer(): bool {
    return contract.text(contract.Scope.Buyer, 0, contract.TextField.Id, 0, 0) > 0;
  }

  /** The party it concerns: the seller of record, or the party that a member was bound to; nobody where there is none. */
  static get party(): Party {
    return Party.of(contract.event(contract.EventField.Party));
  }

  /** The symbol of the relation in which a member was bound; `UNKNOWN` for every other kind. */
  static get relation(): i32 {
    return symbolOf(contract.event(contract.EventField.Relation));
  }

  /** A custom attribute of the order, or of what has happened. */
  static attribute(key: i32): i64 {
    return Order.attribute(key);
  }
}
