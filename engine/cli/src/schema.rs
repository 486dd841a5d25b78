//! `fenrun schema`: the JSON schemas of the formats.
//!
//! Invariant: made from the types that read and write; the committed copies in `schemas/` are the same text.

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::exit::Exit;
use crate::{output, record};

/// A format that has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One order event, a line of the input
    Event,
    /// A program file
    Program,
    /// A guard profile file
    Profile,
    /// A policy's manifest
    Manifest,
    /// A decision
    Decision,
    /// What became of an event, a line of the output
    Outcome,
    /// The close of a period for one party
    Close,
    /// What is granted for something that happened
    Grants,
    /// The cases of a policy
    Cases,
    /// Why an event came to what it came to
    Explanation,
}

#[derive(Args, Debug)]
pub(crate) struct SchemaArguments {
    /// The format
    format: Format,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 10] = [
        Format::Event,
        Format::Program,
        Format::Profile,
        Format::Manifest,
        Format::Decision,
        Format::Outcome,
        Format::Close,
        Format::Grants,
        Format::Cases,
        Format::Explanation,
    ];

    /// The format's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Format::Event => "event",
            Format::Program => "program",
            Format::Profile => "profile",
            Format::Manifest => "manifest",
            Format::Decision => "decision",
            Format::Outcome => "outcome",
            Format::Close => "close",
            Format::Grants => "grants",
            Format::Cases => "cases",
            Format::Explanation => "explanation",
        }
    }

    /// The name of the file its schema is committed in. Case files name theirs by a path that says what it is.
    #[must_use]
    pub const fn file_name(self) -> &'static str {
        match self {
            Format::Event => "event.json",
            Format::Program => "program.json",
            Format::Profile => "profile.json",
            Format::Manifest => "manifest.json",
            Format::Decision => "decision.json",
            Format::Outcome => "outcome.json",
            Format::Close => "close.json",
            Format::Grants => "grants.json",
            Format::Cases => "cases.schema.json",
            Format::Explanation => "explanation.json",
        }
    }

    /// Its JSON Schema as text, with a line end.
    #[must_use]
    pub fn schema(self) -> String {
        let schema: Value = match self {
            Format::Event => fenrun::event::schema(),
            Format::Program => fenrun::program::schema().to_value(),
            Format::Profile => fenrun::profile::schema().to_value(),
            Format::Manifest => fenrun::manifest::schema().to_value(),
            Format::Decision => fenrun::decision::schema(),
            Format::Outcome => record::schema(),
            Format::Close => fenrun::periods::schema(),
            Format::Grants => fenrun::granting::schema(),
            Format::Cases => fenrun_lab::schema(),
            Format::Explanation => fenrun_lab::explanation::schema(),
        };
        format!("{schema:#}\n")
    }
}

pub(crate) fn run(arguments: &SchemaArguments) -> anyhow::Result<Exit> {
    output::print(arguments.format.schema().as_bytes())
}
