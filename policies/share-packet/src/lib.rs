//! Who has bought gets packets to share; who takes one gets a coupon for the next order.
//!
//! Each person takes one, nobody takes the own, and only who holds a packet can give one. That each packet goes once is
//! the identity of the event that tells it.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct SharePacket {
    from_minor: i64,
    packets: i64,
    packet: Symbol,
    packet_days: u32,
    taken: Kind,
    coupon: Symbol,
    coupon_days: u32,
}

impl Policy for SharePacket {
    fn configure(config: &Config) -> Configured<Self> {
        let days = |name| config.integer(name).map(|days| u32::try_from(days).unwrap_or(u32::MAX));
        Ok(Self {
            from_minor: config.amount("from")?,
            packets: config.integer("packets")?,
            packet: config.symbol("packet")?,
            packet_days: days("packet_days")?,
            taken: Kind::of(config.symbol("taken")?),
            coupon: config.symbol("coupon")?,
            coupon_days: days("coupon_days")?,
        })
    }

    fn grants(&self, occasion: &Occasion) -> Decided<GrantsEffect> {
        match occasion.kind() {
            Kind::ORDER_PAID => self.bought(occasion).into(),
            kind if kind == self.taken => self.took(occasion).into(),
            _ => Decided::none(),
        }
    }
}

impl SharePacket {
    fn bought(&self, occasion: &Occasion) -> Option<Grant> {
        let paid_minor = occasion.order()?.amount(BaseKind::Paid)?;
        let packets = grant(self.packet, self.packets).to_buyer().expires_in(self.packet_days);
        (paid_minor >= self.from_minor.max(1)).then(|| packets.because("packets to share, for this order"))
    }

    fn took(&self, occasion: &Occasion) -> Result<Option<GrantsEffect>, &'static str> {
        let giver = occasion.party().ok_or("it is not said who shared the packet")?;
        if giver.is_buyer() {
            return Err("nobody takes the own packet");
        }
        if giver.held(self.packet) < 1 {
            return Err("who shared it has no packet left");
        }
        if occasion.buyer().earned(self.coupon) > 0 {
            return Err("each person takes one packet");
        }
        let coupon = grant(self.coupon, 1).to_buyer().expires_in(self.coupon_days);
        Ok(Some(coupon.because("took a packet").into()))
    }
}

policy!(SharePacket, hooks: [grants], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::SharePacket;
    use fenrun_sdk::testing::{Configuration, Facts, PartyField, configuration};

    /// The manifest's defaults, as the engine hands them over.
    fn five() -> Configuration {
        configuration()
            .number("from", 0)
            .number("packets", 5)
            .text("packet", "packets")
            .number("packet_days", 3)
            .text("taken", "packet.taken")
            .text("coupon", "coupon/NEXT-ORDER")
            .number("coupon_days", 30)
    }

    fn taken() -> Facts {
        taken_of(5)
    }

    fn taken_of(held: i64) -> Facts {
        Facts::of_event("packet.taken")
            .party("b1", "consumer")
            .concerning("b1")
            .party_holds("packets", held, 5)
    }

    fn asked(facts: &Facts) -> Result<Vec<String>, String> {
        facts.grants::<SharePacket>(&five())
    }

    #[test]
    fn only_who_has_bought_gets_packets() {
        let order = |paid_minor| Facts::order("A1").line("1", 1, paid_minor);
        assert_eq!(
            asked(&order(1)).unwrap(),
            ["buyer: 5 packets for 3 days, packets to share, for this order"]
        );
        assert!(asked(&order(0)).unwrap().is_empty());
        let from = |paid_minor| {
            order(paid_minor).grants::<SharePacket>(&five().number("from", 10_000)).unwrap().len()
        };
        assert_eq!((from(9_999), from(10_000)), (0, 1));
        assert!(asked(&Facts::of_event("check_in")).unwrap().is_empty());
    }

    #[test]
    fn who_takes_one_gets_a_coupon_once() {
        assert_eq!(asked(&taken()).unwrap(), ["buyer: 1 coupon/NEXT-ORDER for 30 days, took a packet"]);
        // Used up or expired, it was still taken.
        let again = taken().buyer_holds("coupon/NEXT-ORDER", 0, 1);
        assert_eq!(asked(&again).unwrap_err(), "refused: each person takes one packet");
    }

    #[test]
    fn nobody_gives_what_is_not_there() {
        let none = taken_of(0);
        assert_eq!(asked(&none).unwrap_err(), "refused: who shared it has no packet left");
        let own = taken().party_with(PartyField::IsBuyer, 1);
        assert_eq!(asked(&own).unwrap_err(), "refused: nobody takes the own packet");
        let nobody = asked(&Facts::of_event("packet.taken")).unwrap_err();
        assert_eq!(nobody, "refused: it is not said who shared the packet");
    }
}
