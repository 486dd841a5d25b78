// The more a party has sold in the period, the higher its rate.

import {
  ABSENT,
  ALL_GOODS,
  Base,
  Bonus,
  Config,
  Order,
  Party,
  Period,
  PeriodBase,
  Role,
  Share,
  Text,
  Tiers,
  done,
  refuse,
} from "fenrun-sdk/assembly";

const ABOVE = new Text("by the volume above each cutoff");
const REACHED = new Text("by the volume reached with this order");
const TRUE_UP = new Text("by the volume of the period, less what its orders gave");
const NOT_RISING = new Text("the cutoffs of the tiers do not rise");
const NOT_PAID = new Text("marginal tiers are cut by what was paid: use the base `paid`, or the mode `whole`");

let role: i32 = 0;
let base: i32 = 0;
let marginal = true;
let tiers!: Tiers;

export function configure(): i32 {
  const config = new Config();
  role = config.symbol("role");
  base = config.base("base");
  marginal = config.choice("mode") == 0;
  tiers = new Tiers(config, "tiers", config.choice("cutoff") == 0);
  if (!tiers.rise) return refuse(NOT_RISING);
  if (marginal && base != Base.Paid) return refuse(NOT_PAID);
  return done();
}

export function shares(): i32 {
  const known = Order.amount(Base.Paid);
  const paid = known == ABSENT ? 0 : known;
  for (let place = 0, count = Order.partyCount; place < count; place++) {
    const party = Party.at(place);
    if (party.role != role || !party.isEligible) continue;
    const before = party.volume;
    const tier = tiers.reached(before + paid);
    if (tier == null) continue;
    if (marginal) {
      Share.to(party).by(ALL_GOODS, base, tiers, before, paid).because(ABOVE);
    } else {
      Share.to(party).at(ALL_GOODS, base, tier.rate).because(REACHED);
    }
  }
  return done();
}

export function period(): i32 {
  const party = Period.party;
  // What a period knows is what the party sold itself, in goods paid: nothing else can be reckoned again from it.
  if (role != Role.Seller || base != Base.Paid || party.role != role || !party.isEligible) return done();
  const volume = Period.volume;
  const tier = tiers.reached(volume);
  if (tier == null) return done();
  const owed = Bonus.begin();
  if (marginal) owed.by(PeriodBase.Volume, tiers, volume);
  else owed.at(PeriodBase.Volume, tier.rate);
  owed.less(PeriodBase.AccruedHere).because(TRUE_UP);
  return done();
}
