//! The basic blocks of a function: runs of instructions that are entered only at the first and left only at the last.
//!
//! Invariant: pure; code that no branch can reach has no block, and every function has at least one.

use std::ops::Range;

use wasmparser::{FunctionBody, Operator, OperatorsReader};

/// A basic block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// The bytes of its instructions, as offsets into the module.
    pub(super) bytes: Range<usize>,
    /// Whether it ends by stopping the policy (`unreachable`): no case is expected to get there.
    pub(super) stops: bool,
}

/// Where the blocks of a function are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Blocks {
    /// The first instruction of the body.
    pub(super) entry: usize,
    /// In the order of the body; never empty.
    pub(super) all: Vec<Block>,
    /// Whether the first block is entered only by a call: not where the body begins with a loop.
    pub(super) begins_at_entry: bool,
}

/// A `block`, `loop` or `if` that is open, or the function itself.
struct Frame {
    kind: Kind,
    /// Whether its beginning can be reached.
    is_reachable: bool,
    /// Whether a branch that can be reached leads to its label.
    is_target: bool,
    /// Whether the first arm of an `if` runs into its end.
    arm_falls_through: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Block,
    Loop,
    If,
    Else,
}

struct Walk {
    frames: Vec<Frame>,
    /// Whether the next instruction can be reached.
    is_reachable: bool,
    /// Whether the next instruction begins a block.
    begins: bool,
    open: Option<Block>,
    found: Vec<Block>,
    begins_at_entry: bool,
}

impl Blocks {
    /// Finds the blocks of a body.
    pub(super) fn of(body: &FunctionBody<'_>) -> wasmparser::Result<Self> {
        let mut operators = body.get_operators_reader()?;
        let entry = operators.original_position();
        let mut walk = Walk {
            frames: vec![Frame::new(Kind::Block, true)],
            is_reachable: true,
            begins: true,
            open: None,
            found: Vec::new(),
            begins_at_entry: true,
        };
        while !operators.eof() {
            walk.step(&mut operators)?;
        }
        walk.close();
        if walk.found.is_empty() {
            let bytes = entry..body.range().end;
            walk.found.push(Block { bytes, stops: false });
        }
        Ok(Self { entry, all: walk.found, begins_at_entry: walk.begins_at_entry })
    }
}

impl Frame {
    fn new(kind: Kind, is_reachable: bool) -> Self {
        Self { kind, is_reachable, is_target: false, arm_falls_through: false }
    }
}

impl Walk {
    fn step(&mut self, operators: &mut OperatorsReader<'_>) -> wasmparser::Result<()> {
        let start = operators.original_position();
        let operator = operators.read()?;
        let end = operators.original_position();
        match operator {
            Operator::Nop => {}
            Operator::Block { .. } => self.frames.push(Frame::new(Kind::Block, self.is_reachable)),
            Operator::Loop { .. } => {
                self.frames.push(Frame::new(Kind::Loop, self.is_reachable));
                if self.open.is_none() && self.found.is_empty() {
                    self.begins_at_entry = false;
                }
                self.begin();
            }
            Operator::If { .. } => {
                self.instruction(start, end);
                self.frames.push(Frame::new(Kind::If, self.is_reachable));
                self.begin();
            }
            Operator::Else => self.other_arm(),
            Operator::End => self.end(),
            Operator::Br { relative_depth } => {
                self.instruction(start, end);
                self.target(relative_depth);
                self.leave(false);
            }
            Operator::BrIf { relative_depth } => {
                self.instruction(start, end);
                self.target(relative_depth);
                self.begin();
            }
            Operator::BrTable { targets } => {
                self.instruction(start, end);
                self.target(targets.default());
                for target in targets.targets() {
                    self.target(target?);
                }
                self.leave(false);
            }
            Operator::Return => {
                self.instruction(start, end);
                self.leave(false);
            }
            Operator::Unreachable => {
                self.instruction(start, end);
                self.leave(true);
            }
            _ => self.instruction(start, end),
        }
        Ok(())
    }

    /// An instruction that does something.
    fn instruction(&mut self, start: usize, end: usize) {
        if !self.is_reachable {
            return;
        }
        if self.begins || self.open.is_none() {
            self.close();
            self.open = Some(Block { bytes: start..end, stops: false });
            self.begins = false;
        }
        if let Some(block) = &mut self.open {
            block.bytes.end = end;
        }
    }

    /// The next instruction begins a block.
    fn begin(&mut self) {
        self.close();
        self.begins = true;
    }

    /// Nothing comes after the last instruction but what a branch leads to.
    fn leave(&mut self, stops: bool) {
        if let Some(block) = &mut self.open {
            block.stops = stops && self.is_reachable;
        }
        self.close();
        self.is_reachable = false;
    }

    fn close(&mut self) {
        self.found.extend(self.open.take());
    }

