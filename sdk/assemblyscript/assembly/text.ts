// Strings as the contract takes them: UTF-8 bytes in memory.
//
// Invariant: written once, in `configure` or before it; a hook only points at it, which costs nothing.

import * as contract from "./contract";

/** UTF-8 bytes. Make reasons and words at the top level of a policy, so that no hook has to encode them. */
export class Text {
  readonly address: i32;
  readonly length: i32;

  constructor(text: string) {
    const bytes = String.UTF8.encode(text);
    this.address = changetype<i32>(bytes);
    this.length = bytes.byteLength;
    kept.push(bytes);
  }

  /** The symbol of this string; only in `configure`. */
  symbol(): i32 {
    return contract.symbol(this.address, this.length);
  }
}

// What a text points at stays.
const kept: ArrayBuffer[] = [];

/** Writes a line into the trace. */
export function note(text: Text): void {
  contract.note(text.address, text.length);
}

/** Why the hook refuses, and its result: `return refuse(REASON)`. What it asked for before is dropped. */
export function refuse(reason: Text): i32 {
  contract.refuse(reason.address, reason.length);
  return contract.HookResult.Refused;
}

/** The result of a hook that refuses nothing. */
export function done(): i32 {
  return contract.HookResult.Done;
}

/** What the compiler calls where a check fails: the hook ends as a failure. */
export function abort(_message: usize, _file: usize, _line: u32, _column: u32): void {
  unreachable();
}
