//! A case file as it is written: the types from which reading and the schema both come.
//!
//! Invariant: says only what may be written; what a case means is told by the runner.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de::value::MapAccessDeserializer, de::value::SeqAccessDeserializer};
use serde_json::value::RawValue;

use crate::schema::{AnyEvent, OrderSketch, ProgramSketch};

/// Cases of one policy: what is given, and the money that is to move.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schemars(rename = "Cases", title = "Cases of a policy")]
pub(crate) struct CaseFile<'a> {
    /// The schema, for editors.
    #[serde(rename = "$schema", default)]
    #[expect(dead_code, reason = "only editors read it")]
    schema: Option<String>,
    /// What the file is about.
    #[serde(default)]
    #[expect(dead_code, reason = "only people read it")]
    about: Option<String>,
    /// What every case begins with. Objects are merged key by key, deeply; anything else a case replaces whole, lists too.
    #[serde(borrow, default)]
    #[schemars(with = "Option<Defaults<'static>>")]
    pub(crate) defaults: Option<&'a RawValue>,
    /// The cases; at least one.
    #[serde(borrow)]
    #[schemars(with = "Vec<Case<'static>>", length(min = 1))]
    pub(crate) cases: Vec<&'a RawValue>,
}

/// What every case begins with.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Defaults<'a> {
    /// The configuration of this folder's policy.
    #[serde(borrow, default)]
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub(crate) configuration: Option<&'a RawValue>,
    /// The program.
    #[serde(borrow, default)]
    #[schemars(with = "Option<ProgramSketch>")]
    pub(crate) program: Option<&'a RawValue>,
    /// What is there before anything is expected.
    #[serde(borrow, default)]
    pub(crate) given: Option<Given<'a>>,
    /// What the case may cost.
    #[serde(default)]
    pub(crate) fuel: Option<Fuel>,
}

/// One case: a sentence, what is given, what is expected.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Case<'a> {
    /// What the policy does, as the end of a sentence that begins with "it": `gives the seller 20 % of what was paid`.
    pub(crate) it: String,
    /// What there is to know about it.
    #[serde(default)]
    #[expect(dead_code, reason = "only people read it")]
    about: Option<String>,
    /// The configuration of this folder's policy, where the program has no list of policies.
    #[serde(borrow, default)]
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub(crate) configuration: Option<&'a RawValue>,
    /// The program. Left out: this folder's policy alone, CNY, Asia/Shanghai, guard profile `cn`.
    #[serde(borrow, default)]
    #[schemars(with = "Option<ProgramSketch>")]
    pub(crate) program: Option<&'a RawValue>,
    /// What is there before anything is expected.
    #[serde(borrow, default)]
    pub(crate) given: Option<Given<'a>>,
    /// What the order comes to. Without an order: that the program does not load (`refusal`).
    #[serde(default)]
    pub(crate) expect: Option<Expect>,
    /// What it may cost.
    #[serde(default)]
    pub(crate) fuel: Option<Fuel>,
    /// What happens then, one after the other.
    #[serde(borrow, default)]
    pub(crate) then: Vec<Step<'a>>,
}

/// What is there before anything is expected.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Given<'a> {
    /// What happened before: complete events of any kind, in order. Each must be taken, or the case cannot be run.
    #[serde(borrow, default)]
    #[schemars(with = "Option<Vec<AnyEvent>>")]
    pub(crate) events: Option<&'a RawValue>,
    /// The order that is paid. What is left out: `order` A1, `time` 2026-03-02T10:00:00+08:00, the program's currency,
    /// `pricing` engine, `buyer` b1, in each line `quantity` 1 and `id` by its place from 1. `buyer` may be an id.
    #[serde(borrow, default)]
    #[schemars(with = "Option<OrderSketch>")]
    pub(crate) order: Option<&'a RawValue>,
}

/// What a case may cost.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Fuel {
    /// The most fuel that the policies may use on the order of the case, all hook calls together.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub(crate) max: Option<u64>,
}

