// Notes every fact and asks for every kind of effect. Not a rule of a merchant: a test reads its notes, and knows so that
// each name of the SDK tells what the host knows.

import {
  ABSENT,
  ALL_GOODS,
  Base,
  Bonus,
  Buyer,
  Bytes,
  Config,
  Coupon,
  Discount,
  Goods,
  Grant,
  Kind,
  Line,
  LineField,
  LocalTime,
  NO_KEY,
  Occasion,
  Order,
  Party,
  Period,
  PeriodBase,
  Rate,
  Role,
  SHIPPING,
  Share,
  Text,
  TierChange,
  UNKNOWN,
  done,
  isTrue,
  note,
} from "fenrun-sdk/assembly";

const BECAUSE = new Text("for the test");
const HALF = Rate.percent(50);
const STARTS = new Text("b");
const BUYER_IS = new Text("b1");
const bytes = new Bytes(16);
const lines = new StaticArray<i64>(4);

let words: StaticArray<i32> = [];
// Whether it is the test that asks: it names thirteen words, the last of which is a role.
let isTest = false;
let tag: i32 = UNKNOWN;
let key: i32 = UNKNOWN;
let asset: i32 = UNKNOWN;

export function configure(): i32 {
  const config = new Config();
  words = config.symbols("words");
  tag = config.word("vip");
  key = config.word("weight");
  asset = config.word("stars");
  isTest = words.length == 13 && words[12] == Role.Supplier;
  return done();
}

// ---- how values are written

function number(value: i64): string {
  return value == ABSENT ? "-" : value.toString();
}

/** The place of a string among the words, from 1. */
function word(symbol: i32): string {
  return (words.indexOf(symbol) + 1).toString();
}

function place(party: Party): string {
  return party.isThere ? party.index.toString() : "-";
}

function text(isThere: bool): string {
  if (!isThere) return "-";
  let all = "";
  for (let at = 0; at < bytes.length; at++) all += String.fromCharCode(bytes.at(at));
  return all;
}

function tell(values: string[]): void {
  note(new Text(values.join(" ")));
}

// ---- facts

function tellOrder(): void {
  tell(["counts", Order.lineCount.toString(), Order.partyCount.toString(), Order.couponCount.toString()]);
  const amounts = ["amounts"];
  for (let base = <i32>Base.List; base <= Base.Left; base++) amounts.push(number(Order.amount(base)));
  tell(amounts.concat([number(Order.discountMinor), number(Order.shippingMinor), number(Order.quantity)]));
  const id = text(Order.idText(bytes));
  const source = text(Order.sourceText(bytes));
  const exponent = Order.currencyExponent.toString();
  const attribute = number(Order.attribute(key));
  tell(["order", place(Order.seller), id, word(Order.source), source, exponent, attribute, Order.tagged(tag).toString()]);
}

function tellTime(): void {
  const fields = [LocalTime.year, LocalTime.month, LocalTime.day, LocalTime.weekday, LocalTime.hour, LocalTime.minute];
  const told = fields.map<string>((field) => field.toString());
  const days = [LocalTime.dayNumber, LocalTime.daysSinceLast(2, 28), LocalTime.daysSinceLast(12, 31)];
  tell(["time", number(LocalTime.unixSeconds)].concat(told).concat(days.map<string>((day) => day.toString())));
}

function tellBuyer(): void {
  const id = text(Buyer.idText(bytes));
  const known = ["buyer", id, word(Buyer.id), bytes.startsWith(STARTS).toString(), bytes.equals(BUYER_IS).toString()];
  const counted = [number(Buyer.orderNumber), number(Buyer.daysSinceLastOrder), place(Buyer.party)];
  tell(known.concat(counted).concat([Buyer.tagged(tag).toString(), number(Buyer.attribute(key))]));
}

function tellParty(party: Party): void {
  const strings = [text(party.idText(bytes)), text(party.roleText(bytes)), text(party.tierText(bytes))];
  const symbols = [word(party.id), (party.role == Role.Seller).toString(), word(party.tier)];
  const numbers = [number(party.depth), number(party.volume), number(party.boundDays)];
  const answers = [party.isInChain, party.isBuyer, party.isEligible, party.tagged(tag), isTrue(party.attribute(key))];
  const told = answers.map<string>((answer) => answer.toString());
  tell(["party"].concat(strings).concat(symbols).concat(numbers).concat(told));
}

function tellLine(line: Line): void {
  const strings = [text(line.idText(bytes)), text(line.itemText(bytes)), text(line.categoryText(bytes))];
  const symbols = [word(line.id), word(line.item), word(line.category), line.kind.toString(), line.isGoods.toString()];
  const priced = [number(line.quantity), number(line.unitPrice), number(line.discountMinor), number(line.taxMinor)];
  const bounds = [number(line.costMinor), number(line.floorMinor), line.tagged(tag).toString(), number(line.attribute(key))];
  tell(["line"].concat(strings).concat(symbols).concat(priced).concat(bounds));
  const amounts = ["line amounts"];
  for (let base = <i32>Base.List; base <= Base.Left; base++) amounts.push(number(line.amount(base)));
  tell(amounts);
}

