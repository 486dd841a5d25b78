//! CSV exports into order events.
