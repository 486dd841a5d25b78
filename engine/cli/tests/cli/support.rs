//! A folder to work in, and the binary run in it.
//!
//! Invariant: nothing of the machine gets in: no variables, no terminal, no paths.

use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The head of a program under profile `open`; policies follow.
pub(crate) const PROGRAM: &str =
    "merchant = \"shop\"\ncurrency = \"CNY\"\ntime_zone = \"Asia/Shanghai\"\nguard = \"open\"\n";

/// Three levels, 20/5/3 % of what was paid, under profile `cn`: released seven days after completion.
pub(crate) const THREE_LEVEL: &str = r#"
merchant  = "old-cellar"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"

[[policy]]
name = "levels"
use  = "three-level"
"#;

/// An event: order `id` of one line at `price`, paid as given, sold by `s1`.
pub(crate) fn paid(id: &str, price: &str) -> String {
    format!(
        "{{\"kind\":\"order.paid\",\"order\":\"{id}\",\"time\":\"2026-03-01T10:00:00+08:00\",\"currency\":\"CNY\",\
         \"buyer\":{{\"id\":\"b-{id}\"}},\"seller\":\"s1\",\
         \"lines\":[{{\"id\":\"1\",\"quantity\":1,\"price\":\"{price}\"}}]}}\n"
    )
}

/// A folder to work in.
pub(crate) struct Shop {
    folder: TempDir,
}

/// What the binary did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Transcript {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Shop {
    pub(crate) fn new() -> Shop {
        Shop { folder: tempfile::tempdir().unwrap() }
    }

    /// A shop with a program whose only policy is this module of the contract, in WebAssembly text.
    pub(crate) fn with_policy(manifest: &str, fields: &str) -> Shop {
        let shop = Shop::new().file("policy.wat", &module(manifest, fields));
        let built = shop.fenrun(&["build", "policy.wat"]);
        assert_eq!(built.code, 0, "{built}");
        shop.file(
            "program.toml",
            &format!("{PROGRAM}\n[[policy]]\nname = \"ours\"\nuse = \"./policy.wasm\"\n"),
        )
    }

    pub(crate) fn file(self, name: &str, text: &str) -> Shop {
        std::fs::write(self.folder.path().join(name), text).unwrap();
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs the binary in the folder.
    pub(crate) fn fenrun(&self, arguments: &[&str]) -> Transcript {
        self.fenrun_with(arguments, "", &[])
    }

    /// Runs a program over these events from standard input, with JSON out and nothing said.
    pub(crate) fn run_over(&self, events: &str) -> Transcript {
        self.fenrun_with(&["run", "program.toml", "--quiet"], events, &[])
    }

    pub(crate) fn fenrun_with(
        &self,
        arguments: &[&str],
        input: &str,
        variables: &[(&str, &str)],
    ) -> Transcript {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fenrun"));
        command.args(arguments).current_dir(self.folder.path());
        command.env_remove("COLUMNS").env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command.env("FENRUN_POLICIES", root().join("policies"));
        // No test finds or leaves anything in the caches of whoever runs it.
        command.env("FENRUN_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("artifacts"));
        // All tests build policies in one place, beside the workspace's own builds.
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
        command.env("CARGO_TARGET_DIR", root().join(target));
        command.envs(variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that ends before it has read everything is no matter of this helper.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Transcript {
            code: output.status.code().unwrap(),
            stdout: self.redact(&output.stdout),
            stderr: self.redact(&output.stderr),
        }
    }

    fn redact(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let real = self.folder.path().canonicalize().unwrap();
        let text = text.replace(real.to_str().unwrap(), "[shop]");
        let text = text.replace(self.folder.path().to_str().unwrap(), "[shop]");
        let text = text.replace(root().to_str().unwrap(), "[root]");
        let lines = text.split_inclusive('\n').filter(|line| !line.starts_with("building policy "));
        lines.map(without_timing).collect()
    }
}

/// `20 events in 7.96ms, 1507 decisions per second` without what differs from run to run.
fn without_timing(line: &str) -> String {
    match line.split_once(" in ") {
        Some((before, after)) if after.ends_with("decisions per second\n") => format!("{before} in [time]\n"),
        _ => line.to_owned(),
    }
}

impl Transcript {
    /// The records on standard output.
    pub(crate) fn records(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Each record on standard output as `outcome amount amount …`: the shares of a decision in order.
    pub(crate) fn outcomes(&self) -> Vec<String> {
        let outcome = |record: &Value| {
            let shares = record["shares"].as_array().into_iter().flatten();
            let amounts = shares.map(|share| share["amount"].as_str().unwrap().to_owned());
            [record["outcome"].as_str().unwrap().to_owned()]
                .into_iter()
                .chain(amounts)
                .collect::<Vec<_>>()
                .join(" ")
        };
        self.records().iter().map(outcome).collect()
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "exit {}\n--- stdout\n{}--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

/// A manifest with one hook and no configuration.
pub(crate) fn manifest(hook: &str) -> String {
    format!(r#"{{"name":"ours","version":"1.0.0","abi":1,"hooks":["{hook}"]}}"#)
}

/// A module with these fields, all imports that the tests use, and a manifest.
pub(crate) fn module(manifest: &str, fields: &str) -> String {
    let manifest = manifest.replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        r#"(module
  (import "fenrun_v1" "order" (func $order (param i32) (result i64)))
  (import "fenrun_v1" "share" (func $share (param i32) (result i32)))
  (import "fenrun_v1" "share_term" (func $share_term (param i32 i32 i32 i64 i64)))
  (import "fenrun_v1" "discount" (func $discount (param i32) (result i32)))
  (import "fenrun_v1" "discount_percent" (func $discount_percent (param i32 i64 i64)))
  (import "fenrun_v1" "reason" (func $reason (param i32 i32 i32)))
  (import "fenrun_v1" "refuse" (func $refuse (param i32 i32)))
  (import "fenrun_v1" "end" (func $end (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "not on a friday")
{fields}
  (@custom "fenrun_manifest" "{manifest}"))
"#
    )
}
