//! Prints the last criterion run as the table of the README: `cargo run --release --bin table [-- --fastest]`.
//!
//! Invariant: medians, unless the fastest samples are asked for.

use std::{env, fs, path::Path};

use serde_json::Value;

/// A row: the engine, and its medians in nanoseconds.
type Row = (String, Vec<Option<f64>>);

fn read(run: &Path, place: [&str; 3], file: &str) -> Option<Value> {
    let folder = place.iter().fold(run.to_owned(), |folder, part| folder.join(part));
    serde_json::from_str(&fs::read_to_string(folder.join("new").join(file)).ok()?).ok()
}

fn median(run: &Path, place: [&str; 3]) -> Option<f64> {
    read(run, place, "estimates.json")?["median"]["point_estimate"].as_f64()
}

/// The fastest sample: what other work on the machine disturbs least.
fn fastest(run: &Path, place: [&str; 3]) -> Option<f64> {
    let sample = read(run, place, "sample.json")?;
    let (times, calls) = (sample["times"].as_array()?, sample["iters"].as_array()?);
    let each = times.iter().zip(calls).filter_map(|(time, calls)| Some(time.as_f64()? / calls.as_f64()?));
    each.min_by(f64::total_cmp)
}

fn rows(run: &Path, group: &str, engines: &[&str], parameters: &[&str]) -> Vec<Row> {
    let row = |engine: &&str| {
        let folder = engine.replace(':', "_");
        let time = if env::args().any(|argument| argument == "--fastest") { fastest } else { median };
        let medians = parameters.iter().map(|parameter| time(run, [group, &folder, parameter]));
        ((*engine).to_owned(), medians.collect())
    };
    engines.iter().map(row).collect()
}

fn shown(nanoseconds: f64) -> String {
    match nanoseconds {
        less if less < 1_000.0 => format!("{less:.0} ns"),
        less if less < 100_000.0 => format!("{:.2} µs", less / 1_000.0),
        more => format!("{:.0} µs", more / 1_000.0),
    }
}

fn print(title: &str, rows: &[Row]) {
    println!(
        "\n| {title} | 1 line | 10 lines | 100 lines | × fenrun at 10 |\n| --- | ---: | ---: | ---: | ---: |"
    );
    let ours = rows.first().and_then(|(_, medians)| medians.get(1).copied().flatten());
    for (engine, medians) in rows {
        let cells: Vec<String> = medians.iter().map(|time| time.map_or_else(|| "–".into(), shown)).collect();
        let ratio = medians.get(1).copied().flatten().zip(ours).map(|(time, ours)| time / ours);
        println!(
            "| {engine} | {} | {} |",
            cells.join(" | "),
            ratio.map_or_else(|| "–".into(), |ratio| format!("{ratio:.2}"))
        );
    }
}

fn main() {
    let run = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/criterion");
    let lines = ["1", "10", "100"];
    let shares =
        ["fenrun hook", "contract, no sandbox", "native", "rhai", "zen", "regorus", "regorus interpreter"];
    print("shares of known prices", &rows(&run, "shares", &shares, &lines));
    let rule = [
        "fenrun decide",
        "native",
        "rhai",
        "rhai, from the order",
        "zen",
        "zen, from the order",
        "regorus",
        "regorus, from the order",
        "regorus interpreter",
    ];
    print("whole rule", &rows(&run, "rule", &rule, &lines));
    print("reading the event", &rows(&run, "parse", &["Event::parse", "serde_json::Value"], &lines));
    println!("\n| threads, 10 lines | one | two | two ÷ one |\n| --- | ---: | ---: | ---: |");
    for (engine, medians) in rows(&run, "threads", &["fenrun hook", "fenrun decide", "native"], &["1", "2"]) {
        if let [Some(one), Some(two)] = *medians {
            let (one, two) = (1e9 / one, 2e9 / two);
            println!("| {engine} | {one:.0} /s | {two:.0} /s | {:.2} |", two / one);
        }
    }
}
