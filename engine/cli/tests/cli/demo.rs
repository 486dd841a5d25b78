//! The demo: what a person sees who has just cloned the repository.
//!
//! Invariant: every amount of it is asserted.

use serde_json::Value;

use crate::support::{Shop, Transcript, root};

fn demo(program: &str) -> Transcript {
    let folder = root().join("policies/demo");
    let [program, orders] =
        [program, "orders.jsonl"].map(|name| folder.join(name).to_str().unwrap().to_owned());
    Shop::new().fenrun(&["run", &program, &orders, "--quiet"])
}

/// A record as `what discounts | shares | merchant net`.
fn told(record: &Value) -> String {
    let amounts = |key: &str| {
        let effects = record[key].as_array().into_iter().flatten();
        let amounts = effects.map(|effect| match effect["party"]["id"].as_str() {
            Some(party) => format!("{party} {}", effect["amount"].as_str().unwrap()),
            None => effect["amount"].as_str().unwrap().to_owned(),
        });
        amounts.collect::<Vec<_>>().join(", ")
    };
    match record["outcome"].as_str().unwrap() {
        "decided" => format!(
            "{}: {} | {} | {}",
            record["order"].as_str().unwrap(),
            amounts("discounts"),
            amounts("shares"),
            record["totals"]["merchant_net"].as_str().unwrap()
        ),
        other => other.to_owned(),
    }
}

#[test]
fn every_cent_of_the_demo() {
    let transcript = demo("program.toml");
    assert_eq!((transcript.code, transcript.stderr.as_str()), (0, ""), "{transcript}");
    let told: Vec<String> = transcript.records().iter().map(told).collect();
    assert_eq!(
        told,
        [
            "noted",
            "noted",
            "noted",
            "noted",
            "noted",
            "A1-first-order: 59.80 | li 47.84, zhao 11.96, chen 7.17, mei 11.96 | 160.27",
            "A2-second-order: 165.00 | li 33.00, zhao 8.25, chen 4.95, mei 8.25 | 118.55",
            "A3-third-order:  | li 59.80, zhao 14.95, chen 8.97, mei 14.95 | 200.33",
            "A4-chain-of-four:  | wang 1.99, li 0.49, zhao 0.29 | 7.22",
            "A5-chain-of-two:  | zhao 0.06, chen 0.01 | 0.26",
            "A6-chain-of-one: 21.60 | chen 17.28 | 69.12",
            "A7-guide-is-seller: 59.80 | li 47.84, zhao 11.96, chen 7.17, li 11.96 | 160.27",
            "Q1: 17.50 |  | 70.00",
            "A8-paid-by-quote: 17.50 | li 12.00, zhao 3.00, chen 1.80 | 53.20",
            "duplicate",
            "A9-price-floor: 19.00 | zhao 56.00, chen 14.00 | 210.00",
            "A10-seller-buys:  | li 59.80, zhao 14.95, chen 8.97 | 215.28",
            "noted",
            "A11-other-guide:  | nora 13.00 | 247.00",
            "A12-nobody-sold:  |  | 36.00",
        ]
    );
}

#[test]
fn who_asks_for_more_than_the_cap_is_held_with_the_numbers() {
    let transcript = demo("too-greedy.toml");
    assert_eq!(transcript.code, 5, "{transcript}");
    assert_eq!(
        transcript.stdout.lines().nth(5),
        Some(
            "{\"outcome\":\"held\",\"line\":6,\"fact\":\"order.paid/A1-first-order\",\"kind\":\"violation\",\"because\":\
             [\"promoters_cap: promoters would get 164.45 of 299.00 goods paid, at most 149.50 (50%) is allowed by \
             profile `cn`\"]}"
        )
    );
}

#[test]
fn the_demo_can_be_checked() {
    let program = root().join("policies/demo/program.toml");
    let transcript = Shop::new().fenrun(&["check", program.to_str().unwrap(), "--format", "json", "--quiet"]);
    assert_eq!(transcript.code, 0, "{transcript}");
    let report: Value = serde_json::from_str(&transcript.stdout).unwrap();
    let names: Vec<_> =
        report["policies"].as_array().unwrap().iter().map(|policy| &policy["policy"]).collect();
    assert_eq!(names, ["nth-order-discount", "three-level", "guide-lifetime"]);
    assert_eq!(report["policies"][1]["configuration"]["rates"], serde_json::json!(["20%", "5%", "3%"]));
}

/// What the README shows is what its command prints.
#[test]
fn the_readme_shows_the_table_as_it_is() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = root().join("policies/demo");
    let [program, orders] =
        ["program.toml", "orders.jsonl"].map(|name| folder.join(name).to_str().unwrap().to_owned());
    let transcript = Shop::new().fenrun(&["run", &program, &orders, "--format", "table", "--quiet"]);
    assert!(transcript.stdout.contains(shown), "{transcript}");
}

#[test]
fn the_readme_lists_the_exit_codes_as_help_does() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let help = Shop::new().fenrun(&["--help"]).stdout;
    for exit in fenrun_cli::Exit::ALL {
        let (code, about) = (exit.code(), exit.about());
        assert!(help.contains(&format!("\n  {code}  {about}\n")), "{code} in `fenrun --help`");
        assert!(readme.contains(&format!("\n| {code} | {about} |\n")), "{code} in the README");
    }
}
