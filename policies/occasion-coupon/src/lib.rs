//! A set amount off on the buyer's birthday and on holidays, and some days after.
//!
//! The rule of a hot-pot chain. The day is the order's, in the program's time zone. That it is used once, the coupon says
//! that the program names.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct OccasionCoupon {
    amount_minor: i64,
    from_minor: i64,
    days: i64,
    birthday: Option<(Symbol, Symbol)>,
    holidays: List<(i64, i64), 24>,
    categories: List<Symbol, 16>,
}

impl Policy for OccasionCoupon {
    fn configure(config: &Config) -> Configured<Self> {
        let holidays: List<(i64, i64), 24> =
            config.list("holidays", |day| Ok((day.integer("month")?, day.integer("day")?)))?;
        if holidays.iter().any(|date| in_calendar(date).is_none()) {
            return Err(Refusal::new("a holiday is on a day that no calendar has"));
        }
        let attributes = (config.word("birth_month"), config.word("birth_day"));
        Ok(Self {
            amount_minor: config.amount("amount")?,
            from_minor: config.amount("from")?,
            days: config.integer("days")?,
            birthday: config.flag("birthday")?.then_some(attributes),
            holidays,
            categories: config.symbols("categories")?,
        })
    }

    fn discounts(&self, order: &Order) -> Decided<Discount> {
        let (goods, price_minor) = order.goods_in(&self.categories);
        let reason = self.occasion(order).filter(|_| price_minor >= self.from_minor.max(1));
        reason.map(|reason| discount(goods).amount(self.amount_minor).because(reason)).into()
    }
}

impl OccasionCoupon {
    fn occasion(&self, order: &Order) -> Option<&'static str> {
        let birthday = self.birthday.and_then(|(month, day)| {
            let buyer = order.buyer();
            Some((buyer.attribute(month).number()?, buyer.attribute(day).number()?))
        });
        if birthday.is_some_and(|date| self.is_open(order, date)) {
            return Some("the buyer's birthday");
        }
        self.holidays.iter().any(|date| self.is_open(order, date)).then_some("a holiday")
    }

    /// Whether the order is on the day or within the days after it. A date that no calendar has is never open.
    fn is_open(&self, order: &Order, date: (i64, i64)) -> bool {
        in_calendar(date).is_some_and(|(month, day)| order.time().days_since_last(month, day) < self.days)
    }
}

/// Days of each month, of a leap year's February.
const DAYS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// A month and a day, where some year has them.
fn in_calendar((month, day): (i64, i64)) -> Option<(u32, u32)> {
    let (month, day) = (u32::try_from(month).ok()?, u32::try_from(day).ok()?);
    let days = DAYS.get(usize::try_from(month).ok()?.checked_sub(1)?)?;
    (1..=*days).contains(&day).then_some((month, day))
}

policy!(OccasionCoupon, hooks: [discounts], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::OccasionCoupon;
    use fenrun_sdk::testing::{Configuration, Facts, configuration};

    /// The manifest's defaults, as the engine hands them over.
    fn hot_pot() -> Configuration {
        let days = [(5, 1), (10, 1)];
        let start = configuration()
            .number("amount", 5_000)
            .number("from", 0)
            .number("days", 7)
            .flag("birthday", true);
        (0..).zip(days).fold(
            start.length("holidays", 2).length("categories", 0),
            |all, (place, (month, day))| {
                all.number(&format!("holidays.{place}.month"), month)
                    .number(&format!("holidays.{place}.day"), day)
            },
        )
    }

    fn on(year: i64, month: i64, day: i64) -> Facts {
        Facts::order("A1").line_of("1", Some("hot pot"), 1, 20_000).date(year, month, day)
    }

    fn born(month: i64, day: i64, facts: Facts) -> Facts {
        facts.buyer_attribute("birth_month", month).buyer_attribute("birth_day", day)
    }

    /// The reason, where something is taken off.
    fn asked(facts: &Facts, configuration: &Configuration) -> Option<String> {
        let sentences = facts.discounts::<OccasionCoupon>(configuration).unwrap();
        sentences.first().map(|told| told.strip_prefix("amount 5000 of all goods, ").unwrap().to_owned())
    }

    fn is_birthday(month: i64, day: i64, facts: Facts) -> bool {
        asked(&born(month, day, facts), &hot_pot()).is_some()
    }

    #[test]
    fn a_birthday_is_open_for_its_days() {
        assert_eq!(asked(&born(3, 8, on(2026, 3, 8)), &hot_pot()).unwrap(), "the buyer's birthday");
        assert!(!is_birthday(3, 8, on(2026, 3, 7)));
        assert!(is_birthday(3, 8, on(2026, 3, 14)));
        assert!(!is_birthday(3, 8, on(2026, 3, 15)));
    }

    #[test]
    fn a_birthday_at_the_end_of_the_year_is_open_in_the_next() {
        assert!(is_birthday(12, 30, on(2027, 1, 5)));
        assert!(!is_birthday(12, 30, on(2027, 1, 6)));
    }

    #[test]
    fn the_29th_of_february_is_the_1st_of_march_where_there_is_none() {
        assert!(!is_birthday(2, 29, on(2026, 2, 28)));
        assert!(is_birthday(2, 29, on(2026, 3, 1)));
        assert!(is_birthday(2, 29, on(2028, 2, 29)));
    }

    #[test]
    fn holidays_are_everybodys() {
        assert_eq!(asked(&on(2026, 10, 1), &hot_pot()).unwrap(), "a holiday");
        assert_eq!(asked(&on(2026, 9, 30), &hot_pot()), None);
        assert!(
            asked(&born(10, 1, on(2026, 10, 1)), &hot_pot().flag("birthday", false)).unwrap() == "a holiday"
        );
        assert!(!is_birthday(13, 1, on(2026, 3, 1)) && !is_birthday(3, 0, on(2026, 3, 1)));
        assert!(!is_birthday(2, 30, on(2026, 3, 2)) && !is_birthday(0, 1, on(2026, 3, 1)));
    }

    #[test]
    fn exactly_the_least_is_enough() {
        let day = on(2026, 10, 1);
        assert!(asked(&day, &hot_pot().number("from", 20_000)).is_some());
        assert!(asked(&day, &hot_pot().number("from", 20_001)).is_none());
        let wine = hot_pot().length("categories", 1).text("categories.0", "wine");
        assert!(asked(&day, &wine).is_none());
    }
}
