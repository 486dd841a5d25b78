//! What a module consists of, counted in one pass over its bytes: all that the checks look at.
//!
//! Invariant: linear in the bytes, memory in proportion to them, nothing reserved by a declared count; never fails: what
//! cannot be read is recorded and the pass ends there.

use std::ops::Range;

use fenrun_abi::MANIFEST_SECTION;
use wasmparser::{
    CompositeInnerType, ConstExpr, DataKind, ElementItems, ElementKind, Export, ExternalKind, FuncType,
    Import, MemoryType, Operator, Parser, Payload, TableInit, TableType, TypeRef, ValType,
};

use super::body::Bodies;
use super::kind::Kind;
use super::limits::AdmissionLimits;
use super::operator::{REFUSALS, Refusal, known};
use super::printable::printable;

/// The largest of some numbers, and the index of the function or type it belongs to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Most {
    pub(super) value: u64,
    pub(super) index: u32,
}

impl Most {
    pub(super) fn see(&mut self, value: u64, index: u32) {
        if value > self.value {
            *self = Self { value, index };
        }
    }
}

/// The first operator of a refused kind.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) operator: String,
    /// The function it stands in; `None` in a constant expression.
    pub(super) function: Option<u32>,
}

/// Active segments of one kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Segments {
    /// How many, of any mode.
    pub(super) count: u64,
    /// Bytes of data, or functions of tables, in all of them.
    pub(super) total: u64,
    /// Those that are not active, or not at a constant place of memory or table 0.
    pub(super) movable: u64,
    /// The furthest end of a segment, in bytes or elements.
    pub(super) end: Most,
}

/// What a module consists of.
#[derive(Debug)]
pub(super) struct Shape<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) kind: Kind,
    /// Why the bytes could not be read to their end.
    pub(super) malformed: Option<String>,

    pub(super) types: Vec<Option<FuncType>>,
    pub(super) parameters: Most,
    pub(super) results: Most,
    /// The first value type that is neither `i32` nor `i64`, and where it stands.
    pub(super) foreign_type: Option<String>,

    pub(super) imports: Vec<Import<'a>>,
    /// Of the imports, the functions: names and types by their index.
    pub(super) imported_functions: Vec<(&'a str, u32)>,
    pub(super) functions: Vec<u32>,
    pub(super) tables: Vec<TableType>,
    pub(super) table_initialised: bool,
    pub(super) memories: Vec<MemoryType>,
    pub(super) globals: u64,
    pub(super) globals_mutable: u64,
    pub(super) exports: Vec<Export<'a>>,
    pub(super) has_start: bool,
    pub(super) elements: Segments,
    pub(super) data: Segments,
    pub(super) longest_name: &'a str,

    pub(super) bodies: Bodies,
    pub(super) refused: [Option<Found>; REFUSALS],

    pub(super) custom_sections: u64,
    pub(super) custom_bytes: u64,
    pub(super) manifests: u64,
    pub(super) manifest: &'a [u8],
}

/// A length as a number that limits are compared with.
pub(super) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// What the parser says, on one line, bounded and escaped: it may quote names of the module.
pub(super) fn read_error(error: &wasmparser::Error) -> String {
    let message: Vec<&str> = error.message().split_whitespace().collect();
    format!("`{}` at byte {}", printable(&message.join(" ")).at_most(160), error.offset())
}

/// The next index after so many.
fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

impl<'a> Shape<'a> {
    /// Looks at bytes. Bytes that are too many or not a module are not looked into.
    pub(super) fn of(bytes: &'a [u8], limits: &AdmissionLimits) -> Self {
        let mut shape = Self {
            bytes,
            kind: Kind::of(bytes),
            malformed: None,
            types: Vec::new(),
            parameters: Most::default(),
            results: Most::default(),
            foreign_type: None,
            imports: Vec::new(),
            imported_functions: Vec::new(),
            functions: Vec::new(),
            tables: Vec::new(),
            table_initialised: false,
            memories: Vec::new(),
            globals: 0,
            globals_mutable: 0,
            exports: Vec::new(),
            has_start: false,
            elements: Segments::default(),
            data: Segments::default(),
            longest_name: "",
            bodies: Bodies::default(),
            refused: [const { None }; REFUSALS],
            custom_sections: 0,
            custom_bytes: 0,
            manifests: 0,
            manifest: &[],
        };
        if shape.kind == Kind::Module && count(bytes.len()) <= limits.bytes_max {
            let read = Parser::new(0).parse_all(bytes).try_for_each(|payload| shape.section(payload?));
            shape.malformed = read.err().map(|error| read_error(&error));
        }
        shape
    }

