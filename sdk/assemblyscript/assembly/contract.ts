// The contract fenrun_v1: numbers, words and imports.
//
// Generated from sdk/abi; a test holds it to the specification. Written anew with
// `FENRUN_WRITE=1 cargo test -p fenrun-tests --test assemblyscript`.

/** What a read answers where the facts have no value. */
export const ABSENT: i64 = i64.MIN_VALUE;

/** As a set of lines: all goods. */
export const ALL_GOODS: i32 = -1;

/** As a set of lines: shipping. */
export const SHIPPING: i32 = -2;

/** As a set of lines: none, as the parts of a bonus. */
export const NO_LINES: i32 = -3;

/** As a party of a grant: the buyer. */
export const BUYER: i32 = -1;

/** As the days of a grant: it never expires. */
export const NO_EXPIRY: i32 = -1;

/** Fields of the order. */
export const enum OrderField {
  LineCount = 0,
  PartyCount = 1,
  List = 2,
  Discount = 3,
  Paid = 4,
  ExTax = 5,
  Margin = 6,
  Net = 7,
  Shipping = 8,
  Quantity = 9,
  Time = 10,
  Year = 11,
  Month = 12,
  Day = 13,
  Weekday = 14,
  Hour = 15,
  Minute = 16,
  BuyerOrderNumber = 17,
  BuyerDaysSinceLastOrder = 18,
  BuyerId = 19,
  BuyerParty = 20,
  Source = 21,
  CurrencyExponent = 22,
  Seller = 23,
  CouponCount = 24,
}

/** Fields of a line. */
export const enum LineField {
  Id = 0,
  Kind = 1,
  Quantity = 2,
  UnitPrice = 3,
  List = 4,
  Discount = 5,
  Paid = 6,
  ExTax = 7,
  Margin = 8,
  Net = 9,
  Tax = 10,
  Cost = 11,
  Floor = 12,
  Category = 13,
  Item = 14,
}

/** Fields of a party. */
export const enum PartyField {
  Id = 0,
  Role = 1,
  Depth = 2,
  Tier = 3,
  Volume = 4,
  IsBuyer = 5,
  Eligible = 6,
  BoundDays = 7,
}

/** Fields of a coupon. */
export const enum CouponField {
  Id = 0,
  Kind = 1,
  Issuer = 2,
  Giver = 3,
  IssuerParty = 4,
  GiverParty = 5,
  Amount = 6,
  RateNumerator = 7,
  RateDenominator = 8,
  Minimum = 9,
  UsesLeft = 10,
  DaysLeft = 11,
  DaysHeld = 12,
}

/** Fields of the period that closes. */
export const enum PeriodField {
  Window = 0,
  Start = 1,
  End = 2,
  Year = 3,
  Month = 4,
  Day = 5,
  Volume = 6,
  Orders = 7,
  Accrued = 8,
  AccruedHere = 9,
  DirectVolume = 10,
  GroupVolume = 11,
  Rank = 12,
  Ranked = 13,
  TotalVolume = 14,
  NewlyBound = 15,
  Tied = 16,
}

/** Fields of what has happened. */
export const enum EventField {
  Kind = 0,
  Party = 1,
  Relation = 2,
}

/** What a hook returns. */
export const enum HookResult {
  Done = 0,
  Refused = 1,
}

/** What a rate applies to. */
export const enum Base {
  List = 0,
  Paid = 1,
  ExTax = 2,
  Margin = 3,
  Net = 4,
  Left = 5,
}

/** What a rate of a bonus applies to. */
export const enum PeriodBase {
  Volume = 16,
  DirectVolume = 17,
  GroupVolume = 18,
  TotalVolume = 19,
  Accrued = 20,
  AccruedHere = 21,
}

/** How long a period is. */
export const enum Window {
  Day = 0,
  Month = 1,
  Quarter = 2,
  Year = 3,
  All = 4,
}

/** What is asked about an asset. */
export const enum Holding {
  Held = 0,
  Earned = 1,
}

/** What a line is for. */
export const enum LineKind {
  Goods = 0,
  Shipping = 1,
  Fee = 2,
  Deposit = 3,
}

/** A limit of a share. */
export const enum Limit {
  Minimum = 0,
  Maximum = 1,
}

/** Whose attribute, tag or text. */
export const enum Scope {
  Order = 0,
  Buyer = 1,
  Line = 2,
  Party = 3,
  Coupon = 4,
}

/** Which part of a configured value. */
export const enum Part {
  Value = 0,
  Denominator = 1,
  Length = 2,
}

/** Which text. */
export const enum TextField {
  Id = 0,
  Category = 1,
  Item = 2,
  Role = 3,
  Tier = 4,
  Source = 5,
  Kind = 6,
  Issuer = 7,
  Giver = 8,
}

