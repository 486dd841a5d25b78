// Three-level distribution: the seller, its upline and the upline's upline share in every sale.

import { ALL_GOODS, Config, Order, Party, Rate, Share, Text, done } from "fenrun-sdk/assembly";

const REASONS: StaticArray<Text> = [new Text("sold it"), new Text("is the seller's upline"), new Text("is the upline's upline")];

let base: i32 = 0;
let rates: StaticArray<Rate> = [];

export function configure(): i32 {
  const config = new Config();
  base = config.base("base");
  rates = config.rates("rates");
  return done();
}

export function shares(): i32 {
  const count = min(rates.length, Order.partyCount);
  for (let place = 0; place < count; place++) {
    const party = Party.at(place);
    if (!party.isInChain) break;
    if (party.isEligible) Share.to(party).at(ALL_GOODS, base, unchecked(rates[place])).because(unchecked(REASONS[place]));
  }
  return done();
}
