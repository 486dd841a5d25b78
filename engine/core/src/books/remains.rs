//! What remains of a decided order when money goes back, without any ledger.
//!
//! Invariant: the arithmetic is the lot's own, so what a trial says of a refund is what the books would post.

use fenrun_money::{Overflow, decimal::format_minor};

use super::caps;
use super::lot::{Dispute, Lot, Reduction, Stage, parts};
use crate::decision::Decision;
use crate::event::Event;
use crate::profile::GuardProfile;

/// A decided order and what went back of it since.
///
/// ```
/// use fenrun::books::OrderRemains;
/// # use fenrun::{Engine, EngineOptions, Outcome};
/// # use fenrun::event::{Event, Expectations};
/// # use fenrun::history::NoHistory;
/// # use fenrun::program::{PolicySource, ProgramFile};
/// # use fenrun_money::Currency;
/// # let program = "merchant='m'\ncurrency='CNY'\ntime_zone='UTC'\nguard='cn'\n[[policy]]\nname='seller'\nuse='seller-share'\nconfiguration={rate='20%'}";
/// # let modules = |_: &PolicySource| Ok(wat::parse_str(include_str!("../../examples/seller-share.wat")).unwrap());
/// # let engine = Engine::new(EngineOptions::default())?;
/// # let program = engine.load(ProgramFile::parse(program, "m.toml")?.into_definition(), &modules)?;
/// let expect = program.expectations();
/// let paid = r#"{"kind":"order.paid","order":"A1","time":"2026-03-01T10:00:00Z","currency":"CNY",
///     "buyer":{"id":"b1"},"seller":"s1","lines":[{"id":"1","quantity":1,"price":"9.99"}]}"#;
/// let back = r#"{"kind":"order.refunded","refund":"R1","order":"A1","time":"2026-03-02T10:00:00Z",
///     "currency":"CNY","lines":[{"id":"1","amount":"9.90"}]}"#;
/// let (paid, back) = (Event::parse(paid, &expect)?, Event::parse(back, &expect)?);
/// let Outcome::Decided(decision) = engine.decide(&program, &paid, &NoHistory) else { panic!() };
///
/// let mut remains = OrderRemains::of(&decision)?;
/// let taken = remains.take_back(&back)?;
/// assert_eq!((taken.refund_minor, taken.clawbacks[0].amount_minor), (9_90, 1_98)); // 1 of 199 is kept
///
/// // The money is gone: it cannot go back twice.
/// let error = remains.take_back(&back).unwrap_err();
/// assert_eq!(error.to_string(), "0.09 is left of what was paid for line `1`, 9.90 is to go back");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct OrderRemains {
    lot: Lot,
    exponent: u8,
    /// Whose caps are kept after refunds, where they are.
    guard: Option<GuardProfile>,
}

/// What an event took back of an order. Amounts are minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TakenBack {
    /// What goes back to the buyer.
    pub refund_minor: i64,
    /// What is taken back from shares.
    pub clawbacks: Vec<ShareClawback>,
    /// What funders of discounts get back, all together.
    pub funders_minor: i64,
    /// Goods paid that no longer count towards the seller's volume.
    pub goods_minor: i64,
    /// Whether the order is cancelled: its place in the buyer's count is free again.
    pub cancelled: bool,
}

/// What is taken back from one share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShareClawback {
    /// The share, by its place among the decision's shares that are not zero.
    pub share: usize,
    /// How much, in minor units.
    pub amount_minor: i64,
}

/// Why nothing was taken back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotTakenBack(String);

impl OrderRemains {
    /// An order as it was decided; nothing has gone back.
    ///
    /// # Errors
    ///
    /// [`Overflow`] where a share does not fit 64 bits, which no verified decision's does.
    pub fn of(decision: &Decision) -> Result<OrderRemains, Overflow> {
        Ok(OrderRemains {
            lot: Lot::of(decision, None, None)?,
            exponent: decision.currency.exponent(),
            guard: None,
        })
    }

