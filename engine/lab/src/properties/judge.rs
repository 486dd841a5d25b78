//! Whether a sale shows that something is not true of a policy.
//!
//! Invariant: a sale that cannot have happened shows nothing; a configuration that asks for more than a cap shows nothing
//! about the cap.

use std::collections::BTreeMap;

use fenrun::Violation;
use fenrun::manifest::{Field, FieldType, Monotone};
use fenrun::profile::RoleClass;
use fenrun::sandbox::{Failure, FailureKind};
use fenrun_money::Rate;
use serde_json::{Value, json};

use super::minor::Minor;
use super::property::Property;
use super::refunds;
use super::sale::{Line, Order, Sale};
use super::stage::{Played, Stage, Trouble};

/// The rules of the guard about how much of an order is shared out, and how far up.
const CAPS: [&str; 6] =
    ["promoters_cap", "trade_partners_cap", "platform_cap", "total_cap", "life_cap", "max_paid_uplines"];

/// By how much a price or a discount is changed, in minor units, the least first.
const STEPS: [i64; 3] = [1, 100, 10_000];

/// Lines of an order up to which everything is looked at. Longer ones show what they cost, and that they are answered; the
/// rest shorter ones show as well, in a hundredth of the time.
const LINES_FULLY_MAX: usize = 64;

/// Lines of which a property is tried that looks at one line after the other.
const LINES_TRIED: usize = 3;

/// What a sale shows not to be true, and how a case would say it.
#[derive(Clone, Debug)]
pub(super) struct Breach {
    pub(super) property: Property,
    /// What is wrong, with its numbers.
    pub(super) told: String,
    /// What the policy should do, as the end of a sentence that begins with "it".
    pub(super) it: String,
    /// What there is to know about the case.
    pub(super) about: Option<String>,
    /// The order that shows it.
    pub(super) order: Order,
    /// What is expected of it.
    pub(super) expect: Value,
    /// What happens then, as steps of a case.
    pub(super) then: Vec<Value>,
}

/// What became of one sale.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Everything that was looked at is true.
    Holds,
    /// The guard stopped what was configured so.
    Stopped,
    /// It cannot have happened.
    Impossible(String),
    /// We broke.
    Broken(String),
    Breach(Box<Breach>),
}

/// Looks at a sale. `wanted` says which properties are of interest.
pub(super) fn judge(
    stage: &Stage<'_>,
    sale: &Sale,
    played: &Played,
    wanted: &dyn Fn(Property) -> bool,
) -> Verdict {
    if let Some(trouble) = &played.trouble {
        return troubled(stage, sale, trouble, played.at);
    }
    let looks: [(&[Property], Look); 5] = [
        (&[Property::Conserves], conserves),
        (&[Property::LineOrder], line_order),
        (&[Property::Repeats], repeats),
        (&[Property::Refunds], gives_back),
        (
            &[
                Property::Monotone(Monotone::Paid),
                Property::Monotone(Monotone::Discount),
                Property::Monotone(Monotone::Price),
            ],
            monotone,
        ),
    ];
    let fully = if sale.order.lines.len() > LINES_FULLY_MAX { 1 } else { looks.len() };
    for (properties, look) in looks.into_iter().take(fully) {
        if properties.iter().any(|property| wanted(*property))
            && let Some(breach) = look(stage, sale, played, wanted)
        {
            return Verdict::Breach(Box::new(breach));
        }
    }
    Verdict::Holds
}

