//! Reading events ahead: while the books work on one batch, the next one is read on another thread.
//!
//! Invariant: batches come back in the order in which they were given, each line with what it says, whoever read it.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use fenrun::books::Received;
use fenrun::event::{EventError, Expectations};

/// How many batches are away at once: one that is being read, one that is read and waits.
const BATCHES: usize = 2;

/// A line of the input that waits for its batch to be committed.
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) said: Said,
}

/// What a line says.
pub(super) enum Said {
    /// Not read yet.
    Text(String),
    /// Read, under the expectations of its batch.
    Event(String, Result<Box<Received>, EventError>),
    /// It could not even be taken in: it is too long, or no text.
    Unreadable(EventError),
}

/// Lines that are committed together.
pub(super) struct Batch {
    pub(super) lines: Vec<Line>,
    /// Under which they were read.
    pub(super) expect: Expectations,
}

impl Batch {
    /// The same with every line read.
    fn read(mut self) -> Batch {
        for line in &mut self.lines {
            if let Said::Text(text) = &mut line.said {
                let text = std::mem::take(text);
                let received = Received::read(&text, &self.expect).map(Box::new);
                line.said = Said::Event(text, received);
            }
        }
        self
    }
}

/// Who reads ahead.
pub(super) struct Ahead {
    /// `None` once no more will come.
    to: Option<SyncSender<Batch>>,
    from: Receiver<Batch>,
    reader: Option<JoinHandle<()>>,
    away: usize,
}

impl Ahead {
    pub(super) fn new() -> Self {
        let (to, given) = sync_channel::<Batch>(BATCHES);
        let (back, from) = sync_channel(BATCHES);
        let reader = thread::spawn(move || {
            for batch in given {
                if back.send(batch.read()).is_err() {
                    break;
                }
            }
        });
        Self { to: Some(to), from, reader: Some(reader), away: 0 }
    }

    /// Gives a batch away to be read; answers an earlier one where enough are away.
    pub(super) fn give(&mut self, batch: Batch) -> Option<Batch> {
        match self.to.as_ref().map(|to| to.send(batch)) {
            Some(Ok(())) => self.away = self.away.saturating_add(1),
            // The reader has ended, which it does only with us. What it did not take is read here.
            Some(Err(unsent)) => return Some(unsent.0.read()),
            None => {}
        }
        if self.away < BATCHES { None } else { self.take() }
    }

    /// The next batch that was given away; `None` where none is.
    pub(super) fn take(&mut self) -> Option<Batch> {
        if self.away == 0 {
            return None;
        }
        self.away = self.away.saturating_sub(1);
        self.from.recv().ok()
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.to = None;
        // What is still on its way back is let go of, so that the reader does not wait for us.
        while self.from.recv().is_ok() {}
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}