function tellKeys(): void {
  const one = Line.at(0);
  const two = Line.at(1);
  const last = Line.at(Order.lineCount - 1);
  const items = [one.itemKey == two.itemKey, one.itemKey == last.itemKey, last.itemKey == <u64>last.index];
  const categories = [one.categoryKey == two.categoryKey, last.categoryKey == NO_KEY];
  const read = Order.readLines(LineField.Quantity, 1, lines);
  const all = items.concat(categories).map<string>((same) => same.toString());
  tell(["keys"].concat(all).concat([read.toString(), number(lines[0]), number(lines[1])]));
}

function tellCoupon(coupon: Coupon): void {
  const strings = [text(coupon.idText(bytes)), text(coupon.kindText(bytes)), text(coupon.issuerText(bytes))];
  strings.push(text(coupon.giverText(bytes)));
  const symbols = [word(coupon.id), word(coupon.kind), word(coupon.issuer), word(coupon.giver)];
  const parties = [place(coupon.issuerParty), place(coupon.giverParty)];
  const rate = coupon.rate;
  const worth = rate == null ? "-" : number(rate.numerator) + "/" + number(rate.denominator);
  const numbers = [number(coupon.amountMinor), worth, number(coupon.minimumMinor), number(coupon.usesLeft)];
  const days = [number(coupon.daysLeft), number(coupon.daysHeld)];
  tell(["coupon"].concat(strings).concat(symbols).concat(parties).concat(numbers).concat(days));
}

// ---- hooks

export function discounts(): i32 {
  if (!isTest || !Order.coupon(words[0]).isThere) return done();
  tellOrder();
  tellTime();
  tellBuyer();
  for (let at = 0; at < min(Order.partyCount, 3); at++) tellParty(Party.at(at));
  for (let at = 0; at < Order.couponCount; at++) tellCoupon(Coupon.at(at));
  tellLine(Line.at(0));
  tellKeys();
  const second = new Goods();
  second.add(Line.at(1));
  const mine = Order.coupon(words[0]);
  const other = Order.coupon(asset);
  if (mine.isThere && !other.isThere) Discount.on(ALL_GOODS).percentAtMost(HALF, 10_000, 700).using(mine).because(BECAUSE);
  Discount.on(0).units(1).price(750).because(BECAUSE);
  Discount.on(second.lines).percent(HALF).fundedBy(Order.seller, HALF).because(BECAUSE);
  Discount.on(1).freeUnits(1).because(BECAUSE);
  Discount.on(SHIPPING).amount(100).because(BECAUSE);
  return done();
}

export function shares(): i32 {
  if (!isTest || !Order.coupon(words[0]).isThere) return done();
  const seller = Order.seller;
  const upline = Party.at(1);
  const goods = new Goods();
  goods.add(Line.at(0));
  goods.add(Line.at(1));
  Share.to(seller).at(goods.lines, Base.Paid, HALF).fixed(1, 7).atLeast(1).atMost(1_000).because(BECAUSE);
  const between = Share.to(upline).between(ALL_GOODS, Base.Paid, 100, 300, HALF);
  between.using(Order.coupon(words[0])).fundedBy(seller, HALF).because(BECAUSE);
  return done();
}

export function grants(): i32 {
  if (!isTest) return done();
  const relation = Occasion.relation;
  const known = [word(Occasion.kind), (Occasion.kind == Kind.OrderPaid).toString(), (relation == Role.Guide).toString()];
  const about = [Occasion.hasOrder.toString(), Occasion.hasBuyer.toString(), place(Occasion.party)];
  tell(["occasion"].concat(known).concat(about).concat([number(Occasion.attribute(key)), Order.lineCount.toString()]));
  const party = Occasion.party;
  const held = [number(Buyer.held(asset)), number(Buyer.earned(asset))];
  if (party.isThere) held.push(number(party.held(asset)));
  if (party.isThere) held.push(number(party.earned(asset)));
  tell(["holdings"].concat(held));
  if (Occasion.hasBuyer) Grant.toBuyer(asset, 2, 30).because(BECAUSE);
  if (!party.isThere) return done();
  const given = Grant.to(party, asset, 3);
  if (Occasion.hasOrder) given.earnedBy(ALL_GOODS, Base.Paid, HALF);
  given.because(BECAUSE);
  Grant.to(party, words[0], 1).oneForEach(5, asset).because(BECAUSE);
  TierChange.of(party, words[1]).because(BECAUSE);
  return done();
}

export function period(): i32 {
  if (!isTest) return done();
  const calendar = [Period.window, Period.year, Period.month, Period.day].map<string>((field) => field.toString());
  tell(["period"].concat(calendar).concat([number(Period.startUnixSeconds), number(Period.endUnixSeconds)]));
  const own = [Period.volume, Period.orders, Period.accrued, Period.accruedHere];
  const others = [Period.directVolume, Period.groupVolume, Period.totalVolume];
  const places = [Period.rank, Period.tied, Period.ranked, Period.newlyBound];
  tell(["numbers"].concat(own.concat(others).concat(places).map<string>((value) => number(value))));
  const party = Period.party;
  const bonus = Bonus.begin().at(PeriodBase.Volume, HALF).between(PeriodBase.GroupVolume, 100, 200, HALF).fixed(9);
  bonus.less(PeriodBase.AccruedHere).lessPart(PeriodBase.Accrued, HALF).atLeast(5).atMost(100_000).because(BECAUSE);
  TierChange.of(party, words[1]).because(BECAUSE);
  return done();
}
