//! What a policy's calls cost, and a plane above them all: fuel ≤ a + b·lines + c·parties.
//!
//! Invariant: whole numbers only. The plane is fitted on one half of the calls and checked on the other; where it does not
//! hold there, that is said.

use std::collections::BTreeMap;

use fenrun_abi::code::Hook;

/// Lines of an order that is long enough to tell what a line costs.
const LONG: u64 = 16;

/// The part of what does not depend on the order that is added for what the fitted calls did not show.
const ROOM: u64 = 8;

/// One call about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) lines: u64,
    pub(super) parties: u64,
    pub(super) fuel: u64,
}

/// The calls of one hook: those that the plane is fitted on, and those that it is checked on.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls {
    fitted: Vec<Call>,
    checked: Vec<Call>,
}

/// What the calls of one hook cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HookFuel {
    /// The hook.
    pub hook: Hook,
    /// The most that any call cost.
    pub largest: u64,
    /// Lines of that call's order.
    pub largest_lines: u64,
    /// Parties of that call's order.
    pub largest_parties: u64,
    /// Fuel ≤ base + for each line + for each party.
    pub envelope: Envelope,
    /// On so many calls it was fitted.
    pub fitted: usize,
    /// On so many others it was checked.
    pub checked: usize,
    /// So many of those cost more.
    pub above: usize,
    /// By at most so much.
    pub above_max: u64,
    /// The first number of lines with which the envelope passes the fuel limit, with as many parties as were seen; `None`
    /// where no order can have so many.
    pub lines_at_limit: Option<u64>,
}

/// A plane above the calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Envelope {
    /// Whatever the order.
    pub base: u64,
    /// For each line.
    pub line: u64,
    /// For each party.
    pub party: u64,
}

impl Envelope {
    /// What a call costs at most.
    #[must_use]
    pub fn at(self, lines: u64, parties: u64) -> u64 {
        let Envelope { base, line, party } = self;
        base.saturating_add(line.saturating_mul(lines)).saturating_add(party.saturating_mul(parties))
    }

    /// A plane with the slopes of least squares, rounded up, and by lines with that of the dearest long order where it is
    /// steeper; raised until no call is above it, and by a little more.
    fn above(calls: &[Call]) -> Envelope {
        let (line, party) = slopes(&dearest(calls));
        let least = calls.iter().map(|call| call.fuel).min().unwrap_or(0);
        let steep = calls.iter().filter(|call| call.lines >= LONG).filter_map(|call| {
            let parties = party.saturating_mul(call.parties);
            let grown = call.fuel.saturating_sub(parties).saturating_sub(least);
            Some(grown.div_ceil(call.lines.checked_sub(1)?))
        });
        let plane = Envelope { base: 0, line: steep.max().unwrap_or(0).max(line), party };
        let over = |call: &Call| call.fuel.saturating_sub(plane.at(call.lines, call.parties));
        let base = calls.iter().map(over).max().unwrap_or(0);
        Envelope { base: base.saturating_add(base.div_ceil(ROOM)), ..plane }
    }
}

impl Calls {
    /// Keeps a call, by turns to fit on and to check on.
    pub(super) fn add(&mut self, call: Call, fits: bool) {
        if fits { self.fitted.push(call) } else { self.checked.push(call) }
    }

    /// What they cost. Nothing where there is none.
    pub(super) fn told(&self, hook: Hook, limit: u64, lines_max: u64) -> Option<HookFuel> {
        let all = || self.fitted.iter().chain(&self.checked);
        let largest = all().max_by_key(|call| call.fuel)?;
        let envelope = Envelope::above(&self.fitted);
        let over =
            self.checked.iter().map(|call| call.fuel.saturating_sub(envelope.at(call.lines, call.parties)));
        let over: Vec<u64> = over.filter(|over| *over > 0).collect();
        let parties = all().map(|call| call.parties).max().unwrap_or(0);
        let left = limit.saturating_sub(envelope.at(0, parties));
        let lines = left.checked_div(envelope.line).map(|lines| lines.saturating_add(1));
        Some(HookFuel {
            hook,
            largest: largest.fuel,
            largest_lines: largest.lines,
            largest_parties: largest.parties,
            envelope,
            fitted: self.fitted.len(),
            checked: self.checked.len(),
            above: over.len(),
            above_max: over.into_iter().max().unwrap_or(0),
            lines_at_limit: lines.filter(|lines| *lines <= lines_max),
        })
    }
}

/// Of calls about as many lines and parties the dearest, because the plane is to lie above all.
fn dearest(calls: &[Call]) -> Vec<Call> {
    let mut dearest: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    for call in calls {
        let fuel = dearest.entry((call.lines, call.parties)).or_default();
        *fuel = call.fuel.max(*fuel);
    }
    dearest.into_iter().map(|((lines, parties), fuel)| Call { lines, parties, fuel }).collect()
}

