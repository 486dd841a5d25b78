// Strings of the facts: as symbols, as keys, as bytes.
//
// Invariant: two strings that the policy does not know have the same symbol; a key tells them apart, and their bytes say
// what they are.

import * as contract from "./contract";
import { Text } from "./text";

/** The symbol of a string that the policy does not know, or of none at all. */
export const UNKNOWN: i32 = 0;

/** The symbol in a read: of what is absent it is `UNKNOWN`. */
@inline
export function symbolOf(value: i64): i32 {
  return value == contract.ABSENT ? UNKNOWN : <i32>value;
}

/** Whether a custom attribute is set and not 0. As a number it is `ABSENT` where there is none, as a string `symbolOf`. */
@inline
export function isTrue(attribute: i64): bool {
  return attribute != contract.ABSENT && attribute != 0;
}

/** The key of no string. */
export const NO_KEY: u64 = u64.MAX_VALUE;

/** Room for the bytes of one string of the facts. Make it at the top level, so that no hook allocates. */
export class Bytes {
  private readonly room: StaticArray<u8>;
  private size: i32 = -1;

  /** `most`: bytes of the longest string it takes. The ids of an event have at most 128. */
  constructor(most: i32) {
    this.room = new StaticArray<u8>(most);
  }

  /** Copies a string; false, and empty, where there is none or it does not fit. */
  read(scope: i32, index: i32, field: i32): bool {
    const length = contract.text(scope, index, field, changetype<i32>(this.room), this.room.length);
    this.size = length <= this.room.length ? length : -1;
    return this.size >= 0;
  }

  /** Whether it holds a string. */
  get isThere(): bool {
    return this.size >= 0;
  }

  /** How many bytes its string has. */
  get length(): i32 {
    return max(this.size, 0);
  }

  /** The byte at a place, from 0. Past the end the hook ends as a failure. */
  at(place: i32): u8 {
    assert(<u32>place < <u32>this.length);
    return unchecked(this.room[place]);
  }

  /** Whether it begins with these bytes. */
  startsWith(text: Text): bool {
    return (
      this.length >= text.length &&
      memory.compare(changetype<usize>(this.room), <usize>text.address, <usize>text.length) == 0
    );
  }

  /** Whether it is these bytes. */
  equals(text: Text): bool {
    return this.isThere && this.length == text.length && this.startsWith(text);
  }
}

// Bytes of the longest id that an event may have, and the words that hold them.
const LONGEST: i32 = 128;
const words = new StaticArray<u64>(LONGEST / 8);

/**
 * Tells strings apart that the policy does not know: the same string has the same key, and two different ones share one
 * only by a chance of 1 in 2⁶⁴ (FNV-1a, eight bytes at a time). A key compares with other keys of the same order; `NO_KEY`
 * where there is no such string.
 */
export function keyOf(scope: i32, index: i32, field: i32): u64 {
  const length = contract.text(scope, index, field, changetype<i32>(words), LONGEST);
  if (length < 0) return NO_KEY;
  const used = min(length, LONGEST);
  // What an earlier string left behind the end of this one is none of its bytes.
  memory.fill(changetype<usize>(words) + used, 0, (8 - used) & 7);
  let key: u64 = 0xcbf29ce484222325 ^ <u64>length;
  for (let place = 0; place < used; place += 8) {
    key = (key ^ unchecked(words[place >> 3])) * 0x00000100000001b3;
    key ^= key >> 32;
  }
  return key;
}