/// Something that happens then: an event, or one more paid order.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Step<'a> {
    /// A complete event of any kind.
    #[serde(borrow, default)]
    #[schemars(with = "Option<AnyEvent>")]
    pub(crate) event: Option<&'a RawValue>,
    /// One more paid order, on top of the case's own: what is left out is as there, but `order` is A2, A3 … by the place
    /// of the step.
    #[serde(borrow, default)]
    #[schemars(with = "Option<OrderSketch>")]
    pub(crate) order: Option<&'a RawValue>,
    /// What it comes to.
    #[serde(default)]
    pub(crate) expect: Option<Expect>,
}

/// What is expected. Only what is named is looked at, and whatever is named is complete: a party, a policy or a balance
/// that is not in the list must not be there (amounts of zero may be left out). Amounts and texts compare exactly.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(crate) struct Expect {
    /// What became of the event: `created`, `noted`, `refused`, `held`, `parked`, `duplicate` or `conflict`. Left out:
    /// `created` or `noted`, unless a refusal, violation or failure is expected.
    pub(crate) code: Option<CodeName>,
    /// Why it was not posted, word for word.
    pub(crate) because: Option<String>,
    /// What comes off: by policy, or each discount by itself.
    pub(crate) discounts: Option<Money<DiscountRow>>,
    /// Who gets how much of the order: by party, all its shares together, or each share by itself.
    pub(crate) shares: Option<Money<ShareRow>>,
    /// What stays with the merchant of the order.
    pub(crate) merchant_net: Option<Amount>,
    /// Units that were granted: by who gets them and of what, `{"b1": {"stars": 1}}`; or each grant by itself.
    pub(crate) grants: Option<Grants>,
    /// The reason for which a policy said no, word for word: to the order, or to its configuration. Several: a list.
    pub(crate) refusal: Option<OneOrMore>,
    /// The rules of the guard that are broken, such as `promoters_cap`; or with its whole text.
    pub(crate) violation: Option<OneOrMore>,
    /// How a policy broke: `out of fuel`, `stack overflow`, `unreachable`, `trap`, `contract`, `code`; or the whole text.
    pub(crate) failure: Option<OneOrMore>,
    /// What parties have earned that is not released yet.
    pub(crate) held: Option<BTreeMap<String, Amount>>,
    /// What parties may be paid out.
    pub(crate) available: Option<BTreeMap<String, Amount>>,
    /// What parties owe after money was taken back.
    pub(crate) owed: Option<BTreeMap<String, Amount>>,
    /// What is on its way to parties.
    pub(crate) in_payout: Option<BTreeMap<String, Amount>>,
    /// What parties have been paid.
    pub(crate) paid: Option<BTreeMap<String, Amount>>,
    /// What funders of discounts owe the merchant.
    pub(crate) funding: Option<BTreeMap<String, Amount>>,
    /// The merchant's own balance over all that has happened.
    pub(crate) merchant: Option<Amount>,
    /// Units in wallets: by whose and of what. Coupons count where one of them is named as `coupon/CODE`.
    pub(crate) units: Option<BTreeMap<String, BTreeMap<String, i64>>>,
    /// The tier of parties; `null` for none. Only the named parties are looked at.
    pub(crate) tier: Option<BTreeMap<String, Option<String>>>,
}

/// One discount. Only the fields that are given are compared.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(crate) struct DiscountRow {
    /// The policy's name in the program.
    pub(crate) policy: Option<String>,
    /// The line. Where one row of a list names a line, each discount is told line by line.
    pub(crate) line: Option<String>,
    /// How much comes off.
    pub(crate) amount: Option<Amount>,
    /// The policy's reason, word for word.
    pub(crate) because: Option<String>,
}

/// One share. Only the fields that are given are compared.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(crate) struct ShareRow {
    /// The policy's name in the program.
    pub(crate) policy: Option<String>,
    /// Who gets it.
    pub(crate) party: Option<String>,
    /// As what.
    pub(crate) role: Option<String>,
    /// The line. Where one row of a list names a line, each share is told line by line.
    pub(crate) line: Option<String>,
    /// How much.
    pub(crate) amount: Option<Amount>,
    /// The exact rate, such as `20%`; several terms as `10% + 12%`.
    pub(crate) rate: Option<String>,
    /// The policy's reason, word for word.
    pub(crate) because: Option<String>,
}