/** Symbols of the roles that every module knows. */
export const enum Role {
  Seller = 1,
  Upline = 2,
  Guide = 3,
  Store = 4,
  Channel = 5,
  Brand = 6,
  Platform = 7,
  Designer = 8,
  Streamer = 9,
  Leader = 10,
  Referrer = 11,
  Merchant = 12,
  Partner = 13,
  Agent = 14,
  Dealer = 15,
  Licensor = 16,
  Host = 17,
  Consumer = 18,
  Supplier = 19,
}

/** Symbols of the kinds of event that every module knows. */
export const enum Kind {
  OrderPaid = 20,
  OrderCompleted = 21,
  RelationBound = 22,
  DayClosed = 23,
  CheckIn = 24,
}

/** reads a custom attribute: 160 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "attribute")
export declare function attribute(scope: i32, index: i32, key: i32): i64;

/** reads a configured value: 64 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "config")
export declare function config(address: i32, length: i32, part: i32): i64;

/** reads a field of a coupon: 8 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "coupon")
export declare function coupon(index: i32, field: i32): i64;

/** begins a discount on a set of lines: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "discount")
export declare function discount(lines: i32): i32;

/** takes an amount off: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "discount_amount")
export declare function discount_amount(effect: i32, amount: i64): void;

/** names who funds a part: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "discount_funder")
export declare function discount_funder(effect: i32, party: i32, numerator: i64, denominator: i64): void;

/** takes an exact part off: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "discount_percent")
export declare function discount_percent(effect: i32, numerator: i64, denominator: i64): void;

/** sets the price of a unit: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "discount_price")
export declare function discount_price(effect: i32, amount: i64): void;

/** applies to so many units only: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "discount_units")
export declare function discount_units(effect: i32, units: i64): void;

/** ends an effect: only ended effects are asked for: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "end")
export declare function end(effect: i32): void;

/** reads a field of what has happened: 8 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "event")
export declare function event(field: i32): i64;

/** begins a grant of units of an asset: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "grant")
export declare function grant(party: i32, asset: i32, units: i64, days: i32): i32;

/** counts a grant over other units: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "grant_each")
export declare function grant_each(effect: i32, asset: i32, each: i64): void;

/** says what a grant came from: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "grant_term")
export declare function grant_term(effect: i32, lines: i32, base: i32, numerator: i64, denominator: i64): void;

/** makes or widens a set of lines: 32 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "group")
export declare function group(handle: i32, word: i32, mask: i64): i32;

/** reads units of an asset: 64 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "holding")
export declare function holding(party: i32, asset: i32, field: i32): i64;

/** reads a field of a line: 8 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "line")
export declare function line(index: i32, field: i32): i64;

/** copies one field of many lines: 8 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "lines")
export declare function lines(field: i32, first: i32, count: i32, address: i32): i32;

/** writes a line into the trace: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "note")
export declare function note(address: i32, length: i32): void;

/** reads a field of the order: 8 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "order")
export declare function order(field: i32): i64;

/** reads a field of a party: 8 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "party")
export declare function party(index: i32, field: i32): i64;

/** reads a field of the period: 8 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "period")
export declare function period(field: i32): i64;

/** says why, for people: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "reason")
export declare function reason(effect: i32, address: i32, length: i32): void;

/** uses a coupon up with an effect: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "redeem")
export declare function redeem(effect: i32, coupon: i32): void;

/** says why the hook refuses: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "refuse")
export declare function refuse(address: i32, length: i32): void;

/** begins a share of a party: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "share")
export declare function share(party: i32): i32;

/** adds a rate of a band: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "share_band")
export declare function share_band(effect: i32, lines: i32, base: i32, from: i64, to: i64, numerator: i64, denominator: i64): void;

/** adds a fixed amount: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "share_fixed")
export declare function share_fixed(effect: i32, lines: i32, amount: i64): void;

/** names who funds a part of a share: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "share_funder")
export declare function share_funder(effect: i32, party: i32, numerator: i64, denominator: i64): void;

/** bounds the share: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "share_limit")
export declare function share_limit(effect: i32, limit: i32, amount: i64): void;

/** adds a rate of a base: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "share_term")
export declare function share_term(effect: i32, lines: i32, base: i32, numerator: i64, denominator: i64): void;

/** registers a string: 64 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "symbol")
export declare function symbol(address: i32, length: i32): i32;

/** asks for a tag: 160 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "tagged")
export declare function tagged(scope: i32, index: i32, tag: i32): i32;

/** copies the bytes of a string: 64 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "text")
export declare function text(scope: i32, index: i32, field: i32, address: i32, size: i32): i32;

/** begins a change of tier: 16 fuel. */
// @ts-ignore: decorator
@external("fenrun_v1", "tier")
export declare function tier(party: i32, tier: i32): i32;
