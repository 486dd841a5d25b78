//! What would cost a compiler seconds or gigabytes.

use super::*;

/// What would cost a compiler seconds or gigabytes: every row of the first table of HOSTILE.md that is about size.
#[test]
fn modules_that_cost_a_compiler_too_much_are_refused_by_their_caps() {
    let funcs = |count: usize, text: &str| policy(&text.repeat(count));
    let operators = |count: usize, text: &str| body(&text.repeat(count));
    refused([
        ("functions", funcs(2_000, "(func)"), "`functions`: found 2001, at most 2000 are allowed"),
        (
            "locals of a function",
            body(&format!("(local {})", "i64 ".repeat(1_025))),
            "`function_locals`: found 1025 in function 0, at most 1024 are allowed",
        ),
        (
            "locals of all functions",
            funcs(33, &format!("(func (local {}))", "i64 ".repeat(1_000))),
            "`locals`: found 33000, at most 32768 are allowed",
        ),
        (
            "parameters",
            body(&format!("(param {})", "i32 ".repeat(17))),
            "`parameters`: found 17 in type 0, at most 16 are allowed",
        ),
        (
            "results",
            body("(result i32 i32) unreachable"),
            "`results`: found 2 in type 0, at most 1 are allowed; hint: build without multi-value",
        ),
        (
            "types",
            policy(&(0..520_u32).fold(String::new(), |text, at| {
                let parameters: String =
                    (0..12).map(|bit| if at >> bit & 1 == 1 { "i32 " } else { "i64 " }).collect();
                text + &format!("(type (func (param {parameters})))")
            })),
            "`types`: found 521, at most 512 are allowed",
        ),
        (
            "nesting",
            body(&format!("{} {}", "loop ".repeat(300), "end ".repeat(300))),
            "`nesting`: found 300 in function 0, at most 256 are allowed",
        ),
        (
            "a jump table",
            body(&format!("i32.const 0 br_table {}", "0 ".repeat(1_026))),
            "`branch_targets`: found 1025 in function 0, at most 1024 are allowed",
        ),
        (
            "a large function",
            operators(9_000, "i64.const 1000000000000 drop "),
            "`body_bytes`: found 72002 in function 0, at most 65536 are allowed",
        ),
        (
            "a function of many operators",
            operators(24_000, "nop "),
            "`function_operators`: found 24001 in function 0, at most 24000 are allowed",
        ),
        (
            "all code",
            funcs(4, &format!("(func {})", "i64.const 1000000000000 drop ".repeat(6_500))),
            "`code_bytes`: found 208025 bytes, at most 196608 bytes are allowed",
        ),
        (
            "blocks with locals",
            body(&format!("(local {}) {}", "i64 ".repeat(100), "block end ".repeat(2_622))),
            "`merges`: found 262200, at most 262144 are allowed; hint: split large functions into smaller ones",
        ),
        (
            "loops around many locals",
            body(&format!("(local {}) {} {}", "i64 ".repeat(1_000), "loop ".repeat(64), "end ".repeat(64))),
            "`pressure`: found 2080000000, at most 67108864 are allowed; \
             hint: split large functions into smaller ones",
        ),
        (
            "globals",
            policy(&"(global i32 (i32.const 0))".repeat(257)),
            "`globals`: found 257, at most 256 are allowed",
        ),
        (
            "memory of 4 GiB",
            policy("(memory 65536)"),
            "`memory_pages`: found 65536, at most 16 are allowed; \
             hint: link with a small stack, for Rust `-C link-arg=-zstack-size=16384`",
        ),
        (
            "memory that may grow to 4 GiB",
            policy("(memory 1 65536)"),
            "`memory_pages`: found 65536, at most 16 are allowed; \
             hint: link with a small stack, for Rust `-C link-arg=-zstack-size=16384`",
        ),
        ("two memories", policy("(memory 1) (memory 1)"), "`memories`: found 2, at most 1 are allowed"),
        ("64-bit memory", policy("(memory i64 1)"), "`memory_kind`: found a 64-bit memory, none are allowed"),
        (
            "shared memory",
            policy("(memory 1 2 shared)"),
            "`memory_kind`: found a shared memory, none are allowed",
        ),
        (
            "pages of one byte",
            policy("(memory 1 (pagesize 1))"),
            "`memory_kind`: found a memory with its own page size, none are allowed",
        ),
        (
            "table of 2³² elements",
            policy("(table 4294967295 funcref)"),
            "`table_elements`: found 4294967295, at most 1024 are allowed",
        ),
        (
            "two tables",
            policy("(table 1 funcref) (table 1 funcref)"),
            "`tables`: found 2, at most 1 are allowed",
        ),
        (
            "table of references",
            policy("(table 1 externref)"),
            "`table_kind`: found a table of references, none are allowed",
        ),
        (
            "element segments",
            policy(&format!("(table 1 funcref) {}", "(elem (i32.const 0))".repeat(65))),
            "`element_segments`: found 65, at most 64 are allowed",
        ),
        (
            "elements",
            policy(&format!("(table 1024 funcref) (elem (i32.const 0) func {})", "0 ".repeat(1_025))),
            "`element_items`: found 1025, at most 1024 are allowed",
        ),
        (
            "elements past the table",
            policy("(table 2 funcref) (elem (i32.const 1) func 0 0)"),
            "`element_places`: found a segment that ends at 3, there are 2 elements",
        ),
        (
            "passive elements",
            policy("(table 2 funcref) (elem func 0)"),
            "`element_places`: found 1 segments without a constant place, every segment has to be placed by a constant",
        ),
        (
            "data segments",
            policy(&format!("(memory 1) {}", "(data (i32.const 0) \"\")".repeat(129))),
            "`data_segments`: found 129, at most 128 are allowed",
        ),
        (
            "data",
            policy(&format!("(memory 3) (data (i32.const 0) \"{}\")", "x".repeat(131_073))),
            "`data_bytes`: found 131073 bytes, at most 131072 bytes are allowed",
        ),
        (
            "data past the memory",
            policy("(memory 1) (data (i32.const 65535) \"xy\")"),
            "`data_places`: found a segment that ends at 65537, there are 65536 bytes",
        ),
        (
            "data at a negative address",
            policy("(memory 1) (data (i32.const -1) \"\")"),
            "`data_places`: found a segment that ends at 4294967295, there are 65536 bytes",
        ),
        (
            "passive data",
            policy("(memory 1) (data \"x\")"),
            "`data_places`: found 1 segments without a constant place, every segment has to be placed by a constant",
        ),
        (
            "custom sections",
            policy(&custom("x", "").repeat(64)),
            "`custom_sections`: found 65, at most 64 are allowed",
        ),
        (
            "debug information",
            policy(&custom(".debug_info", &"x".repeat(140_000))),
            "`custom_bytes`: found 140012 bytes, at most 131072 bytes are allowed; \
             hint: strip debug information, for Rust with `strip = true` in the release profile",
        ),
    ]);
}

/// The figures of HOSTILE.md, which are beyond the size cap: with a larger one, the caps refuse them still.
#[test]
fn the_measured_attacks_are_refused_even_where_a_host_takes_larger_uploads() {
    let large = AdmissionLimits { bytes_max: 4 * 1024 * 1024, ..limits() };
    for (bytes, check) in [
        (policy(&"(func)".repeat(200_000)), "functions"),
        (policy(&format!("(func (local {}))", "i64 ".repeat(50_000)).repeat(20)), "function_locals"),
        (body(&format!("{} {}", "loop ".repeat(30_000), "end ".repeat(30_000))), "body_bytes"),
        (body(&format!("i32.const 0 br_table {}", "0 ".repeat(1_000_000))), "body_bytes"),
        (policy(&format!("(memory 1) {}", "(data (i32.const 0) \"\")".repeat(100_000))), "data_segments"),
    ] {
        assert_eq!(admit(&bytes, &large).unwrap_err().check, check);
    }
}
