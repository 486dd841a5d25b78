//! What an author implements, and the macro that exports it.
//!
//! Invariant: the generated code holds no logic; it calls [`crate::entry`].

use crate::{
    Config, Configured, Decided, Discount, GrantsEffect, Occasion, Order, Period, PeriodEffect, Share,
};

/// A policy: its configuration as a struct, and the hooks it needs.
///
/// Hooks see the order as it is at that moment and return what they ask for. Nothing is kept between two calls.
pub trait Policy: Copy + 'static {
    /// Reads the configuration, once for a program.
    ///
    /// # Errors
    ///
    /// A [`crate::Refusal`] where the configuration cannot be used; the program is then not loaded.
    fn configure(config: &Config) -> Configured<Self>;

    /// Decides discounts while the order is priced.
    fn discounts(&self, _order: &Order) -> Decided<Discount> {
        Decided::none()
    }

    /// Decides shares when the order is paid.
    fn shares(&self, _order: &Order) -> Decided<Share> {
        Decided::none()
    }

    /// Decides points, stars, coupons and tiers when an order is paid or something else happens; no money.
    fn grants(&self, _occasion: &Occasion) -> Decided<GrantsEffect> {
        Decided::none()
    }

    /// Decides bonuses and tiers when a period closes, once for each party.
    fn period(&self, _period: &Period) -> Decided<PeriodEffect> {
        Decided::none()
    }
}

/// Exports a policy with the hooks it implements, and embeds its manifest.
///
/// ```
/// # mod my_policy {
/// use fenrun_sdk::prelude::*;
///
/// #[derive(Clone, Copy)]
/// pub struct Nothing;
///
/// impl Policy for Nothing {
///     fn configure(_config: &Config) -> Configured<Self> {
///         Ok(Self)
///     }
/// }
///
/// policy!(Nothing, hooks: [shares], manifest: r#"{"name": "nothing", "version": "1.0.0", "abi": 1, "hooks": ["shares"]}"#);
/// # }
/// ```
///
/// The manifest is usually a file: `manifest: include_str!("../manifest.json")`.
#[macro_export]
macro_rules! policy {
    ($policy:ty, hooks: [$($hook:ident),+ $(,)?], manifest: $manifest:expr $(,)?) => {
        /// The manifest that the module carries, as JSON.
        pub const MANIFEST: &str = $manifest;

        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code, reason = "exports of the module; written by the SDK, not by the author")]
        const _: () = {
            static STATE: $crate::entry::State<$policy> = $crate::entry::State::new();

            #[unsafe(link_section = "fenrun_manifest")]
            static SECTION: [u8; $crate::entry::section_length(MANIFEST)] = $crate::entry::section(MANIFEST);

            #[unsafe(no_mangle)]
            extern "C" fn configure() -> i32 {
                $crate::entry::configure(&STATE)
            }

            $(
                #[unsafe(no_mangle)]
                extern "C" fn $hook() -> i32 {
                    $crate::entry::$hook(&STATE)
                }
            )+
        };
    };
}
