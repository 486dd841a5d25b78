//! Looks for modules that pass admission and cost a compiler the most: `cargo run --release --bin compile [SECONDS]`.
//!
//! Modules are made from a handful of numbers; those that cost most are changed a little and tried again. The time is that
//! of the processor for this process, so that other work on the machine does not count.
//!
//! Invariant: only what admission lets pass is compiled; the search is the same for the same seconds of luck only, so what is
//! recorded are the numbers of the worst module, from which it can be made again.

use std::{env, fmt::Write as _, fs, time::Instant};

use fenrun::{
    Engine, EngineOptions,
    admission::{AdmissionLimits, AdmittedModule, admit},
};

/// Kinds of statement that a body is made of.
const KINDS: usize = 11;

/// What a module is made from.
#[derive(Clone, Debug)]
struct Genes {
    functions: u64,
    parameters: u64,
    locals: u64,
    depth: u64,
    width: u64,
    statements: u64,
    weights: [u64; KINDS],
    seed: u64,
}

struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) ^ self.0) % end.max(1)
    }

    /// Small and large numbers alike: each power of two as often as the next.
    fn spread(&mut self, most: u64) -> u64 {
        let bits = self.below(u64::from(u64::BITS - most.leading_zeros()) + 1);
        self.below(1 << bits).min(most)
    }
}

impl Genes {
    fn random(numbers: &mut Numbers) -> Self {
        let mut weights = [0; KINDS];
        weights.iter_mut().for_each(|weight| *weight = numbers.below(4) * numbers.below(3));
        weights[usize::try_from(numbers.below(KINDS as u64)).expect("a kind")] += 4;
        Self {
            functions: 1 + numbers.spread(1_999),
            parameters: numbers.below(17),
            locals: numbers.spread(1_024),
            depth: numbers.spread(250),
            width: 1 + numbers.spread(255),
            statements: 1 + numbers.spread(12_000),
            weights,
            seed: numbers.below(u64::MAX),
        }
    }

    fn changed(&self, numbers: &mut Numbers) -> Self {
        let mut next = self.clone();
        let mut vary = |number: &mut u64, most: u64| match numbers.below(4) {
            0 => *number = (*number * 5 / 4 + 1).min(most),
            1 => *number = *number * 3 / 4,
            _ => {}
        };
        vary(&mut next.functions, 2_000);
        vary(&mut next.parameters, 16);
        vary(&mut next.locals, 1_024);
        vary(&mut next.depth, 255);
        vary(&mut next.width, 1_024);
        vary(&mut next.statements, 24_000);
        for weight in &mut next.weights {
            vary(weight, 64);
        }
        (next.functions, next.width) = (next.functions.max(1), next.width.max(1));
        next.seed = numbers.below(u64::MAX);
        next
    }

    fn module(&self) -> Option<AdmittedModule> {
        let total: u64 = self.weights.iter().sum();
        let values = self.parameters + self.locals;
        if total == 0 || values < 2 {
            return None;
        }
        let mut numbers = Numbers(self.seed);
        let mut text = String::from(
            "(module (memory (export \"memory\") 1) (table 4 funcref) (elem (i32.const 0) $f0 $f0 $f0 $f0) (global $g (mut i64) (i64.const 0))",
        );
        let parameters = "i64 ".repeat(usize::try_from(self.parameters).expect("at most 16"));
        let _ = write!(text, "(type $t (func (param {parameters}) (result i64)))");
        for function in 0..self.functions {
            let locals = "i64 ".repeat(usize::try_from(self.locals).expect("at most 1,024"));
            let _ = write!(
                text,
                "(func $f{function} (type $t) (param {parameters}) (result i64) (local {locals})"
            );
            let each = self.statements / (self.depth + 1) + 1;
            for _ in 0..self.depth {
                text.push_str("(block (loop (br_if 1 (i32.wrap_i64 (local.get 0)))");
                self.statements(&mut text, &mut numbers, each, values);
            }
            self.statements(&mut text, &mut numbers, each, values);
            for _ in 0..self.depth {
                text.push_str("(br_if 0 (i32.wrap_i64 (local.get 1)))))");
            }
            text.push_str("(local.get 0))");
        }
        let nothing = "(i64.const 1)".repeat(usize::try_from(self.parameters).expect("at most 16"));
        let _ = write!(
            text,
            "(func (export \"shares\") (result i32) (i32.wrap_i64 (call $f0 {nothing}))) (@custom \"fenrun_manifest\" \"{}\"))",
            r#"{\"name\":\"search\",\"version\":\"1.0.0\",\"abi\":1,\"summary\":\"A search.\",\"hooks\":[\"shares\"]}"#
        );
        admit(&wat::parse_str(&text).ok()?, &AdmissionLimits::default()).ok()
    }