    fn section(&mut self, payload: Payload<'a>) -> wasmparser::Result<()> {
        match payload {
            Payload::TypeSection(types) => {
                for group in types {
                    group?.types().for_each(|subtype| self.function_type(&subtype.composite_type.inner));
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    self.import(import?);
                }
            }
            Payload::FunctionSection(functions) => {
                for function in functions {
                    self.functions.push(function?);
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    let table = table?;
                    self.table_initialised |= !matches!(table.init, TableInit::RefNull);
                    self.tables.push(table.ty);
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    self.memories.push(memory?);
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    let global = global?;
                    self.global(global.ty.content_type, global.ty.mutable);
                    self.constant(&global.init_expr)?;
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    self.name(export.name);
                    self.exports.push(export);
                }
            }
            Payload::StartSection { .. } => self.has_start = true,
            Payload::ElementSection(elements) => {
                for element in elements {
                    let element = element?;
                    self.element(&element.kind, element.items)?;
                }
            }
            Payload::DataSection(data) => {
                for data in data {
                    let data = data?;
                    self.data(&data.kind, count(data.data.len()))?;
                }
            }
            Payload::CodeSectionStart { size, .. } => self.bodies.section_bytes = u64::from(size),
            Payload::CodeSectionEntry(body) => self.body(&body)?,
            Payload::CustomSection(custom) => {
                self.name(custom.name());
                self.custom_sections = self.custom_sections.saturating_add(1);
                if custom.name() == MANIFEST_SECTION {
                    self.manifests = self.manifests.saturating_add(1);
                    self.manifest = custom.data();
                } else {
                    self.custom_bytes = self.custom_bytes.saturating_add(count(custom.range().len()));
                }
            }
            // Sections of proposals and unknown sections are refused by the validation at the end.
            _ => {}
        }
        Ok(())
    }

    fn function_type(&mut self, found: &CompositeInnerType) {
        let at = index(self.types.len());
        let CompositeInnerType::Func(function) = found else {
            self.foreign(&format!("type {at}, which is no function type"), None);
            self.types.push(None);
            return;
        };
        self.parameters.see(count(function.params().len()), at);
        self.results.see(count(function.results().len()), at);
        for value in function.params().iter().chain(function.results()) {
            self.value_type(*value, || format!("type {at}"));
        }
        self.types.push(Some(function.clone()));
    }

    fn foreign(&mut self, place: &str, found: Option<ValType>) {
        self.foreign_type.get_or_insert_with(|| match found {
            Some(found) => format!("`{found}` in {place}"),
            None => place.into(),
        });
    }

    /// Notes a value type that is not an integer.
    pub(super) fn value_type(&mut self, found: ValType, place: impl FnOnce() -> String) {
        if !matches!(found, ValType::I32 | ValType::I64) && self.foreign_type.is_none() {
            self.foreign(&place(), Some(found));
        }
    }

    fn name(&mut self, name: &'a str) {
        if name.len() > self.longest_name.len() {
            self.longest_name = name;
        }
    }

    fn import(&mut self, import: Import<'a>) {
        self.name(import.module);
        self.name(import.name);
        if let TypeRef::Func(found) = import.ty {
            self.imported_functions.push((import.name, found));
        }
        self.imports.push(import);
    }

    fn global(&mut self, content: ValType, mutable: bool) {
        let at = self.globals;
        self.value_type(content, || format!("global {at}"));
        self.globals = self.globals.saturating_add(1);
        self.globals_mutable = self.globals_mutable.saturating_add(u64::from(mutable));
    }

