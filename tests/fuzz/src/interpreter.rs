//! A policy that makes one call of the contract for each line of the order: so the fuzzer writes policies as data, and
//! one compiled module serves every input.
//!
//! A line names the call by the attribute `o` (hook `discounts`) or `p` (any other hook), and its arguments by the
//! attributes `a` to `g`. As a handle, [`LAST`] is whatever the call before gave.

use fenrun::event::Line;

/// As an argument that is a handle: the handle that was given last.
pub const LAST: i64 = -999;

/// The number of the call that ends the hook with its first argument.
pub const RETURN: usize = 99;

const ARGUMENTS: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

const SPECIFICATION: &str = include_str!("../../../sdk/abi/abi-v1.wat");

/// One import: its name, its parameters (name, type), its result.
#[derive(Clone, Debug)]
pub struct Import {
    pub name: String,
    pub parameters: Vec<(String, String)>,
    pub result: Option<String>,
}

fn import_lines() -> impl Iterator<Item = &'static str> {
    SPECIFICATION.lines().map(str::trim).filter(|line| line.starts_with("(import"))
}

/// All imports of the contract, read from its specification.
pub fn imports() -> Vec<Import> {
    let read = |line: &'static str| {
        let name = line.split('"').nth(3).unwrap().to_owned();
        let parts = |opening: &'static str| {
            line.split(opening).skip(1).map(|rest| rest.split(')').next().unwrap().to_owned())
        };
        let parameters = parts("(param ").map(|each| {
            let (name, kind) = each.split_once(' ').unwrap();
            (name.trim_start_matches('$').to_owned(), kind.to_owned())
        });
        Import { name, parameters: parameters.collect(), result: parts("(result ").next() }
    };
    import_lines().map(read).collect()
}

/// The number of a call.
pub fn number(name: &str) -> i64 {
    let place = imports().iter().position(|import| import.name == name);
    i64::try_from(place.unwrap_or_else(|| panic!("there is no import `{name}`"))).unwrap()
}

/// The attribute that names the call in a hook.
pub fn call_key(hook: &str) -> &'static str {
    if hook == "discounts" { "o" } else { "p" }
}

/// The policy, for one hook.
pub fn module(hook: &str) -> Vec<u8> {
    let imports_text: Vec<_> = import_lines().collect();
    let keys = format!("{}{}", call_key(hook), ARGUMENTS.concat());
    let globals: String = (0..8).map(|key| format!("(global $k{key} (mut i32) (i32.const 0))\n")).collect();
    let symbols: String = (0..8)
        .map(|key| format!("(global.set $k{key} (call $symbol (i32.const {}) (i32.const 1)))\n", 64 + key))
        .collect();
    let calls: String = imports().iter().enumerate().map(|(number, import)| case(number, import)).collect();
    let text = format!(
        r#"(module
{imports}
(memory (export "memory") 1)
(data (i32.const 0) "because the fuzzer says so, \c3\a9, and some more bytes")
(data (i32.const 64) "{keys}")
{globals}
(func $get (param $line i32) (param $key i32) (result i64)
  (call $attribute (i32.const 2) (local.get $line) (local.get $key)))
(func $handle (param $value i64) (param $last i32) (result i32)
  (select (local.get $last) (i32.wrap_i64 (local.get $value)) (i64.eq (local.get $value) (i64.const {LAST}))))
(func (export "configure") (result i32)
{symbols}
  (i32.const 0))
(func (export "{hook}") (result i32)
  (local $i i32) (local $n i32) (local $last i32) (local $call i64)
  (local.set $n (i32.wrap_i64 (call $order (i32.const 0))))
  (block $end
    (loop $each
      (br_if $end (i32.ge_s (local.get $i) (local.get $n)))
      (local.set $call (call $get (local.get $i) (global.get $k0)))
      (if (i64.eq (local.get $call) (i64.const {RETURN}))
        (then (return (i32.wrap_i64 (call $get (local.get $i) (global.get $k1))))))
{calls}
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $each)))
  (i32.const 0))
(@custom "fenrun_manifest" "{{\"name\": \"by-the-fuzzer\", \"version\": \"1.0.0\", \"abi\": 1, \"hooks\": [\"{hook}\"]}}"))"#,
        imports = imports_text.join("\n"),
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn case(number: usize, import: &Import) -> String {
    let arguments: String = import
        .parameters
        .iter()
        .enumerate()
        .map(|(place, (name, kind))| {
            let get = format!("(call $get (local.get $i) (global.get $k{}))", place + 1);
            match (name.as_str(), kind.as_str()) {
                ("effect" | "handle", _) => format!("(call $handle {get} (local.get $last))"),
                (_, "i64") => get,
                _ => format!("(i32.wrap_i64 {get})"),
            }
        })
        .collect::<Vec<_>>()
        .join(" ");
    let call = format!("(call ${} {arguments})", import.name);
    let call = match import.result.as_deref() {
        Some("i32") => format!("(local.set $last {call})"),
        Some(_) => format!("(drop {call})"),
        None => call,
    };
    format!("(if (i64.eq (local.get $call) (i64.const {number})) (then {call}))\n")
}

/// A line that makes a call in a hook.
pub fn with_call(line: Line, hook: &str, call: i64, arguments: &[i64]) -> Line {
    let line = line.attribute(call_key(hook), call);
    ARGUMENTS.iter().zip(arguments).fold(line, |line, (key, value)| line.attribute(*key, *value))
}
