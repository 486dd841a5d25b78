// The SDK: what a policy in AssemblyScript is written against.
//
// Invariant: every call is one of the contract's imports (contract.ts, proven equal to the specification), and every
// import and every field of the contract is behind one of these names.

export { Bonus } from "./bonus";
export { Buyer } from "./buyer";
export { Config } from "./config";
export {
  ABSENT,
  ALL_GOODS,
  Base,
  Kind,
  LineField,
  LineKind,
  NO_EXPIRY,
  NO_LINES,
  PeriodBase,
  Role,
  SHIPPING,
  Window,
} from "./contract";
export { Coupon } from "./coupon";
export { Discount } from "./discount";
export { Goods } from "./goods";
export { Grant, unitsFor } from "./grant";
export { Line } from "./line";
export { Occasion } from "./occasion";
export { Order, Selected } from "./order";
export { Party } from "./party";
export { Period } from "./period";
export { Rate } from "./rate";
export { Share } from "./share";
export { Bytes, NO_KEY, UNKNOWN, isTrue, symbolOf } from "./symbol";
export { Text, abort, done, note, refuse } from "./text";
export { TierChange } from "./tier-change";
export { Tier, Tiers } from "./tiers";
export { LocalTime } from "./time";
export { COUNTED_LINES_MAX, CountedUnits } from "./units";
