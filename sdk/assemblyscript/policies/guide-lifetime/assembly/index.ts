// A guide earns on every purchase of the customers bound to it, for as long as the binding lasts.

import {
  ABSENT,
  ALL_GOODS,
  Buyer,
  Config,
  Order,
  Party,
  Rate,
  Share,
  Text,
  done,
  refuse,
} from "fenrun-sdk/assembly";

const BOUND = new Text("the buyer is bound to this guide");
const STORE = new Text("the store of a guide's customer");
const SEVERAL = new Text("the order names several parties of a role that one may have");
const SINCE = new Text("it is not known since when the buyer is bound");

let role: i32 = 0;
let rate: Rate | null = null;
let base: i32 = 0;
let fromOrder: i64 = 1;
let boundDays: i64 = ABSENT;
let selfPurchase = false;
let storeRole: i32 = 0;
let storeRate: Rate | null = null;

export function configure(): i32 {
  const config = new Config();
  const store = config.table("store");
  role = config.symbol("role");
  rate = config.rate("rate");
  base = config.base("base");
  fromOrder = config.integer("from_order");
  boundDays = config.integerOr("bound_days", ABSENT);
  selfPurchase = config.flag("self_purchase");
  if (store.has("rate")) {
    storeRole = store.symbol("role");
    storeRate = store.rate("rate");
  }
  return done();
}

export function shares(): i32 {
  if (Buyer.orderNumber < fromOrder) return done();
  const guide = Order.onlyPartyOf(role);
  if (guide.isSeveral) return refuse(SEVERAL);
  if (!guide.isThere) return done();
  if (boundDays != ABSENT) {
    const since = guide.boundDays;
    if (since == ABSENT) return refuse(SINCE);
    if (since >= boundDays) return done();
  }
  const stores = storeRate;
  const store = stores == null ? Party.nobody() : Order.onlyPartyOf(storeRole);
  if (store.isSeveral) return refuse(SEVERAL);
  if (guide.isEligible && (selfPurchase || !guide.isBuyer)) {
    Share.to(guide).at(ALL_GOODS, base, rate!).because(BOUND);
  }
  if (stores != null && store.isThere && store.isEligible) {
    Share.to(store).at(ALL_GOODS, base, stores).because(STORE);
  }
  return done();
}