/// One grant. Only the fields that are given are compared.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(crate) struct GrantRow {
    /// The policy's name in the program.
    pub(crate) policy: Option<String>,
    /// Who gets them.
    pub(crate) to: Option<String>,
    /// Units of what.
    pub(crate) asset: Option<String>,
    /// How many.
    pub(crate) units: Option<i64>,
    /// After how many days they expire.
    pub(crate) expires_days: Option<u32>,
    /// The policy's reason, word for word.
    pub(crate) because: Option<String>,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Code")]
pub(crate) enum CodeName {
    Created,
    Noted,
    Refused,
    Held,
    Parked,
    Duplicate,
    Conflict,
}

/// Amounts by name, or rows.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Money<Row> {
    Sums(BTreeMap<String, Amount>),
    Rows(Vec<Row>),
}

/// Units by name and asset, or rows.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Grants {
    Sums(BTreeMap<String, BTreeMap<String, i64>>),
    Rows(Vec<GrantRow>),
}

/// One text, or several.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub(crate) fn all(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::More(texts) => texts,
        }
    }
}

/// An exact amount, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Amount(pub(crate) String);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        match raw.as_bytes().first() {
            Some(b'"') => serde_json::from_str(raw).map(Amount).map_err(D::Error::custom),
            Some(b'-' | b'0'..=b'9') => Ok(Amount(raw.to_owned())),
            _ => Err(D::Error::custom("invalid type: map, expected an amount such as \"9.99\"")),
        }
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An exact amount in major units of the program's currency, such as \"49.90\".",
            "type": ["string", "number"],
            "pattern": r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$",
        })
    }
}

/// An object or a list, each read where it stands, so that an error keeps its place.
struct Either<Map, List> {
    expecting: &'static str,
    kinds: PhantomData<(Map, List)>,
}

enum Found<Map, List> {
    Map(Map),
    List(List),
}

impl<'de, Map: Deserialize<'de>, List: Deserialize<'de>> Visitor<'de> for Either<Map, List> {
    type Value = Found<Map, List>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.expecting)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Map::deserialize(MapAccessDeserializer::new(map)).map(Found::Map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        List::deserialize(SeqAccessDeserializer::new(list)).map(Found::List)
    }
}

impl<'de, Row: Deserialize<'de>> Deserialize<'de> for Money<Row> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expecting = "amounts by name, or a list";
        match deserializer.deserialize_any(Either { expecting, kinds: PhantomData })? {
            Found::Map(sums) => Ok(Self::Sums(sums)),
            Found::List(rows) => Ok(Self::Rows(rows)),
        }
    }
}

impl<'de> Deserialize<'de> for Grants {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expecting = "units by name and asset, or a list";
        match deserializer.deserialize_any(Either { expecting, kinds: PhantomData })? {
            Found::Map(sums) => Ok(Self::Sums(sums)),
            Found::List(rows) => Ok(Self::Rows(rows)),
        }
    }
}

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;

        impl<'de> Visitor<'de> for Texts {
            type Value = OneOrMore;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text, or a list of texts")
            }

            fn visit_str<E>(self, text: &str) -> Result<OneOrMore, E> {
                Ok(OneOrMore::One(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<OneOrMore, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(OneOrMore::More)
            }
        }

        deserializer.deserialize_any(Texts)
    }
}

impl Expect {
    /// Whether nothing at all is expected.
    pub(crate) fn is_empty(&self) -> bool {
        let Expect {
            code,
            because,
            discounts,
            shares,
            merchant_net,
            grants,
            refusal,
            violation,
            failure,
            ..
        } = self;
        let Expect { held, available, owed, in_payout, paid, funding, merchant, units, tier, .. } = self;
        let answers = code.is_none() && because.is_none() && grants.is_none();
        let money = discounts.is_none() && shares.is_none() && merchant_net.is_none();
        let faults = refusal.is_none() && violation.is_none() && failure.is_none();
        let balances = [held, available, owed, in_payout, paid, funding].into_iter().all(Option::is_none);
        answers && money && faults && balances && merchant.is_none() && units.is_none() && tier.is_none()
    }
}
