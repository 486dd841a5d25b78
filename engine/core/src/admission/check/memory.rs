//! Checks of memory and table: how large, of which kind, and what is put into them.
//!
//! Invariant: what is declared is compared with its cap, never reserved.

use wasmparser::RefType;

use super::{Check, Needs, Verdict, at_most, bytes_at_most, none};
use crate::admission::shape::{Segments, Shape, count};

/// Bytes of a page of memory.
const PAGE_BYTES: u64 = 64 * 1024;

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "memories",
        about: "memories",
        needs: Needs::Module,
        run: |shape, _| at_most(count(shape.memories.len()), 1),
    },
    Check {
        name: "memory_kind",
        about: "shared, 64-bit and odd-paged memories",
        needs: Needs::Module,
        run: |shape, _| memory_kind(shape),
    },
    Check {
        name: "memory_pages",
        about: "pages of memory, initially and at most where a most is declared",
        needs: Needs::Module,
        run: |shape, limits| {
            let pages = shape.memories.iter().map(|memory| memory.maximum.unwrap_or(0).max(memory.initial));
            at_most(pages.max().unwrap_or(0), limits.memory_pages_max)
                .hint("link with a small stack, for Rust `-C link-arg=-zstack-size=16384`")
        },
    },
    Check {
        name: "tables",
        about: "tables",
        needs: Needs::Module,
        run: |shape, _| at_most(count(shape.tables.len()), 1),
    },
    Check {
        name: "table_kind",
        about: "tables of anything but functions",
        needs: Needs::Module,
        run: |shape, _| table_kind(shape),
    },
    Check {
        name: "table_elements",
        about: "elements of the table, initially and at most where a most is declared",
        needs: Needs::Module,
        run: |shape, limits| {
            let elements = shape.tables.iter().map(|table| table.maximum.unwrap_or(0).max(table.initial));
            at_most(elements.max().unwrap_or(0), limits.table_elements_max)
        },
    },
    Check {
        name: "element_segments",
        about: "element segments",
        needs: Needs::Module,
        run: |shape, limits| at_most(shape.elements.count, limits.element_segments_max),
    },
    Check {
        name: "element_items",
        about: "functions in element segments",
        needs: Needs::Module,
        run: |shape, limits| at_most(shape.elements.total, limits.element_items_max),
    },
    Check {
        name: "element_places",
        about: "element segments lie in the table",
        needs: Needs::Module,
        run: |shape, _| {
            let elements = shape.tables.first().map_or(0, |table| table.initial);
            places(&shape.elements, elements, "elements")
        },
    },
    Check {
        name: "data_segments",
        about: "data segments",
        needs: Needs::Module,
        run: |shape, limits| at_most(shape.data.count, limits.data_segments_max),
    },
    Check {
        name: "data_bytes",
        about: "bytes of data segments",
        needs: Needs::Module,
        run: |shape, limits| bytes_at_most(shape.data.total, limits.data_bytes_max),
    },
    Check {
        name: "data_places",
        about: "data segments lie in the initial memory",
        needs: Needs::Module,
        run: |shape, _| {
            let bytes = shape.memories.first().map_or(0, |memory| memory.initial.saturating_mul(PAGE_BYTES));
            places(&shape.data, bytes, "bytes")
        },
    },
];

fn memory_kind(shape: &Shape<'_>) -> Verdict {
    let odd = shape.memories.iter().find_map(|memory| {
        if memory.memory64 {
            Some("a 64-bit memory")
        } else if memory.shared {
            Some("a shared memory")
        } else if memory.page_size_log2.is_some() {
            Some("a memory with its own page size")
        } else {
            None
        }
    });
    none(odd.map(Into::into))
}

fn table_kind(shape: &Shape<'_>) -> Verdict {
    let odd = shape.tables.iter().find_map(|table| {
        if table.table64 {
            Some("a 64-bit table")
        } else if table.shared {
            Some("a shared table")
        } else if table.element_type != RefType::FUNCREF {
            Some("a table of references")
        } else {
            None
        }
    });
    none(odd.or(shape.table_initialised.then_some("a table with an initial value")).map(Into::into))
}

/// Segments at constant places, the furthest of which ends within what there is.
fn places(segments: &Segments, available: u64, unit: &str) -> Verdict {
    if segments.movable > 0 {
        let found = format!("{} segments without a constant place", segments.movable);
        return Verdict::of(false, found, "every segment has to be placed by a constant");
    }
    let found = match segments.count {
        0 => "no segments".into(),
        _ => format!("a segment that ends at {}", segments.end.value),
    };
    Verdict::of(segments.end.value <= available, found, format!("there are {available} {unit}"))
}
