//! A compiled module with its exports resolved.
//!
//! Invariant: made only from an admitted module.

use fenrun_abi::code::Hook;
use wasmtime::{ExternType, InstancePre, ModuleExport, Mutability};

use super::{NativeCode, Runtime, call::Host};
use crate::{admission::AdmittedModule, modules::Extent};

/// The exports through which the configured state is read and restored.
#[derive(Clone, Default)]
pub(super) struct StateExports {
    pub(super) memory: Option<ModuleExport>,
    pub(super) memory_is_public: bool,
    pub(super) globals: Vec<ModuleExport>,
}

/// A compiled module: one serves every configuration and every thread.
#[derive(Clone)]
pub struct CompiledModule {
    admitted: AdmittedModule,
    instance_pre: InstancePre<Host>,
    state: StateExports,
    initialize: Option<ModuleExport>,
    configure: Option<ModuleExport>,
    discounts: Option<ModuleExport>,
    shares: Option<ModuleExport>,
    grants: Option<ModuleExport>,
    period: Option<ModuleExport>,
}

impl std::fmt::Debug for CompiledModule {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CompiledModule").field("digest", &self.admitted.digest()).finish_non_exhaustive()
    }
}

impl CompiledModule {
    /// Links the native code of a module.
    pub(crate) fn new(
        runtime: &Runtime,
        admitted: AdmittedModule,
        code: &NativeCode,
    ) -> Result<Self, wasmtime::Error> {
        let module = code.load(runtime.engine())?;
        let state = StateExports {
            memory: module.get_export_index("__wizer_memory_0"),
            memory_is_public: matches!(module.get_export("memory"), Some(ExternType::Memory(_))),
            globals: module
                .exports()
                .filter(|export| {
                    export.name().starts_with("__wizer_global_")
                        && matches!(export.ty(), ExternType::Global(global) if global.mutability() == Mutability::Var)
                })
                .filter_map(|export| module.get_export_index(export.name()))
                .collect(),
        };
        // Were a part missing here, it would be neither in the image nor put back after a call.
        let globals = u64::try_from(state.globals.len());
        if globals != Ok(admitted.globals().mutable) || state.memory.is_some() != admitted.memory().is_some()
        {
            return Err(wasmtime::Error::msg("a part of the module's state cannot be reached"));
        }
        let export = |name| module.get_export_index(name);
        Ok(Self {
            state,
            initialize: export("_initialize"),
            configure: export(Hook::Configure.name()),
            discounts: export(Hook::Discounts.name()),
            shares: export(Hook::Shares.name()),
            grants: export(Hook::Grants.name()),
            period: export(Hook::Period.name()),
            instance_pre: runtime.linker().instantiate_pre(&module)?,
            admitted,
        })
    }

    /// The module as it was admitted.
    #[must_use]
    pub fn admitted(&self) -> &AdmittedModule {
        &self.admitted
    }

    pub(super) fn instance_pre(&self) -> &InstancePre<Host> {
        &self.instance_pre
    }

    pub(super) fn state(&self) -> &StateExports {
        &self.state
    }

    pub(super) fn initialize(&self) -> Option<&ModuleExport> {
        self.initialize.as_ref()
    }

    pub(super) fn hook(&self, hook: Hook) -> Option<&ModuleExport> {
        match hook {
            Hook::Configure => self.configure.as_ref(),
            Hook::Discounts => self.discounts.as_ref(),
            Hook::Shares => self.shares.as_ref(),
            Hook::Grants => self.grants.as_ref(),
            Hook::Period => self.period.as_ref(),
        }
    }
}

impl Extent for CompiledModule {
    /// The image of its native code, in which the runtime keeps its tables as well.
    fn bytes(&self) -> usize {
        let image = self.instance_pre.module().image_range();
        image.end.addr().saturating_sub(image.start.addr())
    }
}
