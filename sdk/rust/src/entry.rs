//! What the exported hooks call: the policy's state between `configure` and the hooks, and their results.
//!
//! Invariant: a hook only reads the state; only `configure` writes it, and the host keeps what it wrote.

use core::cell::UnsafeCell;

use fenrun_abi::code::HookResult;

use crate::{Config, Decided, Effect, Order, Policy, sys};

/// The configured policy, where the module keeps it.
pub struct State<P> {
    configured: UnsafeCell<Option<P>>,
}

#[expect(unsafe_code, reason = "a WebAssembly policy has one thread: the contract has no shared memory")]
#[cfg(target_arch = "wasm32")]
unsafe impl<P> Sync for State<P> {}

impl<P: Policy> State<P> {
    /// The state before `configure`.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "only the macro makes one, in a static")]
    pub const fn new() -> Self {
        Self { configured: UnsafeCell::new(None) }
    }

    #[expect(
        unsafe_code,
        reason = "one thread, and no call back into the module: no other reference is alive"
    )]
    fn set(&self, policy: P) {
        unsafe { *self.configured.get() = Some(policy) }
    }

    #[expect(
        unsafe_code,
        reason = "one thread, and no call back into the module: no other reference is alive"
    )]
    fn get(&self) -> Option<&P> {
        unsafe { (*self.configured.get()).as_ref() }
    }
}

/// The bytes of a manifest as an array, for its section.
#[must_use]
pub const fn section<const N: usize>(text: &str) -> [u8; N] {
    let bytes = text.as_bytes();
    let mut section = [0; N];
    let mut at = 0;
    #[expect(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        reason = "runs in the compiler, where a mistake is a compile error"
    )]
    while at < N {
        section[at] = bytes[at];
        at += 1;
    }
    section
}

/// The hook `configure`.
pub fn configure<P: Policy>(state: &State<P>) -> i32 {
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

/// The hook `discounts`.
pub fn discounts<P: Policy>(state: &State<P>) -> i32 {
    decide(state, P::discounts)
}

/// The hook `shares`.
pub fn shares<P: Policy>(state: &State<P>) -> i32 {
    decide(state, P::shares)
}

fn decide<P: Policy, E: Effect>(state: &State<P>, hook: fn(&P, &Order) -> Decided<E>) -> i32 {
    match state.get() {
        Some(policy) => finish(hook(policy, &Order::current())),
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
