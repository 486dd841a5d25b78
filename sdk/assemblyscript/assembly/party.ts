// A party of the order: whoever may be paid.
//
// Invariant: reads only; a party is its place.

import * as contract from "./contract";
import { Bytes, symbolOf } from "./symbol";

// No place of a party, and not the buyer's of a grant either: an effect for it fails.
const NOBODY: i32 = i32.MIN_VALUE;
const SEVERAL: i32 = i32.MIN_VALUE + 1;

/** A party of the order, by its place. A value, not an object: nothing is allocated for it. */
@final
@unmanaged
export class Party {
  /** The party at a place, from 0. */
  @inline
  static at(place: i32): Party {
    return changetype<Party>(place);
  }

  /** The party in a read: nobody where it is absent. */
  @inline
  static of(value: i64): Party {
    return Party.at(value == contract.ABSENT ? NOBODY : <i32>value);
  }

  /** No party. */
  @inline
  static nobody(): Party {
    return Party.at(NOBODY);
  }

  /** Several where one was asked for. */
  @inline
  static several(): Party {
    return Party.at(SEVERAL);
  }

  @inline
  get index(): i32 {
    return changetype<i32>(this);
  }

  /** Whether it is a party at all. Reading another one, or giving it something, ends the hook as a failure. */
  @inline
  get isThere(): bool {
    return this.index >= 0;
  }

  /** Whether several parties were found where one was asked for. */
  @inline
  get isSeveral(): bool {
    return this.index == SEVERAL;
  }

  private read(field: i32): i64 {
    return contract.party(this.index, field);
  }

  /** The symbol of its id. */
  get id(): i32 {
    return symbolOf(this.read(contract.PartyField.Id));
  }

  /** The symbol of its role. */
  get role(): i32 {
    return symbolOf(this.read(contract.PartyField.Role));
  }

  /** Its place in the seller's chain, 0 the seller of record; `ABSENT` outside of it. */
  get depth(): i64 {
    return this.read(contract.PartyField.Depth);
  }

  /** Whether it is in the seller's chain, the seller included. */
  get isInChain(): bool {
    return this.depth != contract.ABSENT;
  }

  /** The symbol of its tier. */
  get tier(): i32 {
    return symbolOf(this.read(contract.PartyField.Tier));
  }

  /** What it has sold in the program's window before this order, in minor units; 0 where that is not known. */
  get volume(): i64 {
    const volume = this.read(contract.PartyField.Volume);
    return volume == contract.ABSENT ? 0 : volume;
  }

  /** Whether it is the buyer. */
  get isBuyer(): bool {
    return this.read(contract.PartyField.IsBuyer) == 1;
  }

  /** Whether it may be paid at all. */
  get isEligible(): bool {
    return this.read(contract.PartyField.Eligible) == 1;
  }

  /** Whole days since it was bound to the buyer or the chain, or `ABSENT`. */
  get boundDays(): i64 {
    return this.read(contract.PartyField.BoundDays);
  }

  /** Copies the bytes of its id; false where they do not fit. */
  idText(into: Bytes): bool {
    return into.read(contract.Scope.Party, this.index, contract.TextField.Id);
  }

  /** Copies the bytes of its role; false where they do not fit. */
  roleText(into: Bytes): bool {
    return into.read(contract.Scope.Party, this.index, contract.TextField.Role);
  }

  /** Copies the bytes of its tier; false where it has none or they do not fit. */
  tierText(into: Bytes): bool {
    return into.read(contract.Scope.Party, this.index, contract.TextField.Tier);
  }

  /** Whether it has a tag. */
  tagged(tag: i32): bool {
    return contract.tagged(contract.Scope.Party, this.index, tag) == 1;
  }

  /** A custom attribute: a number, 1 and 0 for true and false, a symbol, or `ABSENT`. */
  attribute(key: i32): i64 {
    return contract.attribute(contract.Scope.Party, this.index, key);
  }

  /** Units of an asset that it holds now. Only in the hook `grants`. */
  held(asset: i32): i64 {
    return contract.holding(this.index, asset, contract.Holding.Held);
  }

  /** Units of an asset that it has earned in all. Only in the hook `grants`. */
  earned(asset: i32): i64 {
    return contract.holding(this.index, asset, contract.Holding.Earned);
  }
}
