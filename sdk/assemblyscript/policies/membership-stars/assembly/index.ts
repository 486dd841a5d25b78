// A star for each full 50 spent in all, tiers by stars, and coupons with the membership card.

import {
  ABSENT,
  ALL_GOODS,
  Base,
  Buyer,
  Config,
  Grant,
  Kind,
  Line,
  LineKind,
  NO_EXPIRY,
  Occasion,
  Order,
  Rate,
  Text,
  TierChange,
  UNKNOWN,
  done,
  refuse,
  unitsFor,
} from "fenrun-sdk/assembly";

const SPENT = new Text("spent with this order");
const IN_ALL = new Text("what was spent in all");
const WITH_CARD = new Text("with the card");
const REACHED = new Text("by the stars earned in all");
const NOT_RISING = new Text("the stars of the tiers do not rise");
const TWO_NAMES = new Text("stars and spending are two things, and have two names");

class Step {
  constructor(readonly stars: i64, readonly tier: i32) {}
}

class Gift {
  constructor(readonly asset: i32, readonly units: i64, readonly days: i32) {}
}

const ALL = Rate.one();

let spentMinor: i64 = 0;
let star: i32 = UNKNOWN;
let spending: i32 = UNKNOWN;
let starDays: i32 = NO_EXPIRY;
const tiers: Step[] = [];
const card: Gift[] = [];

export function configure(): i32 {
  const config = new Config();
  for (let place = 0, count = config.count("tiers"); place < count; place++) {
    const item = config.item("tiers", place);
    const stars = item.integer("stars");
    if (place > 0 && stars <= tiers[place - 1].stars) return refuse(NOT_RISING);
    tiers.push(new Step(stars, item.symbol("tier")));
  }
  star = config.symbol("star");
  spending = config.symbol("spending");
  if (star == spending) return refuse(TWO_NAMES);
  spentMinor = config.amount("spent");
  starDays = <i32>config.integerOr("star_days", NO_EXPIRY);
  for (let place = 0, count = config.count("card"); place < count; place++) {
    const item = config.item("card", place);
    card.push(new Gift(item.symbol("asset"), item.integer("units"), <i32>item.integer("days")));
  }
  return done();
}

export function grants(): i32 {
  if (Occasion.kind != Kind.OrderPaid || !Occasion.hasOrder) return done();
  const known = Order.amount(Base.Paid);
  const paid = known == ABSENT ? 0 : known;
  const before = Buyer.earned(spending);
  const stars = Buyer.earned(star);
  const worth = unitsFor(before + paid, ALL, spentMinor);
  const more = max<i64>((worth == ABSENT ? 0 : worth) - stars, 0);
  if (paid > 0) Grant.toBuyer(spending, paid).earnedBy(ALL_GOODS, Base.Paid, ALL).because(SPENT);
  if (more > 0) Grant.toBuyer(star, more, starDays).oneForEach(spentMinor, spending).because(IN_ALL);
  if (buysCard()) giveWithCard();
  changeTier(stars + more);
  return done();
}

function buysCard(): bool {
  for (let place = 0, count = Order.lineCount; place < count; place++) {
    if (Line.at(place).kind == LineKind.Fee) return true;
  }
  return false;
}

function giveWithCard(): void {
  for (let place = 0; place < card.length; place++) {
    const gift = card[place];
    Grant.toBuyer(gift.asset, gift.units, gift.days).because(WITH_CARD);
  }
}

/** The tier that so many stars have reached, where the buyer is a party that has not got it. */
function changeTier(stars: i64): void {
  const party = Buyer.party;
  if (!party.isThere) return;
  for (let place = tiers.length - 1; place >= 0; place--) {
    const step = tiers[place];
    if (stars < step.stars) continue;
    if (party.tier != step.tier) TierChange.of(party, step.tier).because(REACHED);
    return;
  }
}
