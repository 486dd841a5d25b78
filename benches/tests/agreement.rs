//! Every engine comes to the same cent.

use fenrun_benches::{
    Amounts, Sale,
    contract::Contract,
    native,
    peers::{
        regorus::{self, Interpreter, Machine},
        rhai::Rhai,
        zen::Zen,
    },
    sandboxed::{self, Sandboxed},
};

#[test]
fn all_engines_agree() {
    let sandboxed = Sandboxed::new();
    let (rhai, zen) = (Rhai::new(), Zen::new());
    let (mut machine, mut interpreter) = (Machine::new(), Interpreter::new());
    for lines in [1, 2, 3, 7, 10, 31, 100] {
        for number in 1..=3 {
            for parties in 1..=3 {
                let mut sale = Sale::of(lines, number);
                sale.chain.truncate(parties);
                let expected = sandboxed::amounts(&sandboxed.decide(&sale.event(), &sale.history()));
                assert_eq!(expected.discount > 0, number == 1);
                assert_eq!(expected.shares.iter().filter(|share| **share > 0).count(), parties);
                let rego = regorus::prepare(&sale);
                let found: [(&str, Amounts); 5] = [
                    ("native", native::decide(&sale)),
                    ("rhai", rhai.decide(&rhai.prepare(&sale))),
                    ("zen", zen.decide(&zen.prepare(&sale))),
                    ("regorus", machine.decide(&rego)),
                    ("regorus interpreter", interpreter.decide(&rego)),
                ];
                for (engine, amounts) in found {
                    assert_eq!(amounts, expected, "{engine} on {sale:?}");
                }
                let mut facts = sale.facts();
                let found: [(&str, [i64; 3]); 7] = [
                    ("fenrun", sandboxed.shares(&mut facts)),
                    ("contract", Contract::default().shares(&mut facts)),
                    ("native", native::shares(sale.paid(), &sale.chain)),
                    ("rhai", rhai.shares(&rhai.prepare(&sale))),
                    ("zen", zen.shares(&zen.prepare(&sale))),
                    ("regorus", machine.shares(&rego)),
                    ("regorus interpreter", interpreter.shares(&rego)),
                ];
                for (engine, shares) in found {
                    assert_eq!(shares, expected.shares, "shares of {engine} on {sale:?}");
                }
            }
        }
    }
}
