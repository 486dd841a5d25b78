//! The twin of a module: each of its blocks counts in a global of its own.
//!
//! Invariant: an added instruction leaves every value of the module as it was; sections other than code and globals are
//! copied, and custom ones dropped, but for the manifest.

use fenrun::sandbox::TwinSource;
use fenrun_abi::MANIFEST_SECTION;
use wasm_encoder::{Encode as _, Instruction};
use wasmparser::{Parser, Payload};

use super::CoverageError;
use super::block::{Block, Blocks};

/// The most counters of a module. Each takes 16 bytes of every instance, and the pool has a megabyte for one.
const COUNTERS_MAX: usize = 32_768;

/// The ids of sections in the binary format.
const GLOBALS: u8 = 6;
const EXPORTS: u8 = 7;
const CODE: u8 = 10;

/// A function with its counters.
#[derive(Debug)]
pub(super) struct CountedFunction {
    /// The counter that is passed once in each call.
    pub(super) entry: usize,
    /// Its blocks with their counters.
    pub(super) blocks: Vec<(usize, Block)>,
}

/// A module with counters.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) twin: TwinSource,
    /// The functions with a body, in the order of the module.
    pub(super) functions: Vec<CountedFunction>,
}

/// Where counters are to be passed: offsets into the module.
type Places = Vec<(usize, usize)>;

impl Counted {
    /// Adds the counters.
    pub(super) fn of(module: &[u8]) -> Result<Self, CoverageError> {
        let mut functions = Vec::new();
        let mut bodies: Vec<(std::ops::Range<usize>, Places)> = Vec::new();
        let mut counters = 0_usize;
        let mut globals = 0_u32;
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::GlobalSection(section) => globals = section.count(),
                Payload::CodeSectionEntry(body) => {
                    let found = Blocks::of(&body)?;
                    let (function, places) = counted(found, &mut counters);
                    bodies.push((body.range(), places));
                    functions.push(function);
                }
                _ => {}
            }
        }
        if counters > COUNTERS_MAX {
            return Err(CoverageError::TooLarge { found: counters, limit: COUNTERS_MAX });
        }
        let count = u32::try_from(counters).unwrap_or(u32::MAX);
        let code = code(module, &bodies, globals);
        let bytes = rewritten(module, count, &code)?;
        Ok(Self { twin: TwinSource { bytes: bytes.into(), counters: count }, functions })
    }
}

/// Gives the blocks of a function their counters, and says where each is passed.
fn counted(blocks: Blocks, counters: &mut usize) -> (CountedFunction, Places) {
    let mut places = Places::new();
    let mut next = |place: usize| {
        let counter = *counters;
        *counters = counters.saturating_add(1);
        places.push((place, counter));
        counter
    };
    let own = (!blocks.begins_at_entry).then(|| next(blocks.entry));
    let all: Vec<(usize, Block)> =
        blocks.all.into_iter().map(|block| (next(block.bytes.start), block)).collect();
    let entry = own.or_else(|| all.first().map(|(counter, _)| *counter)).unwrap_or(0);
    (CountedFunction { entry, blocks: all }, places)
}

/// The contents of the code section.
fn code(module: &[u8], bodies: &[(std::ops::Range<usize>, Places)], globals: u32) -> Vec<u8> {
    let mut section = Vec::with_capacity(module.len().saturating_mul(2));
    bodies.len().encode(&mut section);
    for (range, places) in bodies {
        let mut body = Vec::with_capacity(range.len().saturating_mul(2));
        let mut copied = range.start;
        for (place, counter) in places {
            body.extend(module.get(copied..*place).unwrap_or_default());
            copied = *place;
            let global = globals.saturating_add(u32::try_from(*counter).unwrap_or(u32::MAX));
            let pass = [
                Instruction::GlobalGet(global),
                Instruction::I64Const(1),
                Instruction::I64Add,
                Instruction::GlobalSet(global),
            ];
            pass.iter().for_each(|instruction| instruction.encode(&mut body));
        }
        body.extend(module.get(copied..range.end).unwrap_or_default());
        body.len().encode(&mut section);
        section.extend(body);
    }
    section
}

/// The module with this code, and so many more globals.
fn rewritten(module: &[u8], counters: u32, code: &[u8]) -> Result<Vec<u8>, CoverageError> {
    let mut out = wasm_encoder::Module::new();
    let mut has_globals = false;
    let mut raw = |id: u8, data: &[u8]| {
        out.section(&wasm_encoder::RawSection { id, data });
    };
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if let Payload::CustomSection(custom) = &payload {
            if custom.name() == MANIFEST_SECTION {
                raw(0, module.get(custom.range()).unwrap_or_default());
            }
            continue;
        }
        let Some((id, contents)) = payload.as_section() else { continue };
        match &payload {
            Payload::GlobalSection(section) => {
                has_globals = true;
                let entries = section.original_position()..contents.end;
                let entries = module.get(entries).unwrap_or_default();
                raw(GLOBALS, &with_counters(section.count(), entries, counters));
            }
            _ if id == CODE => raw(CODE, code),
            _ => {
                // Every policy exports its hooks, and globals stand before exports.
                if id == EXPORTS && !has_globals {
                    raw(GLOBALS, &with_counters(0, &[], counters));
                }
                raw(id, module.get(contents).unwrap_or_default());
            }
        }
    }
    Ok(out.finish())
}

/// The contents of a section of globals, followed by the counters.
fn with_counters(count: u32, entries: &[u8], counters: u32) -> Vec<u8> {
    let mut section = Vec::with_capacity(entries.len());
    count.saturating_add(counters).encode(&mut section);
    section.extend(entries);
    let counter =
        wasm_encoder::GlobalType { val_type: wasm_encoder::ValType::I64, mutable: true, shared: false };
    for _ in 0..counters {
        counter.encode(&mut section);
        wasm_encoder::ConstExpr::i64_const(0).encode(&mut section);
    }
    section
}
