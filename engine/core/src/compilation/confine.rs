//! A process takes away from itself what a compiler does not need: descriptors, memory, time, files, network.
//!
//! Invariant: nothing here gives anything back; what a system does not have is left out and said.

use std::{fs::File, io::Read as _, time::Instant};

use super::descriptors;

/// A way in which a compiler child is confined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Protection {
    /// Descriptors that the host left open are closed.
    ClosedDescriptors,
    /// No core dump, which would hold a merchant's module.
    NoCoreDump,
    /// A limit of processor time.
    ProcessorTime,
    /// A limit of address space.
    Memory,
    /// The kernel refuses every call but those that a compiler needs: no file, no network, no process, no executable
    /// memory.
    SystemCalls,
}

impl Protection {
    /// All there are.
    pub const ALL: [Self; 5] =
        [Self::ClosedDescriptors, Self::NoCoreDump, Self::ProcessorTime, Self::Memory, Self::SystemCalls];

    /// What it is, in a few words.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::ClosedDescriptors => "closed descriptors",
            Self::NoCoreDump => "core dumps turned off",
            Self::ProcessorTime => "a limit of processor time",
            Self::Memory => "a limit of memory",
            Self::SystemCalls => "a filter of system calls (no files, no network)",
        }
    }

    pub(super) fn bit(self) -> u32 {
        1 << (self as u32)
    }

    /// Those that are not among these bits.
    pub(super) fn missing(bits: u32) -> Vec<Self> {
        Self::ALL.into_iter().filter(|protection| bits & protection.bit() == 0).collect()
    }
}

/// What a process has used, told by files that were opened while files could be opened.
pub(super) struct Usage {
    status: Option<File>,
    schedule: Option<File>,
    began: Instant,
}

impl Usage {
    fn open() -> Self {
        let open = |path| File::open(path).ok();
        Self {
            status: open("/proc/self/status"),
            schedule: open("/proc/self/schedstat"),
            began: Instant::now(),
        }
    }

    /// The most memory that was resident, in bytes, or 0; and the processor time, in microseconds, or that on the wall.
    pub(super) fn read(&mut self) -> (u64, u64) {
        let peak = self.status.as_mut().and_then(|file| {
            let line = text(file)?.lines().find_map(|line| line.strip_prefix("VmHWM:").map(str::to_owned))?;
            line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
        });
        let processor = self
            .schedule
            .as_mut()
            .and_then(|file| text(file)?.split(' ').next()?.parse::<u64>().ok()?.checked_div(1_000));
        let wall = || u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        (peak.unwrap_or(0), processor.unwrap_or_else(wall))
    }
}

/// The beginning of a small file.
fn text(file: &mut File) -> Option<String> {
    let mut text = String::new();
    file.take(16 << 10).read_to_string(&mut text).ok()?;
    Some(text)
}

fn set(protection: Protection, done: bool) -> u32 {
    if done { protection.bit() } else { 0 }
}

/// Takes away time, core dumps and what the host left open. The first step; files can still be opened after it.
pub(super) fn limit(processor_seconds: u32) -> u32 {
    set(Protection::ClosedDescriptors, descriptors::close())
        | set(Protection::NoCoreDump, resources::no_core_dump())
        | set(Protection::ProcessorTime, resources::cap_processor(processor_seconds))
}

/// The last step: no more memory than this on top of what is in use, and no file, network or process at all. What is
/// used can still be told.
pub(super) fn seal(memory_bytes: u64) -> (u32, Usage) {
    let usage = Usage::open();
    let memory = set(Protection::Memory, resources::cap_memory(memory_bytes));
    resources::cap_the_rest();
    (memory | set(Protection::SystemCalls, filter::install(&usage)), usage)
}

#[cfg(unix)]
mod resources {
    use std::fs;

    use rlimit::Resource;

    /// The stack of the main thread: a compiler recurses.
    const STACK_BYTES: u64 = 8 << 20;

    /// Address space that is granted where the system does not say how much is in use.
    const UNKNOWN_SPACE_BYTES: u64 = 1 << 30;

    fn cap(resource: Resource, most: u64) -> bool {
        resource.get().is_ok_and(|(_, hard)| resource.set(most.min(hard), most.min(hard)).is_ok())
    }

    /// On Linux, a limit of 0 does not stop dumps that go to a program; 1 stops those, and is too little for a file.
    pub(super) fn no_core_dump() -> bool {
        cap(Resource::CORE, if cfg!(target_os = "linux") { 1 } else { 0 })
    }

