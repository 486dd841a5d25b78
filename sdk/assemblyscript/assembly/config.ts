// The configuration, which the host has parsed and checked against the manifest.
//
// Invariant: read in `configure` only. What is needed and not there ends `configure`: the program is not loaded.

import * as contract from "./contract";
import { Rate } from "./rate";
import { symbolOf } from "./symbol";

/** A place in the configuration: the whole of it, a table, or an item of a list. */
export class Config {
  constructor(private readonly at: string = "") {}

  private path(name: string): string {
    return this.at.length == 0 ? name : name.length == 0 ? this.at : this.at + "." + name;
  }

  private part(name: string, part: i32): i64 {
    const bytes = String.UTF8.encode(this.path(name));
    return contract.config(changetype<i32>(bytes), bytes.byteLength, part);
  }

  private needed(name: string): i64 {
    const value = this.part(name, contract.Part.Value);
    assert(value != contract.ABSENT);
    return value;
  }

  /** Whether there is a value. */
  has(name: string): bool {
    return this.part(name, contract.Part.Value) != contract.ABSENT;
  }

  /** A table in the configuration. */
  table(name: string): Config {
    return new Config(this.path(name));
  }

  /** How many items a list has. */
  count(name: string): i32 {
    const count = this.part(name, contract.Part.Length);
    return count == contract.ABSENT ? 0 : <i32>count;
  }

  /** An item of a list, from 0. */
  item(name: string, place: i32): Config {
    return new Config(this.path(name) + "." + place.toString());
  }

  /** A whole number; "" is the place itself. */
  integer(name: string): i64 {
    return this.needed(name);
  }

  /** A whole number, or another where it is left out. */
  integerOr(name: string, other: i64): i64 {
    const value = this.part(name, contract.Part.Value);
    return value == contract.ABSENT ? other : value;
  }

  /** An amount in minor units of the program's currency. */
  amount(name: string): i64 {
    return this.needed(name);
  }

  /** An amount in minor units, or another (such as `ABSENT`) where it is left out. */
  amountOr(name: string, other: i64): i64 {
    return this.integerOr(name, other);
  }

  /** A duration in seconds. */
  seconds(name: string): i64 {
    return this.needed(name);
  }

  /** An exact rate. */
  rate(name: string): Rate {
    return new Rate(this.needed(name), this.part(name, contract.Part.Denominator));
  }

  /** An exact rate, or null where it is left out. */
  optionalRate(name: string): Rate | null {
    return this.has(name) ? this.rate(name) : null;
  }

  /** A list of rates. */
  rates(name: string): StaticArray<Rate> {
    const rates = new StaticArray<Rate>(this.count(name));
    for (let place = 0; place < rates.length; place++) rates[place] = this.item(name, place).rate("");
    return rates;
  }

  /** A list of texts or roles, as their symbols. */
  symbols(name: string): StaticArray<i32> {
    const symbols = new StaticArray<i32>(this.count(name));
    for (let place = 0; place < symbols.length; place++) symbols[place] = this.item(name, place).symbol("");
    return symbols;
  }

  /** True or false. */
  flag(name: string): bool {
    return this.needed(name) == 1;
  }

  /** Which of the manifest's choices, from 0. */
  choice(name: string): i32 {
    return <i32>this.needed(name);
  }

  /** The number of a base. */
  base(name: string): i32 {
    return <i32>this.needed(name);
  }

  /** The symbol of a text or of a role. */
  symbol(name: string): i32 {
    return <i32>this.needed(name);
  }

  /** The symbol of a text or of a role, or `UNKNOWN` where it is left out. */
  optionalSymbol(name: string): i32 {
    return symbolOf(this.part(name, contract.Part.Value));
  }

  /** A word of the policy's own, as a symbol to compare with. */
  word(text: string): i32 {
    const bytes = String.UTF8.encode(text);
    return contract.symbol(changetype<i32>(bytes), bytes.byteLength);
  }
}