    fn statements(&self, text: &mut String, numbers: &mut Numbers, count: u64, values: u64) {
        let total: u64 = self.weights.iter().sum();
        for _ in 0..count {
            let mut left = numbers.below(total);
            let kind = self.weights.iter().position(|weight| {
                let chosen = left < *weight;
                left = left.saturating_sub(*weight);
                chosen
            });
            let [a, b, c] = [(); 3].map(|()| numbers.below(values));
            let get = |value: u64| format!("(local.get {value})");
            let arguments: String = (0..self.parameters).map(|place| get((a + place) % values)).collect();
            let wide = self.width.min(64);
            let _ = match kind.unwrap_or(0) {
                0 => write!(text, "(local.set {a} (i64.add {} {}))", get(b), get(c)),
                1 => write!(text, "(block (br_if 0 (i64.eqz {})) (local.set {b} {}))", get(a), get(c)),
                2 => write!(text, "(loop (local.set {a} {}) (br_if 0 (i64.eqz {})))", get(b), get(c)),
                3 => write!(
                    text,
                    "(if (i64.eqz {}) (then (local.set {b} {})) (else (local.set {c} {})))",
                    get(a),
                    get(c),
                    get(a)
                ),
                4 => write!(text, "(local.set {a} (i64.div_s {} {}))", get(b), get(c)),
                5 => write!(text, "(local.set {b} (call $f{} {arguments}))", numbers.below(self.functions)),
                6 => write!(
                    text,
                    "(local.set {b} (call_indirect (type $t) {arguments} (i32.wrap_i64 {})))",
                    get(c)
                ),
                7 => write!(
                    text,
                    "(i64.store offset={} (i32.wrap_i64 {}) (i64.load (i32.wrap_i64 {})))",
                    a * 8,
                    get(b),
                    get(c)
                ),
                8 => {
                    let values: String =
                        (0..wide).map(|place| format!("local.get {} ", (a + place) % values)).collect();
                    write!(
                        text,
                        "{values} {} local.set {b} ",
                        "i64.rotl ".repeat(usize::try_from(wide - 1).expect("below 64"))
                    )
                }
                9 => {
                    let targets: String =
                        (0..self.width).map(|place| if place % 2 == 0 { "0 " } else { "1 " }).collect();
                    write!(
                        text,
                        "(block (block (br_table {targets} (i32.wrap_i64 {}))) (local.set {b} {}))",
                        get(a),
                        get(c)
                    )
                }
                _ => write!(
                    text,
                    "(local.set {a} (select {} {} (i64.lt_u {} {}))) (global.set $g {})",
                    get(b),
                    get(c),
                    get(c),
                    get(a),
                    get(a)
                ),
            };
        }
    }
}

/// Seconds that this process has had of a processor.
fn processor() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0);
    // User and system time, in hundredths.
    (ticks(11) + ticks(12)) / 100.0
}

/// Megabytes that the process has held at most since this was last asked.
fn most_held() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or(0.0);
    let _ = fs::write("/proc/self/clear_refs", "5");
    kilobytes / 1_024.0
}

fn main() {
    let seconds = env::args().nth(1).map_or(60, |seconds| seconds.parse().expect("a number of seconds"));
    let engine = Engine::new(EngineOptions::default()).expect("the engine starts");
    let mut numbers = Numbers(20_261_127);
    let mut worst: Vec<(f64, f64, usize, Genes)> = Vec::new();
    let (mut tried, mut admitted, start) = (0_u64, 0_u64, Instant::now());
    most_held();
    while start.elapsed().as_secs() < seconds {
        tried += 1;
        let known = (!worst.is_empty() && numbers.below(3) > 0)
            .then(|| usize::try_from(numbers.below(worst.len() as u64)).expect("one of a few"));
        let genes = match known {
            Some(known) => worst[known].3.changed(&mut numbers),
            None => Genes::random(&mut numbers),
        };
        let Some(module) = genes.module() else { continue };
        admitted += 1;
        let bytes = module.bytes().len();
        let (before, held) = (processor(), most_held());
        let compiled = engine.prepare(module);
        let (time, memory) = (processor() - before, most_held() - held);
        assert!(compiled.is_ok(), "an admitted module compiles: {genes:?}");
        worst.push((time, memory, bytes, genes));
        // The slowest, and the largest.
        worst.sort_by(|one, other| other.0.total_cmp(&one.0));
        if worst.len() > 12 {
            let largest = (6..worst.len()).max_by(|one, other| worst[*one].1.total_cmp(&worst[*other].1));
            let kept = largest.map(|place| worst[place].clone());
            worst.truncate(11);
            worst.extend(kept);
        }
    }
    println!("{tried} modules made, {admitted} admitted and compiled in {seconds} s");
    println!("| processor time | memory | bytes | made from |\n| ---: | ---: | ---: | --- |");
    for (time, memory, bytes, genes) in &worst {
        println!("| {time:.2} s | {memory:.0} MB | {bytes} | `{genes:?}` |");
    }
}