type Look = fn(&Stage<'_>, &Sale, &Played, &dyn Fn(Property) -> bool) -> Option<Breach>;

/// A case that expects the event to be posted, and nothing else.
fn posted(property: Property, told: String, it: &str, sale: &Sale, at: Option<usize>) -> Breach {
    let steps = at.map_or(0, |place| place.saturating_add(1));
    let step = |event: &Value| json!({ "event": event });
    let mut then: Vec<Value> = sale.then.iter().take(steps).map(step).collect();
    // A discount policy that breaks is left out and the order goes on, so that has to be looked for by its name.
    let created = match property {
        Property::Answers | Property::Fuel => json!({ "code": "created", "failure": [] }),
        Property::Guard => json!({ "code": "created", "violation": [] }),
        _ => json!({ "code": "created" }),
    };
    if let Some(Value::Object(last)) = then.last_mut() {
        // Such as a check-in, which may be noted only: then it must not have been held.
        last.insert("expect".to_owned(), json!({}));
    }
    Breach {
        property,
        told,
        it: it.to_owned(),
        about: None,
        order: sale.order.clone(),
        expect: created,
        then,
    }
}

/// A policy that broke while it was configured: no order has an answer.
pub(super) fn not_configured(failure: &Failure) -> Breach {
    let (property, it) = match failure.kind {
        FailureKind::OutOfFuel { .. } => (Property::Fuel, "has fuel enough to be configured"),
        _ => (Property::Answers, "can be configured"),
    };
    let order = Order { lines: vec![Line { quantity: 1, ..Line::default() }], ..Order::default() };
    let sale = Sale { order, ..Sale::default() };
    posted(property, format!("`configure` failed: {failure}"), it, &sale, None)
}

fn troubled(stage: &Stage<'_>, sale: &Sale, trouble: &Trouble, at: Option<usize>) -> Verdict {
    let breach =
        |property, told: String, it: &str| Verdict::Breach(Box::new(posted(property, told, it, sale, at)));
    match trouble {
        Trouble::OutOfFuel(failure) => {
            breach(Property::Fuel, failure.to_string(), "has fuel enough to answer")
        }
        Trouble::Failure(failure) => breach(Property::Answers, failure.to_string(), "has an answer"),
        Trouble::Violations(violations) => {
            let is_cap = violations.iter().all(|violation| CAPS.contains(&violation.rule));
            let is_life_cap = violations.iter().all(|violation| violation.rule == "life_cap");
            if is_life_cap && asks_for_set_amounts(stage) {
                return Verdict::Stopped;
            }
            if is_cap
                && (names_roles(stage, sale, violations)
                    || asks_for_more(stage)
                    || is_within_at_full_price(stage, sale))
            {
                return Verdict::Stopped;
            }
            let told: Vec<String> = violations.iter().map(ToString::to_string).collect();
            let it = if is_cap { "keeps the caps of the guard" } else { "asks for what the guard permits" };
            breach(Property::Guard, told.join("; "), it)
        }
        Trouble::Impossible(why) => Verdict::Impossible(why.clone()),
        Trouble::Broken(why) => Verdict::Broken(why.clone()),
    }
}

/// Whether the rates of the configuration together come to more than a cap of the profile: then whoever wrote it has
/// asked for what the guard stops.
fn asks_for_more(stage: &Stage<'_>) -> bool {
    let Some(manifest) = stage.manifest() else { return false };
    let guard = stage.program().guard();
    let classes = [RoleClass::Promoters, RoleClass::TradePartners, RoleClass::Platform];
    let caps = classes.into_iter().filter_map(|class| guard.cap(class)).chain(guard.total_cap());
    let cap = caps.min().unwrap_or(Rate::ONE);
    let mut rates = Vec::new();
    for field in manifest.fields() {
        rates_of(field.kind(), stage.configuration().get(field.name()), &mut rates);
    }
    let sum = rates.into_iter().try_fold(Rate::ZERO, Rate::checked_add);
    sum.map_or(true, |sum| sum > cap)
}

/// Whether only what the profile says of a class of roles is broken, and other roles are configured than those the policy comes with:
/// which class a role belongs to is the profile's.
fn names_roles(stage: &Stage<'_>, sale: &Sale, violations: &[Violation]) -> bool {
    fn names(kind: &FieldType, value: &Value) -> bool {
        match kind {
            FieldType::Role => true,
            FieldType::List { items, .. } => {
                value.as_array().into_iter().flatten().any(|item| names(items, item))
            }
            FieldType::Table { fields } => fields
                .iter()
                .any(|field| value.get(field.name()).is_some_and(|value| names(field.kind(), value))),
            _ => false,
        }
    }
    let by_class = violations.iter().all(|violation| violation.rule != "total_cap");
    let fields = stage.manifest().map(|manifest| manifest.fields()).unwrap_or_default();
    let given =
        |field: &Field| sale.configuration.get(field.name()).is_some_and(|value| names(field.kind(), value));
    by_class && fields.iter().any(given)
}

/// Whether a set amount is configured: at the close of a period it may be more than the period's orders can bear, such as a
/// guarantee.
fn asks_for_set_amounts(stage: &Stage<'_>) -> bool {
    fn is_set(kind: &FieldType, value: &Value) -> bool {
        match kind {
            FieldType::Amount { .. } => value.as_str().is_some_and(|text| text != Minor(0).to_string()),
            FieldType::List { items, .. } => {
                value.as_array().into_iter().flatten().any(|item| is_set(items, item))
            }
            FieldType::Table { fields } => has_set(fields, value),
            _ => false,
        }
    }
    fn has_set(fields: &[Field], value: &Value) -> bool {
        fields.iter().any(|field| value.get(field.name()).is_some_and(|value| is_set(field.kind(), value)))
    }
    stage.manifest().is_some_and(|manifest| has_set(manifest.fields(), stage.configuration()))
}

fn rates_of(kind: &FieldType, value: Option<&Value>, rates: &mut Vec<Rate>) {
    let Some(value) = value else { return };
    match kind {
        FieldType::Rate { .. } => rates.extend(value.as_str().and_then(|text| Rate::parse(text).ok())),
        FieldType::List { items, .. } => {
            for item in value.as_array().into_iter().flatten() {
                rates_of(items, Some(item), rates);
            }
        }
        FieldType::Table { fields } => {
            for field in fields {
                rates_of(field.kind(), value.get(field.name()), rates);
            }
        }
        _ => {}
    }
}

/// Whether the same order keeps the caps where nothing was taken off and everything was paid with money: rates of the list
/// price may come to more than what is left of it.
fn is_within_at_full_price(stage: &Stage<'_>, sale: &Sale) -> bool {
    let mut order = sale.order.clone();
    order.given = false;
    order.tenders.clear();
    order.lines.iter_mut().for_each(|line| line.paid = None);
    order != sale.order && stage.play(&sale.before, &order.event(1), &sale.then).trouble.is_none()
}

/// No minor unit is lost: in all, by effect, and by line.
fn conserves(_: &Stage<'_>, sale: &Sale, played: &Played, _: &dyn Fn(Property) -> bool) -> Option<Breach> {
    let decision = played.decision.as_ref()?;
    let totals = &decision.totals;
    let allocated = |amount: i64, parts: &[fenrun::decision::Allocated]| {
        parts.iter().map(|part| part.amount_minor).fold(0, i64::saturating_add) == amount
    };
    let shares = decision.shares.iter().all(|share| allocated(share.amount_minor, &share.allocation));
    let discounts =
        decision.discounts.iter().all(|discount| allocated(discount.amount_minor, &discount.allocation));
    if totals.balance() && shares && discounts {
        return None;
    }
    let told = format!(
        "list {} is not discounts {} + shares {} + merchant {}",
        Minor(totals.list),
        Minor(totals.discounts),
        Minor(totals.shares),
        Minor(totals.merchant_net)
    );
    Some(posted(Property::Conserves, told, "loses no cent", sale, None))
}

/// The same lines told in another order are the same order; under other ids everybody has the same, unless two lines cost
/// the same and only their ids tell them apart.
fn line_order(
    stage: &Stage<'_>,
    sale: &Sale,
    played: &Played,
    _: &dyn Fn(Property) -> bool,
) -> Option<Breach> {
    if sale.order.lines.len() < 2 {
        return None;
    }
    let mut turned = sale.order.with_ids();
    turned.lines.reverse();
    let again = stage.play(&sale.before, &turned.event(1), &[]);
    if sale.then.is_empty() && again.told() != played.told() {
        let it = "decides the same in whichever order the lines are told";
        return Some(as_before(Property::LineOrder, it, played, &again, turned));
    }
    // Fees and tenders are spread over lines by their ids, which may move a cent from one base to another, or against a
    // floor.
    let mut plain = sale.order.clone();
    (plain.fees, plain.tenders) = (None, Vec::new());
    plain.lines.iter_mut().for_each(|line| line.floor = None);
    let mut prices: Vec<i64> = plain.lines.iter().map(|line| line.price.0).collect();
    prices.sort_unstable();
    if prices.windows(2).any(|pair| matches!(pair, [one, other] if one == other)) {
        return None;
    }
    let one = stage.play(&sale.before, &plain.event(1), &[]);
    // Without ids, each line has the id of its place.
    plain.lines.reverse();
    let other = stage.play(&sale.before, &plain.event(1), &[]);
    let same = one.shares() == other.shares()
        && one.discount() == other.discount()
        && one.grants() == other.grants();
    let it = "gives the same whichever of the lines comes first";
    (!same).then(|| as_before(Property::LineOrder, it, &one, &other, plain))
}

/// The same order has the same answer after another one was decided, and at once again.
fn repeats(stage: &Stage<'_>, sale: &Sale, played: &Played, _: &dyn Fn(Property) -> bool) -> Option<Breach> {
    if !sale.then.is_empty() {
        return None;
    }
    let event = sale.order.event(1);
    let mut other = sale.order.clone();
    other.lines.iter_mut().for_each(|line| line.price.0 = line.price.0.saturating_add(1));
    let _ = stage.play(&[], &other.settled().event(2), &[]);
    for _ in 0..2 {
        let again = stage.play(&sale.before, &event, &[]);
        if again.told() != played.told() {
            let it = "gives the same order the same answer";
            return Some(as_before(Property::Repeats, it, played, &again, sale.order.clone()));
        }
    }
    None
}

/// A case that expects of an order what another one came to.
fn as_before(property: Property, it: &str, before: &Played, after: &Played, order: Order) -> Breach {
    let about = "Expected is what the other way of telling it comes to; a mended policy may give another amount to both.";
    Breach {
        property,
        told: difference(before, after),
        it: it.to_owned(),
        about: Some(about.to_owned()),
        order,
        expect: expected(before),
        then: Vec::new(),
    }
}

/// What a played order came to, as a case expects it.
fn expected(played: &Played) -> Value {
    let amounts = |sums: BTreeMap<String, i64>| -> BTreeMap<String, String> {
        sums.into_iter().map(|(name, minor)| (name, Minor(minor).to_string())).collect()
    };
    let mut discounts = BTreeMap::new();
    for discount in played.decision.iter().flat_map(|decision| &decision.discounts) {
        let sum: &mut i64 = discounts.entry(discount.policy.clone()).or_default();
        *sum = sum.saturating_add(discount.amount_minor);
    }
    let mut expected = json!({ "discounts": amounts(discounts), "shares": amounts(played.shares()) });
    if played.granted.is_some()
        && let Value::Object(expected) = &mut expected
    {
        expected.insert("grants".to_owned(), json!(played.grants()));
    }
    expected
}

/// What differs between two played orders, in a line.
fn difference(before: &Played, after: &Played) -> String {
    let (one, other) = (before.shares(), after.shares());
    let mut told = Vec::new();
    let names: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    for name in names {
        let of = |sums: &BTreeMap<String, i64>| Minor(sums.get(name).copied().unwrap_or(0));
        if of(&one) != of(&other) {
            told.push(format!("{name} has {} and then {}", of(&one), of(&other)));
        }
    }
    if before.discount() != after.discount() {
        let (one, other) = (Minor(before.discount()), Minor(after.discount()));
        told.push(format!("{one} and then {other} are taken off"));
    }
    if before.grants() != after.grants() {
        told.push(format!("{:?} and then {:?} are granted", before.grants(), after.grants()));
    }
    if told.is_empty() { "the decisions differ".to_owned() } else { told.join("; ") }
}

/// What the manifest promises, tried with some lines and steps.
fn monotone(stage: &Stage<'_>, sale: &Sale, _: &Played, wanted: &dyn Fn(Property) -> bool) -> Option<Breach> {
    let promises = stage.manifest()?.monotone().to_vec();
    let goods = sale.order.lines.iter().enumerate().filter(|(_, line)| line.is_goods());
    let goods: Vec<usize> = goods.map(|(place, _)| place).take(LINES_TRIED).collect();
    for promise in promises.into_iter().filter(|promise| wanted(Property::Monotone(*promise))) {
        let plain = before_step(&sale.order, promise);
        let before = stage.play(&sale.before, &plain.event(1), &[]);
        if before.trouble.is_some() || before.refused {
            continue;
        }
        for place in &goods {
            for step in STEPS {
                let Some(order) = stepped(&plain, promise, *place, step) else { continue };
                let after = stage.play(&sale.before, &order.event(1), &[]);
                // What is held or refused gives nobody anything; that is another property's.
                if after.trouble.is_some() || after.refused {
                    continue;
                }
                if breaks(promise, &before, &after) {
                    return Some(broken(promise, &before, &after, order, *place, step));
                }
            }
        }
    }
    None
}

/// The lesser of the two orders.
fn before_step(order: &Order, promise: Monotone) -> Order {
    let mut order = order.clone();
    // What is due changes; tenders would have to change with it.
    order.tenders.clear();
    if promise == Monotone::Price {
        // On which line a rounded cent falls, and whether a floor has room for it there, is the host's arithmetic.
        order.lines.iter_mut().for_each(|line| line.floor = None);
    }
    if promise == Monotone::Discount {
        order.given = true;
        for line in &mut order.lines {
            line.paid = Some(Minor(line.paid.map_or_else(|| line.list(), |paid| paid.0)));
        }
    }
    order
}

/// The order with one line dearer, or with more taken off it.
fn stepped(order: &Order, promise: Monotone, place: usize, step: i64) -> Option<Order> {
    let mut order = order.clone();
    let line = order.lines.get_mut(place)?;
    if promise == Monotone::Discount {
        let paid = line.paid.as_mut()?;
        paid.0 = paid.0.checked_sub(step).filter(|paid| *paid >= 0)?;
    } else {
        line.price.0 = line.price.0.checked_add(step)?;
        if let Some(paid) = &mut line.paid {
            paid.0 = paid.0.checked_add(step.checked_mul(line.quantity)?)?;
        }
    }
    Some(order)
}

fn breaks(promise: Monotone, before: &Played, after: &Played) -> bool {
    match promise {
        Monotone::Paid => !covers(after, before),
        Monotone::Discount => !covers(before, after),
        Monotone::Price => after.discount() < before.discount(),
        _ => false,
    }
}

/// Whether nobody has less in the first than in the second.
fn covers(first: &Played, second: &Played) -> bool {
    let (shares, grants) = (first.shares(), first.grants());
    let has = |name: &String, minor: &i64| shares.get(name).copied().unwrap_or(0) >= *minor;
    let holds = |name: &String, asset: &String, units: &i64| {
        grants.get(name).and_then(|assets| assets.get(asset)).copied().unwrap_or(0) >= *units
    };
    let shares = second.shares().iter().all(|(name, minor)| has(name, minor));
    let granted = second.grants();
    let units = granted
        .iter()
        .flat_map(|(name, assets)| assets.iter().map(move |(asset, units)| (name, asset, units)));
    shares && units.into_iter().all(|(name, asset, units)| holds(name, asset, units))
}

fn broken(
    promise: Monotone,
    before: &Played,
    after: &Played,
    order: Order,
    place: usize,
    step: i64,
) -> Breach {
    let (line, step) = (place.saturating_add(1), Minor(step));
    let (it, change) = match promise {
        Monotone::Discount => {
            ("pays nobody more where more is taken off", format!("{step} less is paid for"))
        }
        Monotone::Price => {
            ("takes off no less where a line is dearer", format!("{step} more is asked for each of"))
        }
        _ => ("pays nobody less where more is paid", format!("{step} more is paid for each of")),
    };
    let told = format!("where {change} line {line}, {}", difference(before, after));
    let about = format!(
        "Expected is what it comes to before {change} line {line}; a mended policy may give another amount."
    );
    Breach {
        property: Property::Monotone(promise),
        told,
        it: it.to_owned(),
        about: Some(about),
        order,
        expect: expected(before),
        then: Vec::new(),
    }
}

fn gives_back(
    stage: &Stage<'_>,
    sale: &Sale,
    played: &Played,
    _: &dyn Fn(Property) -> bool,
) -> Option<Breach> {
    let decision = played.decision.as_deref()?;
    let drift = refunds::drift(decision, &stage.program().expectations())?;
    let then = drift.events.iter().map(|event| json!({ "event": event })).collect::<Vec<_>>();
    let mut breach =
        posted(Property::Refunds, drift.told, "ends at the same cent by any way of giving back", sale, None);
    breach.then = then;
    if let Some(Value::Object(last)) = breach.then.last_mut() {
        let held: BTreeMap<String, String> =
            drift.held.into_iter().map(|(party, minor)| (party, Minor(minor).to_string())).collect();
        last.insert("expect".to_owned(), json!({ "held": held }));
    }
    Some(breach)
}
