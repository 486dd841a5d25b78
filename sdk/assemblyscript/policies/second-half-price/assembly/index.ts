// The second unit of the same item at half price, with and without mixing the items of one category.

import { Config, CountedUnits, Discount, Line, NO_KEY, Order, Rate, Text, done, refuse } from "fenrun-sdk/assembly";

const SECOND = new Text("every second unit");
const THIRD = new Text("every third unit");
const NTH = new Text("every nth unit");
const TOO_MANY = new Text("the order has more lines than can be counted together");

let rate!: Rate;
let every: i64 = 2;
let mixCategory = false;
let categories: StaticArray<i32> = [];

export function configure(): i32 {
  const config = new Config();
  rate = config.rate("rate");
  every = config.integer("every");
  mixCategory = config.choice("mix") == 1;
  categories = config.symbols("categories");
  return done();
}

/** What tells the units that are counted together from all others; `NO_KEY` for a line that does not take part. */
function countedWith(line: Line): u64 {
  if (categories.length > 0 && !categories.includes(line.category)) return NO_KEY;
  if (!line.isGoods) return NO_KEY;
  return mixCategory ? line.categoryKey : line.itemKey;
}

export function discounts(): i32 {
  const counted = new CountedUnits();
  for (let place = 0, count = Order.lineCount; place < count; place++) {
    const line = Line.at(place);
    const group = countedWith(line);
    if (group != NO_KEY && !counted.add(line, group)) return refuse(TOO_MANY);
  }
  const reason = every == 2 ? SECOND : every == 3 ? THIRD : NTH;
  for (let place = 0; place < counted.count; place++) {
    const units = counted.everyNth(every, place);
    if (units > 0) Discount.on(counted.line(place).index).units(units).percent(rate).because(reason);
  }
  return done();
}
