//! The functions of a module: how large they are, and which fields of the facts they can read.
//!
//! Invariant: one pass over each body, no memory beyond the nesting.

use fenrun_abi::code::Holding;
use fenrun_abi::field::{CouponField, EventField, LineField, OrderField, PartyField, PeriodField};
use fenrun_abi::host::Reads;
use wasmparser::{BlockType, FunctionBody, Operator};

use super::footprint::Trace;
use super::operator::{Refusal, UNREAD_SIMD};
use super::shape::{Most, Shape, count};

/// The first byte of every vector operator.
const SIMD_PREFIX: u8 = 0xfd;

/// Sums and maxima over all bodies.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    /// Bodies seen so far.
    seen: u32,
    pub(super) section_bytes: u64,
    pub(super) bytes: Most,
    pub(super) locals: Most,
    pub(super) locals_total: u64,
    pub(super) operators: Most,
    pub(super) nesting: Most,
    pub(super) branch_targets: Most,
    pub(super) merges: u64,
    pub(super) pressure: u64,
    pub(super) reads: ReadsFound,
    /// One for each body, in their order.
    pub(super) traces: Vec<Trace>,
}

/// What the operators of one body add up to.
#[derive(Debug, Default)]
struct Body {
    operators: u64,
    depth: u64,
    nesting: u64,
    /// The depths of all blocks, added up.
    depths: u64,
    branch_targets: u64,
    /// Blocks and branch targets: where a compiler may merge values.
    joins: u64,
}

/// The fields that the calls of a module can read.
#[derive(Debug, Default)]
pub(super) struct ReadsFound {
    pub(super) direct: Reads,
    /// Functions that are in a table; those of them that are imported can be called with anything.
    escaped: Vec<u32>,
}

impl ReadsFound {
    /// Notes a function that can be called through a table.
    pub(super) fn escape(&mut self, function: u32) {
        self.escaped.push(function);
    }

    /// The functions that are in a table.
    pub(super) fn escaped(&self) -> &[u32] {
        &self.escaped
    }
}

/// An operand of a call, as far as the operator before tells.
#[derive(Clone, Copy, Debug, Default)]
enum Operand {
    /// A constant.
    Constant(i32),
    /// Exactly one value that is not known here.
    Unknown,
    /// Anything else: the stack is not followed further.
    #[default]
    Other,
}

impl Operand {
    fn of(operator: &Operator<'_>) -> Self {
        match operator {
            Operator::I32Const { value } => Self::Constant(*value),
            Operator::I64Const { .. } | Operator::LocalGet { .. } | Operator::GlobalGet { .. } => {
                Self::Unknown
            }
            _ => Self::Other,
        }
    }

    fn constant(self) -> Option<i32> {
        if let Self::Constant(value) = self { Some(value) } else { None }
    }
}

/// The last four operands, the latest last: as many as `lines` has parameters.
type Window = [Operand; 4];

impl<'a> Shape<'a> {
    /// Looks at a body.
    pub(super) fn body(&mut self, body: &FunctionBody<'a>) -> wasmparser::Result<()> {
        let imported = u32::try_from(self.imported_functions.len()).unwrap_or(u32::MAX);
        let function = imported.saturating_add(self.bodies.seen);
        self.bodies.seen = self.bodies.seen.saturating_add(1);
        let parameters = self.function_type_of(function).map_or(0, |found| count(found.params().len()));
        let mut locals = parameters;
        for run in body.get_locals_reader()? {
            let (length, content) = run?;
            locals = locals.saturating_add(u64::from(length));
            self.value_type(content, || format!("the locals of function {function}"));
        }
        let found = self.operators(body, function)?;
        let bodies = &mut self.bodies;
        bodies.bytes.see(count(body.range().len()), function);
        bodies.locals.see(locals, function);
        bodies.locals_total = bodies.locals_total.saturating_add(locals);
        bodies.operators.see(found.operators, function);
        bodies.nesting.see(found.nesting, function);
        bodies.branch_targets.see(found.branch_targets, function);
        bodies.merges = bodies.merges.saturating_add(found.joins.saturating_mul(locals));
        let pressure = found.depths.saturating_mul(locals.saturating_mul(locals));
        bodies.pressure = bodies.pressure.saturating_add(pressure);
        Ok(())
    }

