// A discount by the buyer's order number: 20 % off the first order, the second at half price.

import { Buyer, Config, Discount, Rate, Selected, Text, done, refuse } from "fenrun-sdk/assembly";

const TWICE = new Text("two benefits are for the same order number");
const REASONS = [
  new Text("this order number has a benefit"),
  new Text("the buyer's first order"),
  new Text("the buyer's second order"),
  new Text("the buyer's third order"),
];

class Benefit {
  constructor(readonly order: i64, readonly rate: Rate, readonly maximum: i64) {}
}

const NO_MAXIMUM = i64.MAX_VALUE;

const benefits: Benefit[] = [];
let categories: StaticArray<i32> = [];

function benefitOf(order: i64): Benefit | null {
  for (let place = 0; place < benefits.length; place++) {
    if (benefits[place].order == order) return benefits[place];
  }
  return null;
}

export function configure(): i32 {
  const config = new Config();
  for (let place = 0, count = config.count("benefits"); place < count; place++) {
    const item = config.item("benefits", place);
    const order = item.integer("order");
    if (benefitOf(order) != null) return refuse(TWICE);
    benefits.push(new Benefit(order, item.rate("rate"), item.integerOr("maximum", NO_MAXIMUM)));
  }
  categories = config.symbols("categories");
  return done();
}

export function discounts(): i32 {
  const order = Buyer.orderNumber;
  const benefit = benefitOf(order);
  if (benefit == null) return done();
  const goods = Selected.of(categories);
  if (goods.paid <= 0) return done();
  Discount.on(goods.lines)
    .percentAtMost(benefit.rate, goods.paid, benefit.maximum)
    .because(REASONS[order <= 3 ? <i32>order : 0]);
  return done();
}
