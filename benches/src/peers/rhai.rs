//! Rhai: a script compiled once, called as a function. Orders are a registered type, so that nothing is copied before the
//! script asks for it.

use std::rc::Rc;

use rhai::{AST, Array, CallFnOptions, Dynamic, Engine, ImmutableString, Map, Scope};

use crate::{Amounts, Sale, sale::SaleLine};

/// An order as the script sees it.
#[derive(Clone, Debug)]
pub struct Input {
    number: i64,
    lines: Rc<[SaleLine]>,
    chain: Array,
    paid: i64,
}

/// The lines as the script walks over them.
#[derive(Clone, Debug)]
struct Lines(Rc<[SaleLine]>);

struct Walk {
    lines: Rc<[SaleLine]>,
    next: usize,
}

impl Iterator for Walk {
    type Item = SaleLine;

    fn next(&mut self) -> Option<SaleLine> {
        let line = self.lines.get(self.next).copied();
        self.next += 1;
        line
    }
}

impl IntoIterator for Lines {
    type Item = SaleLine;
    type IntoIter = Walk;

    fn into_iter(self) -> Walk {
        Walk { lines: self.0, next: 0 }
    }
}

/// An engine with the script.
#[derive(Debug)]
pub struct Rhai {
    engine: Engine,
    script: AST,
}

impl Default for Rhai {
    fn default() -> Self {
        Self::new()
    }
}

impl Rhai {
    /// Registers the types and compiles the script.
    ///
    /// # Panics
    ///
    /// Where the script does not compile.
    #[must_use]
    pub fn new() -> Self {
        let mut engine = Engine::new();
        engine
            .register_type_with_name::<Input>("Order")
            .register_get("number", |order: &mut Input| order.number)
            .register_get("lines", |order: &mut Input| Lines(order.lines.clone()))
            .register_get("chain", |order: &mut Input| order.chain.clone())
            .register_type_with_name::<SaleLine>("Line")
            .register_get("quantity", |line: &mut SaleLine| i64::from(line.quantity))
            .register_get("price", |line: &mut SaleLine| line.price)
            .register_type_with_name::<Lines>("Lines")
            .register_iterator::<Lines>();
        let script = engine.compile(include_str!("../../rules/split.rhai")).expect("the script compiles");
        Self { engine, script }
    }

    /// Converts a sale, once for many decisions.
    #[must_use]
    pub fn prepare(&self, sale: &Sale) -> Input {
        let chain = sale.chain.iter().map(|party| Dynamic::from(ImmutableString::from(party.as_str())));
        Input {
            number: i64::from(sale.number),
            lines: sale.lines.clone().into(),
            chain: chain.collect(),
            paid: sale.paid(),
        }
    }

    fn call<T: Clone + 'static>(&self, name: &str, arguments: impl rhai::FuncArgs) -> T {
        let options = CallFnOptions::new().eval_ast(false);
        self.engine
            .call_fn_with_options(options, &mut Scope::new(), &self.script, name, arguments)
            .expect("the script decides")
    }

    /// The whole rule.
    ///
    /// # Panics
    ///
    /// Where the script fails or answers something else, as for [`Self::shares`].
    #[must_use]
    pub fn decide(&self, input: &Input) -> Amounts {
        let decision: Map = self.call("decide", (input.clone(),));
        let discount = decision["discount"].as_int().expect("an integer");
        let shares = decision["shares"].as_array_ref().expect("a list");
        Amounts::new(discount, shares.iter().map(amount))
    }

    /// The shares of what was paid.
    #[must_use]
    pub fn shares(&self, input: &Input) -> [i64; 3] {
        let shares: Array = self.call("shares", (input.paid, input.chain.clone()));
        Amounts::new(0, shares.iter().map(amount)).shares
    }
}

fn amount(share: &Dynamic) -> i64 {
    share.as_map_ref().expect("a share")["amount"].as_int().expect("an integer")
}