    /// Looks at a constant expression; its value where it is one `i32.const`.
    fn constant(&mut self, expression: &ConstExpr<'a>) -> wasmparser::Result<Option<u32>> {
        let mut operators = expression.get_operators_reader();
        let (mut value, mut length) = (None, 0_u64);
        while !operators.eof() {
            let operator = operators.read()?;
            self.operator(&operator, None);
            length = length.saturating_add(1);
            if let (1, Operator::I32Const { value: constant }) = (length, &operator) {
                // The address space is unsigned; the constant's bits are the address.
                value = Some(constant.cast_unsigned());
            }
        }
        // The second operator is `end`.
        Ok(value.filter(|_| length == 2))
    }

    fn segment(segments: &mut Segments, offset: Option<u32>, length: u64) {
        let at = u32::try_from(segments.count).unwrap_or(u32::MAX);
        segments.count = segments.count.saturating_add(1);
        segments.total = segments.total.saturating_add(length);
        match offset {
            Some(offset) => segments.end.see(u64::from(offset).saturating_add(length), at),
            None => segments.movable = segments.movable.saturating_add(1),
        }
    }

    fn element(&mut self, kind: &ElementKind<'a>, items: ElementItems<'a>) -> wasmparser::Result<()> {
        let mut offset = match kind {
            ElementKind::Active { table_index: None | Some(0), offset_expr } => self.constant(offset_expr)?,
            _ => None,
        };
        let mut length = 0_u64;
        match items {
            ElementItems::Functions(functions) => {
                for function in functions {
                    self.bodies.reads.escape(function?);
                    length = length.saturating_add(1);
                }
            }
            ElementItems::Expressions(_, expressions) => {
                offset = None;
                for expression in expressions {
                    self.constant(&expression?)?;
                    length = length.saturating_add(1);
                }
            }
        }
        Self::segment(&mut self.elements, offset, length);
        Ok(())
    }

    fn data(&mut self, kind: &DataKind<'a>, length: u64) -> wasmparser::Result<()> {
        let offset = match kind {
            DataKind::Active { memory_index: 0, offset_expr } => self.constant(offset_expr)?,
            _ => None,
        };
        Self::segment(&mut self.data, offset, length);
        Ok(())
    }

    /// Notes an operator of a refused kind.
    pub(super) fn operator(&mut self, operator: &Operator<'_>, function: Option<u32>) {
        let known = known(operator);
        if let Some(refusal) = known.refusal {
            self.refuse(refusal, || known.name(), function);
        }
    }

    pub(super) fn refuse(
        &mut self,
        refusal: Refusal,
        operator: impl FnOnce() -> String,
        function: Option<u32>,
    ) {
        if let Some(slot) = self.refused.get_mut(refusal as usize) {
            slot.get_or_insert_with(|| Found { operator: operator(), function });
        }
    }

    /// The type of a function by its index.
    pub(super) fn function_type_of(&self, function: u32) -> Option<&FuncType> {
        let at = usize::try_from(function).ok()?;
        let found = match at.checked_sub(self.imported_functions.len()) {
            Some(defined) => *self.functions.get(defined)?,
            None => self.imported_functions.get(at)?.1,
        };
        self.types.get(usize::try_from(found).ok()?)?.as_ref()
    }

    /// The exported function of this name, by its index.
    pub(super) fn exported_function(&self, name: &str) -> Option<u32> {
        let export = self.exports.iter().find(|export| export.name == name)?;
        (export.kind == ExternalKind::Func).then_some(export.index)
    }
}

/// The bytes without their custom sections, header included. `None` where the bytes are not a module.
pub(super) fn without_custom_sections(bytes: &[u8]) -> Option<Vec<u8>> {
    const CUSTOM: u8 = 0;
    let mut kept = Vec::with_capacity(bytes.len());
    let mut keep = |range: Range<usize>| bytes.get(range).map(|part| kept.extend_from_slice(part));
    let mut end = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.ok()?;
        if let Payload::Version { range, .. } = &payload {
            keep(end..range.end)?;
            end = range.end;
        }
        // A section's own bytes begin with its id and length, right where the one before it ended.
        if let Some((id, contents)) = payload.as_section() {
            if id != CUSTOM {
                keep(end..contents.end)?;
            }
            end = contents.end;
        }
    }
    Some(kept)
}