    /// The same order under a guard profile, which may have more taken back where a refund lifts what is left above a cap.
    #[must_use]
    pub fn under(mut self, guard: &GuardProfile) -> OrderRemains {
        self.guard = Some(guard.clone());
        self
    }

    /// Takes back what an event says: `order.refunded`, `order.cancelled`, `dispute.opened` (which only notes what is
    /// disputed), `dispute.won` and `dispute.lost`. Any other event takes back nothing.
    ///
    /// # Errors
    ///
    /// [`NotTakenBack`] where the order has not got that much, or the dispute is not open; nothing has changed then.
    pub fn take_back(&mut self, event: &Event) -> Result<TakenBack, NotTakenBack> {
        let before: Vec<i64> = self.lot.shares.iter().map(|share| share.retained).collect();
        let cancelled = matches!(event, Event::OrderCancelled(_));
        if self.lot.stage == Stage::Cancelled {
            return Err(self.refused("was cancelled, nothing of it is left"));
        }
        let mut reduction = self.reduce(event)?;
        if let Some(guard) = &self.guard {
            let exponent = self.exponent;
            let show = |amount: i64| format_minor(amount, exponent).to_string();
            caps::after_refund(guard, &mut self.lot, &mut reduction, show)
                .map_err(|error| NotTakenBack(error.to_string()))?;
        }
        if cancelled {
            self.lot.stage = Stage::Cancelled;
        }
        let shares = self.lot.shares.iter().zip(before).enumerate();
        let clawbacks = shares.filter_map(|(share, (now, before))| {
            let amount_minor = before.saturating_sub(now.retained);
            (amount_minor > 0).then_some(ShareClawback { share, amount_minor })
        });
        Ok(TakenBack {
            refund_minor: reduction.refund,
            clawbacks: clawbacks.collect(),
            funders_minor: reduction.funders.iter().map(|(_, back)| *back).fold(0, i64::saturating_add),
            goods_minor: reduction.goods,
            cancelled,
        })
    }

    fn reduce(&mut self, event: &Event) -> Result<Reduction, NotTakenBack> {
        let exponent = self.exponent;
        let show = |amount: i64| format_minor(amount, exponent).to_string();
        let told = |error: super::lot::RefundError| NotTakenBack(error.to_string());
        match event {
            Event::OrderRefunded(refund) => {
                if refund.currency().code() != self.lot.currency {
                    let (is, found) = (&self.lot.currency, refund.currency());
                    return Err(self.refused(&format!("is in {is}, not in {found}")));
                }
                let shipping = refund.shipping_minor().unwrap_or(0);
                self.lot.refund(&parts(refund.lines()), shipping, show).map_err(told)
            }
            Event::OrderCancelled(_) => self.lot.refund_all().map_err(told),
            Event::DisputeOpened(opened) => {
                let lines = opened.lines().map(parts).unwrap_or_default();
                self.lot.disputes.insert(opened.dispute().to_owned(), Dispute { lines, open: true });
                Ok(Reduction::default())
            }
            Event::DisputeWon(won) => self.close(won.dispute()).map(|_| Reduction::default()),
            Event::DisputeLost(lost) => {
                let about = self.close(lost.dispute())?;
                self.lot.lose(&about).map_err(told)
            }
            _ => Ok(Reduction::default()),
        }
    }

    fn close(&mut self, dispute: &str) -> Result<Dispute, NotTakenBack> {
        match self.lot.disputes.get_mut(dispute) {
            Some(found) if found.open => {
                found.open = false;
                Ok(found.clone())
            }
            Some(_) => Err(NotTakenBack(format!("dispute `{dispute}` was closed before"))),
            None => Err(NotTakenBack(format!("dispute `{dispute}` was not opened"))),
        }
    }

    fn refused(&self, what: &str) -> NotTakenBack {
        NotTakenBack(format!("order `{}` {what}", self.lot.order))
    }
}
