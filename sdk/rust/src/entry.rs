//! What the exported hooks call: the policy's state between `configure` and the hooks, and their results.
//!
//! Invariant: a hook only reads the state; only `configure` writes it, and the host keeps what it wrote.

use core::{
    cell::{Cell, UnsafeCell},
    mem::MaybeUninit,
};

use fenrun_abi::code::HookResult;

use crate::{Config, Decided, Effect, Occasion, Order, Period, Policy, sys};

/// The configured policy, where the module keeps it.
///
/// It is all zero before, so that a module carries no bytes for it.
pub struct State<P> {
    configured: Cell<bool>,
    policy: UnsafeCell<MaybeUninit<P>>,
}

#[expect(unsafe_code, reason = "a WebAssembly policy has one thread: the contract has no shared memory")]
#[cfg(target_arch = "wasm32")]
unsafe impl<P> Sync for State<P> {}

impl<P: Policy> State<P> {
    /// The state before `configure`.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "only the macro makes one, in a static")]
    pub const fn new() -> Self {
        Self { configured: Cell::new(false), policy: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    #[expect(
        unsafe_code,
        reason = "one thread, and no call back into the module: no other reference is alive"
    )]
    fn set(&self, policy: P) {
        unsafe { (*self.policy.get()).write(policy) };
        self.configured.set(true);
    }

    #[expect(
        unsafe_code,
        reason = "configured says that it was written; no other reference is alive, as for `set`"
    )]
    fn get(&self) -> Option<&P> {
        self.configured.get().then(|| unsafe { (*self.policy.get()).assume_init_ref() })
    }
}

/// How long a manifest is in its section.
#[must_use]
pub const fn section_length(manifest: &str) -> usize {
    fill(manifest.as_bytes(), &mut [])
}

/// A manifest as its section holds it: JSON without the spaces and line ends that are for people.
#[must_use]
pub const fn section<const N: usize>(manifest: &str) -> [u8; N] {
    let mut section = [0; N];
    fill(manifest.as_bytes(), &mut section);
    section
}

/// Copies what is not space outside of strings, as far as there is room, and says how much there is of it.
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "runs in the compiler, where a mistake is a compile error"
)]
const fn fill(json: &[u8], section: &mut [u8]) -> usize {
    let (mut at, mut filled) = (0, 0);
    let (mut in_string, mut escaped) = (false, false);
    while at < json.len() {
        let byte = json[at];
        if in_string || !byte.is_ascii_whitespace() {
            if filled < section.len() {
                section[filled] = byte;
            }
            filled += 1;
        }
        in_string = if byte == b'"' && !escaped { !in_string } else { in_string };
        escaped = byte == b'\\' && !escaped;
        at += 1;
    }
    filled
}

/// Room for a handful of refusals: all but one of them were answered by the policy with a default of its own.
#[cfg(target_arch = "wasm32")]
struct Room {
    bytes: UnsafeCell<[u8; ROOM_BYTES]>,
    used: Cell<usize>,
}

#[cfg(target_arch = "wasm32")]
const ROOM_BYTES: usize = 512;

#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "a WebAssembly policy has one thread: the contract has no shared memory")]
unsafe impl Sync for Room {}

/// Keeps a text for as long as the module runs; `None` where there is no more room. Only refusals of `configure` need
/// it, and an instance in which `configure` refused decides nothing.
#[cfg(target_arch = "wasm32")]
pub(crate) fn keep(text: &[u8]) -> Option<&'static [u8]> {
    static ROOM: Room = Room { bytes: UnsafeCell::new([0; ROOM_BYTES]), used: Cell::new(0) };

    let used = ROOM.used.get();
    let end = used.checked_add(text.len()).filter(|end| *end <= ROOM_BYTES)?;
    ROOM.used.set(end);
    #[expect(unsafe_code, reason = "the range is inside the room, and `used` hands each byte out once")]
    let kept =
        unsafe { core::slice::from_raw_parts_mut(ROOM.bytes.get().cast::<u8>().add(used), text.len()) };
    kept.copy_from_slice(text);
    Some(kept)
}

/// Keeps a text for as long as the test runs.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn keep(text: &[u8]) -> Option<&'static [u8]> {
    Some(text.to_vec().leak())
}

/// The hook `configure`.
pub fn configure<P: Policy>(state: &State<P>) -> i32 {
    let result = configure_state(state);
    clear_stack();
    result
}

#[inline(never)]
fn configure_state<P: Policy>(state: &State<P>) -> i32 {
    match P::configure(&Config::root()) {
        Ok(policy) => {
            state.set(policy);
            HookResult::Done.id()
        }
        Err(refusal) => {
            refusal.tell();
            HookResult::Refused.id()
        }
    }
}

/// Overwrites what `configure` left on the stack, which nobody reads again: the host copies what is not zero into each
/// instance that decides.
#[inline(never)]
fn clear_stack() {
    core::hint::black_box(&mut [0_u64; 512]);
}

/// The hook `discounts`.
pub fn discounts<P: Policy>(state: &State<P>) -> i32 {
    decide(state, P::discounts, &Order::current())
}

/// The hook `shares`.
pub fn shares<P: Policy>(state: &State<P>) -> i32 {
    decide(state, P::shares, &Order::current())
}

/// The hook `grants`.
pub fn grants<P: Policy>(state: &State<P>) -> i32 {
    decide(state, P::grants, &Occasion::current())
}

/// The hook `period`.
pub fn period<P: Policy>(state: &State<P>) -> i32 {
    decide(state, P::period, &Period::current())
}

fn decide<P: Policy, F, E: Effect>(state: &State<P>, hook: fn(&P, &F) -> Decided<E>, facts: &F) -> i32 {
    match state.get() {
        Some(policy) => finish(hook(policy, facts)),
        None => {
            sys::refuse(b"the policy was not configured");
            HookResult::Refused.id()
        }
    }
}

pub(crate) fn finish<E: Effect>(decided: Decided<E>) -> i32 {
    match decided.refusal() {
        None => HookResult::Done.id(),
        Some(reason) => {
            sys::refuse(reason.as_bytes());
            HookResult::Refused.id()
        }
    }
}

/// A panic of a policy is a trap: the host sees a failure, and nothing of the hook counts.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

#[cfg(test)]
mod tests {
    use super::{section, section_length};

    #[test]
    fn a_section_is_the_manifest_without_the_spaces_between() {
        const MANIFEST: &str = "{\n  \"about\": \"a \\\"b\\\\\" ,\r\n\t\"max\" : [ 1, 2 ]\n}\n";
        let bytes: [u8; section_length(MANIFEST)] = section(MANIFEST);
        assert_eq!(bytes, *br#"{"about":"a \"b\\","max":[1,2]}"#);
    }
}
