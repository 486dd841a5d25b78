// A coupon that a partner hands out: an amount off for the buyer, and pay or another coupon for the partner.

import {
  ABSENT,
  ALL_GOODS,
  Base,
  Config,
  Discount,
  Grant,
  Kind,
  Occasion,
  Order,
  Party,
  Rate,
  Share,
  Text,
  UNKNOWN,
  done,
  refuse,
} from "fenrun-sdk/assembly";

const OFF = new Text("a partner's coupon");
const PAY = new Text("handed out the coupon of this order");
const SWAP = new Text("one coupon for one that was used");
const SEVERAL = new Text("the order names several parties of a role that one may have");
const NOBODY = new Text("the order does not say who handed the coupon out");

let off: i64 = 0;
let from: i64 = 0;
let role: i32 = UNKNOWN;
let pays: i64 = 0;
let rate: Rate | null = null;
// What the partner has in place of pay: one for each coupon that was used.
let swap: i32 = UNKNOWN;

export function configure(): i32 {
  const config = new Config();
  off = config.amount("off");
  from = config.amount("from");
  role = config.symbol("role");
  pays = config.amount("pays");
  rate = config.optionalRate("rate");
  swap = config.optionalSymbol("swap");
  return done();
}

/** By list price, so that other discounts do not decide whether the partner is paid. */
function counts(): bool {
  const list = Order.amount(Base.List);
  return (list == ABSENT ? 0 : list) >= max<i64>(from, 1);
}

/** Whether the partner of an order has something for it: not for using the own coupon. */
function earns(partner: Party): bool {
  return counts() && partner.isEligible && !partner.isBuyer;
}

export function discounts(): i32 {
  if (counts() && off > 0) Discount.on(ALL_GOODS).amount(off).because(OFF);
  return done();
}

export function shares(): i32 {
  if (swap != UNKNOWN) return done();
  const partner = Order.onlyPartyOf(role);
  if (!partner.isThere) return refuse(partner.isSeveral ? SEVERAL : NOBODY);
  if (!earns(partner)) return done();
  const share = Share.to(partner);
  const exact = rate;
  const known = Order.amount(Base.Paid);
  const paid = known == ABSENT ? 0 : max<i64>(known, 0);
  if (exact != null) share.at(ALL_GOODS, Base.Paid, exact);
  else share.fixed(ALL_GOODS, pays);
  // Of an order of little, a set amount is all of it and no more.
  if (exact == null && pays > paid) share.atMost(paid);
  share.because(PAY);
  return done();
}

export function grants(): i32 {
  if (swap == UNKNOWN || Occasion.kind != Kind.OrderPaid || !Occasion.hasOrder) return done();
  const partner = Order.onlyPartyOf(role);
  if (!partner.isThere) return refuse(partner.isSeveral ? SEVERAL : NOBODY);
  if (earns(partner)) Grant.to(partner, swap, 1).because(SWAP);
  return done();
}
