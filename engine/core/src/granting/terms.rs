//! What the units of a grant came from, line by line.
//!
//! Invariant: bases are the order's as it was decided, so that a refund can run the same formula on what remains.

use fenrun_abi::{
    code::{Base, LineKind},
    field::LineField,
    host::{Asked, Facts, GrantTerm as Term, LineSet},
};
use fenrun_money::Rate;

use super::GrantTerm;
use crate::{decision::Allocated, guard::Violation};

/// The terms of a grant, with the base of each line.
pub(super) fn terms(
    policy: &str,
    facts: &Facts,
    asked: &Asked,
    terms: &[Term],
) -> Result<Vec<GrantTerm>, Violation> {
    terms.iter().map(|asked_term| term(policy, facts, asked, asked_term)).collect()
}

fn term(policy: &str, facts: &Facts, asked: &Asked, term: &Term) -> Result<GrantTerm, Violation> {
    let violation = |rule, message: String| Violation::new(rule, Some(policy), message);
    let (numerator, denominator) = (term.numerator, term.denominator);
    let rate = Rate::new(numerator, denominator).map_err(|error| {
        violation("malformed_ratio", format!("a grant of {numerator}/{denominator} of a base: {error}"))
    })?;
    let field = match Base::from_id(term.base) {
        Some(Base::List) => LineField::List,
        Some(Base::Paid) => LineField::Paid,
        Some(Base::ExTax) => LineField::ExTax,
        Some(Base::Margin) => LineField::Margin,
        Some(Base::Net) => LineField::Net,
        Some(Base::Left) | None => {
            let message = format!("a grant of the base {}, which no grant may have", term.base);
            return Err(violation("unknown_base", message));
        }
    };
    let goods = |line: usize| facts.line(line, LineField::Kind) == Some(i64::from(LineKind::Goods.id()));
    let member = |line: usize| match term.lines {
        LineSet::AllGoods => goods(line),
        LineSet::Line(one) => one == line && goods(line),
        LineSet::Group(group) => {
            asked.groups.get(group).is_some_and(|group| group.contains(line)) && goods(line)
        }
        LineSet::Shipping | LineSet::None | LineSet::Unknown(_) => false,
    };
    let bases = (0..facts.line_count()).filter(|line| member(*line)).map(|line| {
        // What is sold at a loss counts as nothing; what is not known, too: then no unit is kept for it.
        Allocated { line, amount_minor: facts.line(line, field).unwrap_or(0).max(0) }
    });
    Ok(GrantTerm { bases: bases.collect(), rate })
}
