//! What a hook can leave behind: whether anything it can reach writes memory or globals.
//!
//! Invariant: may say too much, never too little; a call through the table reaches every function in it.

use fenrun_abi::code::Hook;
use wasmparser::Operator;

use super::shape::Shape;

/// What a module's own code can write while a hook runs. What the host writes for it, by `lines` and `text`, the host
/// knows itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Memory can be written or can grow.
    pub memory: bool,
    /// A global can be set.
    pub globals: bool,
}

impl Footprint {
    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { memory: self.memory || other.memory, globals: self.globals || other.globals }
    }
}

/// What one function does itself, and which it calls.
#[derive(Debug, Default)]
pub(super) struct Trace {
    writes: Footprint,
    calls: Vec<u32>,
    /// It calls through the table.
    through_table: bool,
}

impl Trace {
    pub(super) fn see(&mut self, operator: &Operator<'_>) {
        match operator {
            Operator::Call { function_index } if self.calls.last() != Some(function_index) => {
                self.calls.push(*function_index);
            }
            Operator::CallIndirect { .. } => self.through_table = true,
            Operator::GlobalSet { .. } => self.writes.globals = true,
            // With what `operator` permits, these are all that change memory or its size.
            Operator::I32Store { .. }
            | Operator::I32Store8 { .. }
            | Operator::I32Store16 { .. }
            | Operator::I64Store { .. }
            | Operator::I64Store8 { .. }
            | Operator::I64Store16 { .. }
            | Operator::I64Store32 { .. }
            | Operator::MemoryGrow { .. }
            | Operator::MemoryCopy { .. }
            | Operator::MemoryFill { .. } => self.writes.memory = true,
            _ => {}
        }
    }
}

impl Shape<'_> {
    /// What a hook can leave behind, through all functions that it can reach.
    pub(super) fn footprint(&self, hook: Hook) -> Footprint {
        let traces = &self.bodies.traces;
        let mut reached = vec![false; traces.len()];
        let mut waiting: Vec<u32> = self.exported_function(hook.name()).into_iter().collect();
        let (mut found, mut table_reached) = (Footprint::default(), false);
        while let Some(function) = waiting.pop() {
            let at = usize::try_from(function).ok();
            // An imported function is the host's.
            let Some(at) = at.and_then(|at| at.checked_sub(self.imported_functions.len())) else { continue };
            let (Some(trace), Some(reached)) = (traces.get(at), reached.get_mut(at)) else { continue };
            if std::mem::replace(reached, true) {
                continue;
            }
            found = found.and(trace.writes);
            waiting.extend_from_slice(&trace.calls);
            if trace.through_table && !std::mem::replace(&mut table_reached, true) {
                waiting.extend_from_slice(self.bodies.reads.escaped());
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first broken expectation")]

    use fenrun_abi::code::Hook;

    use super::Footprint;
    use crate::admission::{AdmissionLimits, admit};

    /// A module with a writer of each kind, and a hook with this body.
    fn footprint(body: &str) -> Footprint {
        let manifest = r#"{\"name\": \"by-hand\", \"version\": \"1.0.0\", \"abi\": 1, \"hooks\": [\"shares\", \"discounts\"]}"#;
        let text = format!(
            r#"(module
            (import "fenrun_v1" "lines" (func $lines (param i32 i32 i32 i32) (result i32)))
            (type $plain (func)) (type $code (func (result i32)))
            (memory (export "memory") 1) (table funcref (elem $global $again))
            (global $count (mut i32) (i32.const 0))
            (func $global (global.set $count (i32.const 1)))
            (func $store (i32.store (i32.const 0) (i32.const 1)))
            (func $deep (call $deeper)) (func $deeper (call $store) (call $deep))
            (func $again (call $again))
            (func $read (result i32) (i32.load (i32.const 0)))
            (func (export "discounts") (result i32) (call $store) (call $global) (i32.const 0))
            (func (export "shares") (result i32) {body} (i32.const 0))
            (@custom "fenrun_manifest" "{manifest}"))"#
        );
        let module = admit(&wat::parse_str(text).unwrap(), &AdmissionLimits::default()).unwrap();
        assert_eq!(module.footprint(Hook::Discounts), Footprint { memory: true, globals: true });
        assert_eq!(module.footprint(Hook::Grants), Footprint::default());
        module.footprint(Hook::Shares)
    }

    #[test]
    fn whatever_writes_is_found_wherever_it_stands() {
        let address = "(i32.const 0)";
        let wide = "(i64.const 1)";
        let narrow = "(i32.const 1)";
        let memory = [
            format!("(i32.store {address} {narrow})"),
            format!("(i32.store8 {address} {narrow})"),
            format!("(i32.store16 {address} {narrow})"),
            format!("(i64.store {address} {wide})"),
            format!("(i64.store8 {address} {wide})"),
            format!("(i64.store16 {address} {wide})"),
            format!("(i64.store32 {address} {wide})"),
            format!("(memory.copy {address} {address} {narrow})"),
            format!("(memory.fill {address} {narrow} {narrow})"),
            format!("(drop (memory.grow {narrow}))"),
            "(call $store)".into(),
            "(call $deep)".into(),
            "(if (call $read) (then (call $again) (call $store)))".into(),
            "unreachable (call $store)".into(),
        ];
        for body in memory {
            assert_eq!(footprint(&body), Footprint { memory: true, globals: false }, "{body}");
        }
        for body in [
            "(global.set $count (i32.const 1))",
            "(call $global)",
            "(call_indirect (type $plain) (i32.const 1))",
        ] {
            assert_eq!(footprint(body), Footprint { memory: false, globals: true }, "{body}");
        }
        let nothing = [
            "",
            "(drop (call $read))",
            "(drop (memory.size))",
            "(drop (global.get $count))",
            "(drop (call $lines (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))",
            "(call $again)",
        ];
        for body in nothing {
            assert_eq!(footprint(body), Footprint::default(), "{body}");
        }
    }
}
