//! An event as the books receive it: with the text the log keeps of it, and the digest that tells it from another.
//!
//! Invariant: a function of the event alone, so it can be worked out on any thread, ahead of the books.

use sha2::{Digest as _, Sha256};

use crate::event::{Event, EventError, Expectations};

/// An event with the text that the log keeps of it.
///
/// [`Books::take`](super::Books::take) makes one of every event. Whoever feeds a long stream can make them on another
/// thread while the books work on the events before, and hand them to
/// [`Books::take_received`](super::Books::take_received).
///
/// ```
/// use fenrun::books::Received;
/// use fenrun::event::Expectations;
/// use fenrun_money::Currency;
///
/// let expect = Expectations::new(Currency::of("CNY")?);
/// let paid = r#"{"kind":"order.paid","order":"A1","time":"2026-03-01T10:00:00+08:00","currency":"CNY",
///     "buyer":{"id":"b1"},"seller":"s1","lines":[{"id":"1","quantity":1,"price":"9.99"}]}"#;
/// assert_eq!(Received::read(paid, &expect)?.event().fact_key().as_str(), "order.paid/A1");
///
/// let error = Received::read(&paid.replace("CNY", "EUR"), &expect).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "currency: expected `CNY`, found `EUR`; hint: a program decides events of one currency"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Received {
    event: Event,
    text: String,
    payload: [u8; 32],
}

impl Received {
    /// Reads an event from its JSON text.
    ///
    /// # Errors
    ///
    /// As [`Event::parse`].
    pub fn read(json: &str, expect: &Expectations) -> Result<Self, EventError> {
        Event::parse(json, expect).map(Self::from)
    }

    /// The event.
    #[must_use]
    pub const fn event(&self) -> &Event {
        &self.event
    }

    /// The event as the log keeps it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The SHA-256 of that text.
    pub(super) const fn payload(&self) -> [u8; 32] {
        self.payload
    }
}

impl From<Event> for Received {
    fn from(event: Event) -> Self {
        let text = event.to_json();
        let payload = Sha256::digest(&text).into();
        Self { event, text, payload }
    }
}