/// The slopes of least squares by lines and by parties, rounded up and never below zero.
fn slopes(calls: &[Call]) -> (u64, u64) {
    let count = i128::try_from(calls.len()).unwrap_or(0);
    let of = |value: fn(&Call) -> u64| calls.iter().map(move |call| i128::from(value(call)));
    let sum = |values: &mut dyn Iterator<Item = i128>| values.fold(0_i128, i128::saturating_add);
    // Each sum of products about the means, times the number of calls, so that it stays whole.
    let about = |one: fn(&Call) -> u64, other: fn(&Call) -> u64| {
        let products = sum(&mut of(one).zip(of(other)).map(|(one, other)| one.saturating_mul(other)));
        products.saturating_mul(count).saturating_sub(sum(&mut of(one)).saturating_mul(sum(&mut of(other))))
    };
    let (lines, parties, fuel) =
        (|call: &Call| call.lines, |call: &Call| call.parties, |call: &Call| call.fuel);
    let (ll, pp, lp) = (about(lines, lines), about(parties, parties), about(lines, parties));
    let (lf, pf) = (about(lines, fuel), about(parties, fuel));
    let determinant = ll.saturating_mul(pp).saturating_sub(lp.saturating_mul(lp));
    let up = |numerator: i128, denominator: i128| {
        let whole = numerator.checked_div(denominator).unwrap_or(0);
        let rest = numerator.checked_rem(denominator).unwrap_or(0);
        u64::try_from(whole.saturating_add(i128::from(rest > 0))).unwrap_or(0)
    };
    if determinant > 0 {
        let line = lf.saturating_mul(pp).saturating_sub(pf.saturating_mul(lp));
        let party = pf.saturating_mul(ll).saturating_sub(lf.saturating_mul(lp));
        return (up(line, determinant), up(party, determinant));
    }
    // Where one of the two never varies, only the other can tell.
    (if ll > 0 { up(lf, ll) } else { 0 }, if ll == 0 && pp > 0 { up(pf, pp) } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::{Call, Calls, Envelope};
    use fenrun_abi::code::Hook;

    fn calls(fuel: impl Fn(u64, u64) -> u64) -> Calls {
        let mut calls = Calls::default();
        for (turn, (lines, parties)) in
            (1..=60).flat_map(|lines| (0..4).map(move |parties| (lines, parties))).enumerate()
        {
            let call = Call { lines, parties, fuel: fuel(lines, parties) };
            calls.add(call, turn % 2 == 0);
        }
        calls
    }

    #[test]
    fn a_plane_is_found_exactly_and_holds() {
        let told =
            calls(|lines, parties| 100 + 7 * lines + 40 * parties).told(Hook::Shares, 5_000, 1_000).unwrap();
        // 100, and an eighth of it for what was not seen.
        assert_eq!(told.envelope, Envelope { base: 113, line: 7, party: 40 });
        assert_eq!((told.largest, told.largest_lines, told.largest_parties), (640, 60, 3));
        assert_eq!((told.fitted, told.checked, told.above), (120, 120, 0));
        // 113 + 3 × 40 leaves 4,767, which is 681 lines of 7.
        assert_eq!(told.lines_at_limit, Some(682));
        assert!(told.envelope.at(681, 3) <= 5_000 && told.envelope.at(682, 3) > 5_000);
        let no_limit = calls(|lines, _| lines).told(Hook::Shares, 5_000, 1_000).unwrap();
        assert_eq!(no_limit.lines_at_limit, None);
    }

    #[test]
    fn what_grows_faster_than_a_plane_is_said_to_be_above_it() {
        let mut steep = Calls::default();
        for lines in 1..=20 {
            steep.add(Call { lines, parties: 0, fuel: lines * lines }, true);
        }
        steep.add(Call { lines: 100, parties: 0, fuel: 10_000 }, false);
        let told = steep.told(Hook::Shares, 5_000_000, 1_000).unwrap();
        // 21 for each line, both by least squares of 1 to 400 and from the first to the last; nothing is above it there.
        assert_eq!(told.envelope, Envelope { base: 0, line: 21, party: 0 });
        assert_eq!((told.above, told.above_max), (1, 10_000 - 2_100));
    }

    #[test]
    fn calls_that_all_cost_the_same_have_a_flat_plane() {
        let told = calls(|_, _| 8).told(Hook::Grants, 5_000_000, 1_000).unwrap();
        assert_eq!((told.envelope, told.lines_at_limit), (Envelope { base: 9, line: 0, party: 0 }, None));
    }
}
