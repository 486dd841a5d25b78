//! Reads the sets of lines that effects name.
//!
//! Invariant: a set that names a line which does not exist is a violation, never a smaller set.

use fenrun_abi::host::{Asked, LineSet};

use super::Violation;
use crate::{cart::Cart, decision::LineRange, event::LineKind};

/// The lines of a set, by index, with its name; or what is wrong with it.
pub(crate) fn resolve(
    policy: &str,
    asked: &Asked,
    set: LineSet,
    cart: &Cart,
) -> Result<(LineRange, Vec<usize>), Violation> {
    let of_kind = |kind: LineKind| {
        let mut members = Vec::with_capacity(cart.lines.len());
        let lines = cart.lines.iter().enumerate();
        members.extend(lines.filter(|(_, line)| line.kind == kind).map(|(index, _)| index));
        members
    };
    let unknown = |what: String| {
        let message = format!("{what}, the order has {} lines", cart.lines.len());
        Violation::new("unknown_lines", Some(policy), message)
    };
    match set {
        LineSet::AllGoods => Ok((LineRange::AllGoods, of_kind(LineKind::Goods))),
        LineSet::Shipping => Ok((LineRange::Shipping, of_kind(LineKind::Shipping))),
        LineSet::Line(index) if index < cart.lines.len() => Ok((LineRange::Lines(vec![index]), vec![index])),
        LineSet::Line(index) => Err(unknown(format!("an effect names line {index}"))),
        LineSet::Group(number) => match asked.groups.get(number) {
            None => Err(unknown(format!("an effect names group {number}, which was not made"))),
            Some(group) => match group.highest() {
                Some(highest) if highest >= cart.lines.len() => {
                    Err(unknown(format!("group {number} names line {highest}")))
                }
                _ => {
                    let members: Vec<usize> =
                        (0..cart.lines.len()).filter(|index| group.contains(*index)).collect();
                    Ok((LineRange::Lines(members.clone()), members))
                }
            },
        },
        LineSet::None => Err(unknown("an effect names no lines".into())),
        LineSet::Unknown(handle) => Err(unknown(format!("an effect names the set of lines {handle}"))),
    }
}
