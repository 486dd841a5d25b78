//! Operators, sorted into those a policy may use and the kinds it may not.
//!
//! Invariant: permitted is what is listed here; an operator that a later proposal adds is not.

use wasmparser::Operator;

/// A kind of operator that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Refusal {
    /// Anything that touches `f32` or `f64`.
    Float,
    /// 128-bit vectors.
    Simd,
    /// Atomics.
    Thread,
    /// Reads, writes and growth of tables.
    Table,
    /// Copies from passive segments.
    Passive,
    /// Everything else that is not of the permitted core.
    Other,
}

/// How many kinds there are.
pub(super) const REFUSALS: usize = 6;

/// What an operator is: permitted, or of a refused kind; and its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) refusal: Option<Refusal>,
    name: &'static str,
}

/// What an operator in the 0xfd space is, where the parser was built without it.
pub(super) const UNREAD_SIMD: Known = Known { refusal: Some(Refusal::Simd), name: "visit_v128" };

impl Known {
    /// Its name in WebAssembly text.
    pub(super) fn name(self) -> String {
        /// What stands before the point of a name.
        const SUBJECTS: [&str; 21] = [
            "i32", "i64", "f32", "f64", "v128", "i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2",
            "local", "global", "memory", "table", "data", "elem", "ref", "struct", "array", "atomic",
        ];
        let name = self.name.strip_prefix("visit_").unwrap_or(self.name);
        match name.split_once('_') {
            Some((subject, verb)) if SUBJECTS.contains(&subject) => {
                format!("{subject}.{}", verb.replacen("atomic_", "atomic.", 1).replacen("rmw_", "rmw.", 1))
            }
            _ => name.into(),
        }
    }
}

/// Looks an operator up.
pub(super) fn known(operator: &Operator<'_>) -> Known {
    macro_rules! look_up {
        ($( @$proposal:ident $op:ident $({ $($arg:ident: $type:ty),* })? => $visit:ident ($($ann:tt)*) )*) => {
            match operator {
                $(Operator::$op { .. } => const {
                    Known {
                        refusal: refusal(stringify!($proposal).as_bytes(), stringify!($op).as_bytes()),
                        name: stringify!($visit),
                    }
                },)*
                _ => Known { refusal: Some(Refusal::Other), name: "visit_unknown" },
            }
        };
    }
    wasmparser::for_each_operator!(look_up)
}

/// The kind of an operator, by the proposal it came with and its name.
const fn refusal(proposal: &[u8], operator: &[u8]) -> Option<Refusal> {
    match (proposal, operator) {
        (b"simd" | b"relaxed_simd", _) => Some(Refusal::Simd),
        (b"threads" | b"shared_everything_threads", _) => Some(Refusal::Thread),
        (b"mvp" | b"sign_extension" | b"saturating_float_to_int", _) => {
            if mentions_float(operator) {
                Some(Refusal::Float)
            } else {
                None
            }
        }
        (b"bulk_memory", b"MemoryCopy" | b"MemoryFill") => None,
        (b"bulk_memory", b"MemoryInit" | b"DataDrop") => Some(Refusal::Passive),
        (b"bulk_memory", _) => Some(Refusal::Table),
        (b"reference_types", [b'T', b'a', b'b', b'l', b'e', ..]) => Some(Refusal::Table),
        _ => Some(Refusal::Other),
    }
}

const fn mentions_float(operator: &[u8]) -> bool {
    let mut rest = operator;
    while let [_, tail @ ..] = rest {
        if let [b'F', b'3', b'2', ..] | [b'F', b'6', b'4', ..] = rest {
            return true;
        }
        rest = tail;
    }
    false
}

#[cfg(test)]
mod tests {
    use wasmparser::{MemArg, Operator};

    use super::{Refusal, known};

    #[test]
    fn operators_are_named_as_in_text_and_sorted() {
        let memarg = MemArg { align: 0, max_align: 0, offset: 0, memory: 0 };
        for (operator, name, refusal) in [
            (Operator::F64Mul, "f64.mul", Some(Refusal::Float)),
            (Operator::I32TruncSatF32S, "i32.trunc_sat_f32_s", Some(Refusal::Float)),
            (Operator::I64ReinterpretF64, "i64.reinterpret_f64", Some(Refusal::Float)),
            (Operator::I32Add, "i32.add", None),
            (Operator::I64Extend8S, "i64.extend8_s", None),
            (Operator::MemoryGrow { mem: 0 }, "memory.grow", None),
            (Operator::MemoryCopy { dst_mem: 0, src_mem: 0 }, "memory.copy", None),
            (Operator::MemoryFill { mem: 0 }, "memory.fill", None),
            (Operator::MemoryInit { data_index: 0, mem: 0 }, "memory.init", Some(Refusal::Passive)),
            (Operator::TableGrow { table: 0 }, "table.grow", Some(Refusal::Table)),
            (Operator::ElemDrop { elem_index: 0 }, "elem.drop", Some(Refusal::Table)),
            (Operator::I32AtomicRmwAdd { memarg }, "i32.atomic.rmw.add", Some(Refusal::Thread)),
            (Operator::ReturnCall { function_index: 0 }, "return_call", Some(Refusal::Other)),
            (Operator::RefNull { hty: wasmparser::HeapType::FUNC }, "ref.null", Some(Refusal::Other)),
            (Operator::I64MulWideS, "i64.mul_wide_s", Some(Refusal::Other)),
        ] {
            assert_eq!((known(&operator).name().as_str(), known(&operator).refusal), (name, refusal));
        }
    }
}