    /// A signal at the limit, the end a second later whatever becomes of the signal.
    pub(super) fn cap_processor(seconds: u32) -> bool {
        let Ok((_, hard)) = Resource::CPU.get() else { return false };
        let soft = u64::from(seconds).min(hard);
        Resource::CPU.set(soft, soft.saturating_add(1).min(hard)).is_ok()
    }

    fn address_space_in_use() -> Option<u64> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let size = status.lines().find_map(|line| line.strip_prefix("VmSize:"))?;
        size.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
    }

    pub(super) fn cap_memory(bytes: u64) -> bool {
        let used = address_space_in_use().unwrap_or(UNKNOWN_SPACE_BYTES);
        let capped = cap(Resource::AS, used.saturating_add(bytes));
        // macOS takes the limit and does not keep to it.
        capped && !cfg!(target_vendor = "apple")
    }

    /// Beside the filter of system calls, and where there is none.
    pub(super) fn cap_the_rest() {
        for (resource, most) in [(Resource::STACK, STACK_BYTES), (Resource::FSIZE, 0), (Resource::NOFILE, 0)]
        {
            let _ = cap(resource, most);
        }
    }
}

#[cfg(not(unix))]
mod resources {
    pub(super) fn no_core_dump() -> bool {
        false
    }

    pub(super) fn cap_processor(_seconds: u32) -> bool {
        false
    }

    pub(super) fn cap_memory(_bytes: u64) -> bool {
        false
    }

    pub(super) fn cap_the_rest() {}
}

/// The filter of system calls.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod filter {
    use std::{collections::BTreeMap, os::fd::AsRawFd as _};

    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule, TargetArch,
    };

    use super::Usage;

    /// What a compiler needs between reading its module and writing its artifact.
    const CALLS: [libc::c_long; 22] = [
        libc::SYS_brk,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_madvise,
        libc::SYS_futex,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_rt_sigreturn,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigaction,
        libc::SYS_sigaltstack,
        libc::SYS_restart_syscall,
        // How a process ends itself; it can only name itself.
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_getrusage,
        libc::SYS_clock_gettime,
        libc::SYS_sched_yield,
        libc::SYS_sched_getaffinity,
        libc::SYS_getrandom,
        libc::SYS_getrlimit,
        libc::SYS_sysinfo,
        libc::SYS_getcpu,
    ];

    fn condition(argument: u8, operation: SeccompCmpOp, value: u64) -> Option<SeccompCondition> {
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operation, value).ok()
    }

    /// The first argument is this descriptor or process.
    fn first_is(value: u64) -> Option<SeccompRule> {
        SeccompRule::new(vec![condition(0, SeccompCmpOp::Eq, value)?]).ok()
    }

    /// The third argument of `mmap` and `mprotect`, without the bit that makes memory executable.
    fn not_executable() -> Option<SeccompCondition> {
        condition(2, SeccompCmpOp::MaskedEq(u64::try_from(libc::PROT_EXEC).ok()?), 0)
    }

    fn program(usage: &Usage) -> Option<BpfProgram> {
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> = CALLS.iter().map(|call| (*call, vec![])).collect();
        let mut readable = vec![first_is(0)?];
        for file in usage.status.iter().chain(&usage.schedule) {
            readable.push(first_is(u64::try_from(file.as_raw_fd()).ok()?)?);
        }
        rules.insert(libc::SYS_read, readable);
        rules.insert(libc::SYS_write, vec![first_is(1)?, first_is(2)?]);
        // Memory comes from no file and is never executable: what comes out is bytes, and they run elsewhere or never.
        let anonymous = u64::try_from(libc::MAP_ANONYMOUS).ok()?;
        let anonymous = condition(3, SeccompCmpOp::MaskedEq(anonymous), anonymous)?;
        rules.insert(libc::SYS_mmap, vec![SeccompRule::new(vec![not_executable()?, anonymous]).ok()?]);
        rules.insert(libc::SYS_mprotect, vec![SeccompRule::new(vec![not_executable()?]).ok()?]);
        // `abort` raises its signal in its own process.
        rules.insert(libc::SYS_tgkill, vec![first_is(u64::from(std::process::id()))?]);
        let refuse = SeccompAction::Errno(u32::try_from(libc::EPERM).ok()?);
        let arch = TargetArch::try_from(std::env::consts::ARCH).ok()?;
        SeccompFilter::new(rules, refuse, SeccompAction::Allow, arch).ok()?.try_into().ok()
    }

    pub(super) fn install(usage: &Usage) -> bool {
        program(usage).is_some_and(|program| seccompiler::apply_filter(&program).is_ok())
    }
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod filter {
    pub(super) fn install(_usage: &super::Usage) -> bool {
        false
    }
}
