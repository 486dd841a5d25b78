// The SDK: what a policy in AssemblyScript is written against.
//
// Invariant: every call is one of the contract's imports (contract.ts, proven equal to the specification).

export { Config } from "./config";
export { ABSENT, ALL_GOODS, Base, NO_LINES, PeriodBase, Role, SHIPPING } from "./contract";
export { Discount, Share } from "./effects";
export {
  Line,
  Party,
  Selected,
  amountOf,
  lineCount,
  orderNumber,
  partyCount,
  periodVolume,
} from "./facts";
export { Rate } from "./rate";
export { Text, abort, done, note, refuse } from "./text";
export { Tier, Tiers } from "./tiers";