    fn target(&mut self, depth: u32) {
        let depth = usize::try_from(depth).unwrap_or(usize::MAX);
        let is_reachable = self.is_reachable;
        if let Some(frame) = self.frames.iter_mut().rev().nth(depth) {
            frame.is_target |= is_reachable;
        }
    }

    fn other_arm(&mut self) {
        let falls_through = self.is_reachable;
        if let Some(frame) = self.frames.last_mut() {
            frame.kind = Kind::Else;
            frame.arm_falls_through = falls_through;
            self.is_reachable = frame.is_reachable;
        }
        self.begin();
    }

    fn end(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        let falls_through = self.is_reachable;
        let is_joined = match frame.kind {
            Kind::Block => frame.is_target,
            // The label of a loop is its beginning.
            Kind::Loop => false,
            // Whoever does not take the only arm comes here.
            Kind::If => frame.is_target || frame.is_reachable,
            Kind::Else => frame.is_target || frame.arm_falls_through,
        };
        self.is_reachable = falls_through || is_joined;
        if is_joined {
            self.begin();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first broken expectation")]

    use wasmparser::{Parser, Payload};

    use super::Blocks;

    /// The blocks of the only function: how many there are, which of them stop, and whether the first is the entry.
    fn blocks(body: &str) -> (usize, Vec<usize>, bool) {
        let module = wat::parse_str(format!("(module (global $g (mut i32) (i32.const 0)) (func {body}))"));
        let module = module.unwrap();
        for payload in Parser::new(0).parse_all(&module) {
            if let Payload::CodeSectionEntry(body) = payload.unwrap() {
                let found = Blocks::of(&body).unwrap();
                let stops = found.all.iter().enumerate().filter(|(_, block)| block.stops);
                return (found.all.len(), stops.map(|(place, _)| place).collect(), found.begins_at_entry);
            }
        }
        panic!("no function")
    }

    const SET: &str = "(global.set $g (i32.const 1))";
    const GET: &str = "(global.get $g)";

    #[test]
    fn a_straight_line_is_one_block() {
        assert_eq!(blocks(""), (1, vec![], true));
        assert_eq!(blocks("nop nop"), (1, vec![], true));
        assert_eq!(blocks(SET), (1, vec![], true));
        // Nothing branches to the end of this one, so it does not split the line.
        assert_eq!(blocks(&format!("{SET} (block {SET}) {SET}")), (1, vec![], true));
    }

    #[test]
    fn a_condition_has_its_arms_and_what_comes_after() {
        assert_eq!(blocks(&format!("(if {GET} (then {SET}))")), (2, vec![], true));
        assert_eq!(blocks(&format!("(if {GET} (then {SET})) {SET}")), (3, vec![], true));
        assert_eq!(blocks(&format!("(if {GET} (then {SET}) (else {SET})) {SET}")), (4, vec![], true));
        // An arm without an instruction is no block.
        assert_eq!(blocks(&format!("(if {GET} (then) (else {SET})) {SET}")), (3, vec![], true));
    }

    #[test]
    fn a_branch_ends_a_block_and_its_target_begins_one() {
        assert_eq!(blocks(&format!("(block (br_if 0 {GET}) {SET}) {SET}")), (3, vec![], true));
        assert_eq!(blocks(&format!("(block (block (br_table 0 1 {GET})) {SET}) {SET}")), (3, vec![], true));
        assert_eq!(blocks(&format!("{SET} (loop {SET} (br_if 0 {GET})) {SET}")), (3, vec![], true));
    }

    #[test]
    fn a_function_that_begins_with_a_loop_is_entered_before_it() {
        assert_eq!(blocks(&format!("(loop {SET} (br_if 0 {GET}))")), (1, vec![], false));
        assert_eq!(blocks(&format!("(loop (loop {SET} (br_if 1 {GET})))")), (1, vec![], false));
    }

    #[test]
    fn what_cannot_be_reached_is_no_block() {
        assert_eq!(blocks(&format!("(return) {SET} {SET}")), (1, vec![], true));
        assert_eq!(blocks(&format!("(block (br 0) {SET}) {SET}")), (2, vec![], true));
        assert_eq!(blocks(&format!("(block (return) (br 0)) {SET}")), (1, vec![], true));
        assert_eq!(blocks(&format!("(loop {SET} (br 0)) {SET}")), (1, vec![], false));
        assert_eq!(
            blocks(&format!("(return) (if {GET} (then {SET}) (else {SET})) {SET}")),
            (1, vec![], true)
        );
        assert_eq!(blocks(&format!("(if {GET} (then (return)) (else (return))) {SET}")), (3, vec![], true));
    }

    #[test]
    fn a_block_that_stops_the_policy_says_so() {
        assert_eq!(blocks("unreachable"), (1, vec![0], true));
        assert_eq!(blocks(&format!("(if {GET} (then {SET} unreachable)) {SET}")), (3, vec![1], true));
    }
}
