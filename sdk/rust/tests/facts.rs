//! Facts that no stock policy reads, as an author sees them, tried natively.
#![expect(clippy::arithmetic_side_effects, reason = "small sums of a test")]

use fenrun_sdk::prelude::*;
use fenrun_sdk::testing::{Facts, LineField, OrderField, configuration};

/// One share, of an amount that is made of what the order tells, so that a wrong fact is another amount.
#[derive(Clone, Copy)]
struct Told {
    line: Symbol,
    buyer: Symbol,
    seller: Symbol,
}

/// The number of bytes of a text, and 1,000 where it does not begin as it should.
fn bytes(text: Option<&[u8]>, start: u8) -> i64 {
    text.map_or(
        1_000,
        |text| if text.first() == Some(&start) { text.len().cast_signed() as i64 } else { 1_000 },
    )
}

impl Policy for Told {
    fn configure(config: &Config) -> Configured<Self> {
        Ok(Self { line: config.word("L1"), buyer: config.word("buyer"), seller: config.word("s1") })
    }

    fn shares(&self, order: &Order) -> Decided<Share> {
        let mut buffer = [0; 16];
        let (line, seller) = (order.lines().next(), order.seller());
        let (Some(line), Some(seller)) = (line, seller) else { return Decided::none() };
        let known = line.id() == self.line && order.buyer().id() == self.buyer && seller.id() == self.seller;
        if !known {
            return Decided::refuse("an id is not what the order says");
        }
        let amounts = [
            order.discount_minor(),
            order.shipping_minor(),
            order.quantity(),
            order.currency_exponent(),
            line.discount_minor(),
            line.tax_minor(),
            line.cost_minor().unwrap_or(-1),
            line.floor_minor(),
            bytes(order.id_text(&mut buffer), b'A'),
            bytes(order.source_text(&mut buffer), b'w'),
            bytes(line.id_text(&mut buffer), b'L'),
            bytes(line.category_text(&mut buffer), b't'),
            bytes(seller.role_text(&mut buffer), b's'),
            seller.tier_text(&mut buffer).map_or(0, |_| 1_000),
        ];
        let coupons = order.coupons().map(|coupon| {
            bytes(coupon.kind_text(&mut buffer), b'w')
                + bytes(coupon.issuer_text(&mut buffer), b'm')
                + bytes(coupon.giver_text(&mut buffer), b'p')
        });
        let told: i64 = amounts.iter().sum::<i64>() + coupons.sum::<i64>();
        share(seller).fixed(told).because("all that is told").into()
    }
}

#[test]
fn every_fact_is_what_the_order_says() {
    let order = Facts::order_from("A12", "wechat")
        .line_of("L1", Some("tea"), 3, 1_000)
        .line_with(LineField::Discount, 100_000)
        .line_with(LineField::Tax, 200_000)
        .line_with(LineField::Cost, 400_000)
        .line_with(LineField::Floor, 800_000)
        .with(OrderField::Discount, 10_000_000)
        .with(OrderField::Shipping, 20_000_000)
        .seller("s1")
        .coupon("C1", "welcome", "mart", "partner");
    // 30 million and 1.5 million, 3 units, 2 decimals; then the bytes of texts: 3 + 6 + 2 + 3 + 6, and 7 + 4 + 7.
    let told = order.shares::<Told>(&configuration()).unwrap();
    assert_eq!(told, ["seller s1: fixed 31500043, all that is told"]);
}
