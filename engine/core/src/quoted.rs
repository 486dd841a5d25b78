//! An order that is paid by its quote: the cart as it was priced, with what the payment adds.
//!
//! Invariant: the quote's numbers are used as they are or not at all; what does not fit holds the event.

use std::sync::Arc;

use fenrun_money::Overflow;

use crate::{
    cart::Cart,
    decide::Stop,
    decision::Discount,
    event::{Line, Order},
    history::{History, PricedQuote},
};

/// A paid order together with the quote it names.
pub(crate) struct Quoted {
    /// What was quoted, paid as the event says: what the event leaves out is as it was quoted.
    pub(crate) order: Order,
    quote: Arc<PricedQuote>,
}

impl Quoted {
    /// Finds the quote that an order names, and checks that it is for this buyer and this cart, and not expired.
    pub(crate) fn find(id: &str, paid: &Order, history: &dyn History) -> Result<Self, Stop> {
        let quote = history.quote(id).ok_or_else(|| match history.quote_paid_by(id) {
            Some(order) => Stop::violation("quote_paid", format!("quote `{id}` was paid by order `{order}`")),
            None => Stop::violation("unknown_quote", format!("quote `{id}` was never given")),
        })?;
        fits(&quote, paid)?;
        let quoted = &quote.order;
        let or = |said: &Option<String>, before: &Option<String>| said.clone().or_else(|| before.clone());
        let mut order = Order {
            seller: or(&paid.seller, &quoted.seller),
            parties: paid.parties.clone().or_else(|| quoted.parties.clone()),
            source: or(&paid.source, &quoted.source),
            lines: quoted.lines.clone(),
            ..paid.clone()
        };
        for (key, value) in &quoted.attributes {
            order.attributes.entry(key.clone()).or_insert_with(|| value.clone());
        }
        order.coupons.clone_from(&quoted.coupons);
        order.buyer.order_number = order.buyer.order_number.or(quoted.buyer.order_number);
        order.buyer.days_since_last_order =
            order.buyer.days_since_last_order.or(quoted.buyer.days_since_last_order);
        if order.buyer.tags.is_empty() {
            order.buyer.tags.clone_from(&quoted.buyer.tags);
        }
        for (key, value) in &quoted.buyer.attributes {
            order.buyer.attributes.entry(key.clone()).or_insert_with(|| value.clone());
        }
        Ok(Self { order, quote })
    }

    /// Sets each line to what it was quoted at.
    pub(crate) fn pay(&self, cart: &mut Cart) -> Result<(), Stop> {
        let broken = |what: String| {
            let message = format!("quote `{}` is not whole: {what}", self.quote.quote);
            Stop::violation("quote_broken", message)
        };
        let prices = &self.quote.lines_paid_minor;
        if prices.len() != cart.lines.len() {
            return Err(broken(format!("{} prices for {} lines", prices.len(), cart.lines.len())));
        }
        for line in &mut cart.lines {
            let price = prices.iter().find(|(id, _)| **id == *line.id).map(|(_, price)| *price);
            match price {
                Some(price) if (0..=line.list).contains(&price) => {
                    line.discount = line.list.checked_sub(price).ok_or(Overflow)?;
                }
                Some(_) => {
                    return Err(broken(format!("the price of line `{}` is outside its list price", line.id)));
                }
                None => return Err(broken(format!("line `{}` has no price", line.id))),
            }
        }
        if cart.sum(|line| line.left())? != self.quote.total_minor {
            return Err(broken("its lines do not come to its total".into()));
        }
        Ok(())
    }

    /// The discounts behind the prices, as they were decided.
    pub(crate) fn discounts(&self) -> Vec<Discount> {
        self.quote.discounts.clone()
    }
}

fn fits(quote: &PricedQuote, paid: &Order) -> Result<(), Stop> {
    let (id, quoted) = (&quote.quote, &quote.order);
    if quoted.buyer.id != paid.buyer.id {
        let message = format!("quote `{id}` was given to `{}`, not to `{}`", quoted.buyer.id, paid.buyer.id);
        return Err(Stop::violation("quote_buyer", message));
    }
    if quoted.currency != paid.currency {
        let message = format!("quote `{id}` is in {}, the order is in {}", quoted.currency, paid.currency);
        return Err(Stop::violation("wrong_currency", message));
    }
    if quote.expires.is_some_and(|expires| expires < paid.time) {
        return Err(Stop::violation("quote_expired", format!("quote `{id}` has expired")));
    }
    if let (Some(before), Some(now)) = (quoted.seller_of_record(), paid.seller_of_record())
        && before != now
    {
        let message = format!("quote `{id}` was given by `{before}`, the order is sold by `{now}`");
        return Err(Stop::violation("quote_seller", message));
    }
    if paid.lines.is_empty() {
        return Ok(());
    }
    let key = |line: &Line| (line.id.clone(), line.quantity, line.price_minor);
    let sorted = |order: &Order| {
        let mut lines: Vec<_> = order.lines.iter().map(key).collect();
        lines.sort();
        lines
    };
    if sorted(paid) == sorted(quoted) {
        return Ok(());
    }
    Err(Stop::violation("quote_lines", format!("the lines paid are not the lines of quote `{id}`")))
}