    fn operators(&mut self, body: &FunctionBody<'a>, function: u32) -> wasmparser::Result<Body> {
        let mut found = Body::default();
        let mut trace = Trace::default();
        let mut window = Window::default();
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let at = operators.original_position();
            let operator = match operators.read() {
                Ok(operator) => operator,
                Err(error) => {
                    let first = at.checked_sub(body.range().start).and_then(|at| body.as_bytes().get(at));
                    if first == Some(&SIMD_PREFIX) {
                        // The parser may have been built without vectors; where the body goes on is not known.
                        self.refuse(Refusal::Simd, || UNREAD_SIMD.name(), Some(function));
                        return Ok(found);
                    }
                    return Err(error);
                }
            };
            self.operator(&operator, Some(function));
            if let Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } =
                operator
                && let BlockType::Type(content) = blockty
            {
                self.value_type(content, || format!("a block of function {function}"));
            }
            if let Operator::Call { function_index } = operator {
                self.call(function_index, window);
            }
            let [_, second, third, last] = window;
            window = [second, third, last, Operand::of(&operator)];
            found.see(&operator);
            trace.see(&operator);
        }
        self.bodies.traces.push(trace);
        Ok(found)
    }

    /// Notes which fields a call can read: the field is a constant right before the call, or it may be any.
    fn call(&mut self, function: u32, window: Window) {
        let Some(name) = self.imported_name(function) else { return };
        let [first, second, third, last] = window;
        let four_operands = ![second, third, last].iter().any(|operand| matches!(operand, Operand::Other));
        let field = match name {
            "order" | "line" | "party" | "coupon" | "period" | "event" | "holding" => last.constant(),
            "lines" => first.constant().filter(|_| four_operands),
            _ => return,
        };
        add(&mut self.bodies.reads.direct, name, field);
    }

    fn imported_name(&self, function: u32) -> Option<&'a str> {
        let at = usize::try_from(function).ok()?;
        self.imported_functions.get(at).map(|(name, _)| *name)
    }

    /// Every field that the module can read, whatever happens.
    pub(super) fn reads(&self) -> Reads {
        let mut reads = self.bodies.reads.direct;
        for name in self.bodies.reads.escaped.iter().filter_map(|function| self.imported_name(*function)) {
            add(&mut reads, name, None);
        }
        reads
    }
}

/// Adds a field that a call of an import can read; without a field, all of them. A number that is no field reads none:
/// the call fails.
fn add(reads: &mut Reads, import: &str, field: Option<i32>) {
    let all =
        |fields: usize| u64::MAX >> u64::BITS.saturating_sub(u32::try_from(fields).unwrap_or(u64::BITS));
    let bit = |slot: Option<usize>| {
        slot.and_then(|slot| u32::try_from(slot).ok()).and_then(|slot| 1_u64.checked_shl(slot)).unwrap_or(0)
    };
    let bits = |fields: usize, slot: &dyn Fn(i32) -> Option<usize>| match field {
        Some(id) => bit(slot(id)),
        None => all(fields),
    };
    match import {
        "order" => {
            reads.order |= bits(OrderField::COUNT, &|id| OrderField::from_id(id).map(OrderField::slot))
        }
        "line" | "lines" => {
            reads.line |= bits(LineField::COUNT, &|id| LineField::from_id(id).map(LineField::slot));
        }
        "party" => {
            reads.party |= bits(PartyField::COUNT, &|id| PartyField::from_id(id).map(PartyField::slot))
        }
        "coupon" => {
            reads.coupon |= bits(CouponField::COUNT, &|id| CouponField::from_id(id).map(CouponField::slot));
        }
        "period" => {
            reads.period |= bits(PeriodField::COUNT, &|id| PeriodField::from_id(id).map(PeriodField::slot));
        }
        "event" => {
            reads.event |= bits(EventField::COUNT, &|id| EventField::from_id(id).map(EventField::slot));
        }
        "holding" => {
            let slot = |id| Holding::from_id(id).and_then(|holding| usize::try_from(holding.id()).ok());
            reads.holding |= bits(Holding::ALL.len(), &slot);
        }
        _ => {}
    }
}

impl Body {
    fn see(&mut self, operator: &Operator<'_>) {
        self.operators = self.operators.saturating_add(1);
        let joins = match operator {
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::Try { .. }
            | Operator::TryTable { .. } => {
                self.depth = self.depth.saturating_add(1);
                self.nesting = self.nesting.max(self.depth);
                self.depths = self.depths.saturating_add(self.depth);
                1
            }
            Operator::End => {
                self.depth = self.depth.saturating_sub(1);
                0
            }
            Operator::Br { .. } | Operator::BrIf { .. } | Operator::Else => 1,
            Operator::BrTable { targets } => {
                let targets = u64::from(targets.len());
                self.branch_targets = self.branch_targets.max(targets);
                targets.saturating_add(1)
            }
            _ => 0,
        };
        self.joins = self.joins.saturating_add(joins);
    }
}
