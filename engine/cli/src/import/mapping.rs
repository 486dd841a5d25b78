//! The mapping: which column of an export becomes which part of an order.
//!
//! Invariant: a [`Mapping`] in hand fits the columns of its file; whatever it leaves out is absent, never guessed.

use std::collections::BTreeMap;

use fenrun::event::{LineKind, Pricing};
use fenrun_money::Currency;
use fenrun_money::decimal::parse_minor;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::document::{Flaw, Item, MappingError, Source, Table, listed};
use super::rows::Row;
use super::shown::Shown;
use super::template::{Columns, Template};

const KEYS: [&str; 5] = ["file", "order", "line", "refuse", "skip"];
const FILE_KEYS: [&str; 3] = ["delimiter", "header", "decimal_mark"];
const ORDER_KEYS: [&str; 12] = [
    "id",
    "time",
    "time_format",
    "time_zone",
    "currency",
    "pricing",
    "buyer",
    "buyer_when_empty",
    "seller",
    "source",
    "attributes",
    "sort",
];
const LINE_KEYS: [&str; 14] = [
    "id",
    "item",
    "category",
    "kind",
    "kinds",
    "quantity",
    "price",
    "amount",
    "paid",
    "cost",
    "tax",
    "floor",
    "tags",
    "attributes",
];
const RULE_KEYS: [&str; 6] = ["value", "starts_with", "is", "equals", "below", "reason"];

/// In `kinds`, every text that is not named.
const ANY_OTHER: &str = "*";

/// Decimals to which `equals` and `below` compare. A row whose value has more matches no rule and is read as usual.
const COMPARED_DECIMALS: u8 = 9;

/// How a file is cut into rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileShape {
    pub(super) delimiter: Delimiter,
    pub(super) header: bool,
    decimal_comma: bool,
}

/// What stands between two columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delimiter {
    /// One character; a field may be in quotes.
    Character(u8),
    /// One or more spaces or tabs; there are no quotes.
    Spaces,
}

/// Which column of an export becomes which part of an order.
#[derive(Clone, Debug)]
pub(super) struct Mapping {
    pub(super) order: OrderMapping,
    pub(super) line: LineMapping,
    /// Rows that are facts of another kind.
    pub(super) refuse: Vec<Rule>,
    /// Rows that are no facts at all.
    pub(super) skip: Vec<Rule>,
}

/// What the rows of one order have in common.
#[derive(Clone, Debug)]
pub(super) struct OrderMapping {
    pub(super) id: Template,
    pub(super) time: TimeMapping,
    pub(super) currency: Currency,
    pub(super) pricing: Pricing,
    pub(super) buyer: Template,
    pub(super) buyer_when_empty: Option<Template>,
    pub(super) seller: Option<Template>,
    pub(super) source: Option<Template>,
    pub(super) attributes: Vec<(String, Template)>,
    pub(super) sort_by_time: bool,
}

/// How a time is written.
#[derive(Clone, Debug)]
pub(super) struct TimeMapping {
    pub(super) text: Template,
    /// Without one, times are RFC 3339 with an offset.
    pub(super) format: Option<(String, TimeZone)>,
}

/// What each row says of its line.
#[derive(Clone, Debug)]
pub(super) struct LineMapping {
    pub(super) id: Option<Template>,
    pub(super) item: Option<Template>,
    pub(super) category: Option<Template>,
    pub(super) kind: Template,
    pub(super) kinds: Kinds,
    pub(super) quantity: Template,
    pub(super) price: Price,
    pub(super) paid: Option<Template>,
    pub(super) cost: Option<Template>,
    pub(super) tax: Option<Template>,
    pub(super) floor: Option<Template>,
    pub(super) tags: Vec<Template>,
    pub(super) attributes: Vec<(String, Template)>,
    pub(super) decimal_comma: bool,
}

/// Where the unit price comes from.
#[derive(Clone, Debug)]
pub(super) enum Price {
    /// A column has it.
    PerUnit(Template),
    /// A column has the amount of the whole line.
    OfLine(Template),
}

/// Which text stands for which kind of line.
#[derive(Clone, Debug)]
pub(super) struct Kinds {
    named: BTreeMap<String, LineKind>,
    any_other: Option<LineKind>,
}

/// Rows that become no order.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    value: Template,
    condition: Condition,
    pub(super) reason: String,
}

#[derive(Clone, Debug)]
enum Condition {
    StartsWith(String),
    Is(String),
    Equals(i64),
    Below(i64),
}

/// Reads `[file]`: what has to be known before the columns are.
pub(super) fn read_shape(source: &Source) -> Result<FileShape, MappingError> {
    let parsed = source.parse()?;
    let root = source.root(&parsed);
    root.refuse_unknown_keys(&KEYS)?;
    let mut shape = FileShape { delimiter: Delimiter::Character(b','), header: true, decimal_comma: false };
    let Some(file) = root.get("file") else { return Ok(shape) };
    let file = file.table()?;
    file.refuse_unknown_keys(&FILE_KEYS)?;
    if let Some(delimiter) = file.get("delimiter") {
        let character = Delimiter::Character;
        let words = [
            (",", character(b',')),
            (";", character(b';')),
            ("|", character(b'|')),
            ("tab", character(b'\t')),
            ("spaces", Delimiter::Spaces),
        ];
        shape.delimiter = delimiter.choice(&words)?;
    }
    if let Some(header) = file.get("header") {
        shape.header = header.boolean()?;
    }
    if let Some(mark) = file.get("decimal_mark") {
        shape.decimal_comma = mark.choice(&[(".", false), (",", true)])?;
    }
    Ok(shape)
}

/// Reads everything else, now that the columns are known.
pub(super) fn read_mapping(
    source: &Source,
    shape: &FileShape,
    columns: &Columns,
) -> Result<Mapping, MappingError> {
    let parsed = source.parse()?;
    let reader = Reader { columns };
    let root = source.root(&parsed);
    let order = root.require("order", "add a table `[order]` that says what an order's columns are")?;
    let line = root.require("line", "add a table `[line]` that says what a line's columns are")?;
    Ok(Mapping {
        order: reader.order(&order.table()?)?,
        line: reader.line(&line.table()?, shape)?,
        refuse: reader.rules(&root, "refuse")?,
        skip: reader.rules(&root, "skip")?,
    })
}

/// Reads the parts of a mapping for a file with these columns.
struct Reader<'columns> {
    columns: &'columns Columns,
}

impl Reader<'_> {
    fn order(&self, table: &Table<'_>) -> Result<OrderMapping, MappingError> {
        table.refuse_unknown_keys(&ORDER_KEYS)?;
        let id = table.require("id", "rows with the same id are one order: `id = \"{invoice}\"`")?;
        let buyer = table.require("buyer", "say who bought: `buyer = \"{customer}\"`")?;
        let currency = table.require("currency", "name it by its ISO 4217 code: `currency = \"CNY\"`")?;
        let pricing =
            table.require("pricing", "`given` if the amounts were paid, `engine` to decide discounts")?;
        let sort = [("file", false), ("time", true)];
        Ok(OrderMapping {
            id: Template::of(&id, self.columns)?,
            time: self.time(table)?,
            currency: read_currency(&currency)?,
            pricing: match pricing.choice(&[("given", false), ("engine", true)])? {
                true => Pricing::Engine,
                false => Pricing::Given,
            },
            buyer: Template::of(&buyer, self.columns)?,
            buyer_when_empty: self.optional(table, "buyer_when_empty")?,
            seller: self.optional(table, "seller")?,
            source: self.optional(table, "source")?,
            attributes: self.attributes(table)?,
            sort_by_time: table.get("sort").map_or(Ok(false), |item| item.choice(&sort))?,
        })
    }

    fn time(&self, table: &Table<'_>) -> Result<TimeMapping, MappingError> {
        let time = table.require("time", "say when it was paid: `time = \"{date}\"`")?;
        let text = Template::of(&time, self.columns)?;
        let zone = table.get("time_zone").map(|item| read_zone(&item)).transpose()?;
        let Some(format) = table.get("time_format") else {
            return match table.get("time_zone") {
                Some(item) => {
                    Err(item
                        .complain(Flaw::new("a zone without a format has no effect").hint(
                            "add `time_format = \"%Y-%m-%d %H:%M:%S\"`; without it times are RFC 3339",
                        )))
                }
                None => Ok(TimeMapping { text, format: None }),
            };
        };
        let (has_offset, format_text) = (read_format(&format)?, format.text()?.to_owned());
        let zone = match (zone, has_offset) {
            (Some(zone), false) => zone,
            (None, true) => TimeZone::UTC,
            (None, false) => {
                let flaw = Flaw::new("missing key")
                    .hint("say where the clock stood: `time_zone = \"Europe/London\"`");
                return Err(table.complain_at("time_zone", flaw));
            }
            (Some(_), true) => {
                let flaw =
                    Flaw::new("a format with an offset needs no `time_zone`").hint("remove one of the two");
                return Err(format.complain(flaw));
            }
        };
        Ok(TimeMapping { text, format: Some((format_text, zone)) })
    }

    fn line(&self, table: &Table<'_>, shape: &FileShape) -> Result<LineMapping, MappingError> {
        table.refuse_unknown_keys(&LINE_KEYS)?;
        let quantity = table
            .require("quantity", "say how many: `quantity = \"{quantity}\"`, or `\"1\"` for always one")?;
        let kinds = table.get("kinds").map_or(Ok(Kinds::by_name()), |item| read_kinds(&item))?;
        let kind = self.optional(table, "kind")?;
        if let (Some(kinds), None) = (table.get("kinds"), &kind) {
            let flaw = Flaw::new("`kinds` without `kind` has no effect");
            return Err(kinds.complain(flaw.hint("say which text decides: `kind = \"{stock_code}\"`")));
        }
        Ok(LineMapping {
            id: self.optional(table, "id")?,
            item: self.optional(table, "item")?,
            category: self.optional(table, "category")?,
            kind: kind.unwrap_or_else(|| Template::constant(LineKind::Goods.name())),
            kinds,
            quantity: Template::of(&quantity, self.columns)?,
            price: self.price(table)?,
            paid: self.optional(table, "paid")?,
            cost: self.optional(table, "cost")?,
            tax: self.optional(table, "tax")?,
            floor: self.optional(table, "floor")?,
            tags: match table.get("tags") {
                Some(tags) => tags
                    .list()?
                    .iter()
                    .map(|tag| Template::of(tag, self.columns))
                    .collect::<Result<_, _>>()?,
                None => Vec::new(),
            },
            attributes: self.attributes(table)?,
            decimal_comma: shape.decimal_comma,
        })
    }

    fn price(&self, table: &Table<'_>) -> Result<Price, MappingError> {
        match (self.optional(table, "price")?, self.optional(table, "amount")?) {
            (Some(price), None) => Ok(Price::PerUnit(price)),
            (None, Some(amount)) => Ok(Price::OfLine(amount)),
            (None, None) => {
                let flaw = Flaw::new("missing key");
                let hint =
                    "`price` is the price of one unit, `amount` the amount of the whole line; one is needed";
                Err(table.complain_at("price", flaw.hint(hint)))
            }
            (Some(_), Some(_)) => {
                let flaw = Flaw::new("`price` and `amount` cannot both be given");
                Err(table
                    .complain_at("amount", flaw.hint("`price` is of one unit, `amount` of the whole line")))
            }
        }
    }

    fn rules(&self, root: &Table<'_>, key: &str) -> Result<Vec<Rule>, MappingError> {
        let Some(rules) = root.get(key) else { return Ok(Vec::new()) };
        rules.list()?.iter().map(|rule| self.rule(&rule.table()?)).collect()
    }

    fn rule(&self, table: &Table<'_>) -> Result<Rule, MappingError> {
        table.refuse_unknown_keys(&RULE_KEYS)?;
        let value = table.require("value", "say what is looked at: `value = \"{invoice}\"`")?;
        let reason = table.require("reason", "say why, for the report: `reason = \"a cancellation\"`")?;
        let text = |item: Item<'_>| item.text().map(str::to_owned);
        let conditions = [
            table.get("starts_with").map(|item| text(item).map(Condition::StartsWith)),
            table.get("is").map(|item| text(item).map(Condition::Is)),
            table.get("equals").map(|item| read_threshold(&item).map(Condition::Equals)),
            table.get("below").map(|item| read_threshold(&item).map(Condition::Below)),
        ];
        let mut conditions = conditions.into_iter().flatten();
        let (Some(condition), None) = (conditions.next(), conditions.next()) else {
            let flaw = Flaw::new("expected one condition");
            let hint =
                "use one of `starts_with`, `is`, `equals` and `below`; another condition is another rule";
            return Err(table.complain_at("", flaw.hint(hint)));
        };
        let value = Template::of(&value, self.columns)?;
        Ok(Rule { value, condition: condition?, reason: reason.text()?.to_owned() })
    }

    fn optional(&self, table: &Table<'_>, key: &str) -> Result<Option<Template>, MappingError> {
        table.get(key).map(|item| Template::of(&item, self.columns)).transpose()
    }

    fn attributes(&self, table: &Table<'_>) -> Result<Vec<(String, Template)>, MappingError> {
        let Some(attributes) = table.get("attributes") else { return Ok(Vec::new()) };
        let entries = attributes.table()?.entries();
        let read = |(key, item): (&str, Item<'_>)| Ok((key.to_owned(), Template::of(&item, self.columns)?));
        entries.into_iter().map(read).collect()
    }
}

impl Rule {
    /// Whether the rule is about this row.
    pub(super) fn matches(&self, row: &Row, decimal_comma: bool) -> bool {
        let value = self.value.fill(row);
        let number = || parse_minor(&with_point(&value, decimal_comma), COMPARED_DECIMALS);
        match &self.condition {
            Condition::StartsWith(start) => value.starts_with(start),
            Condition::Is(text) => value == text.as_str(),
            Condition::Equals(expected) => number() == Ok(*expected),
            Condition::Below(bound) => number().is_ok_and(|number| number < *bound),
        }
    }
}

impl Kinds {
    /// The words that events use.
    fn by_name() -> Kinds {
        let named = LineKind::ALL.map(|kind| (kind.name().to_owned(), kind));
        Kinds { named: named.into_iter().collect(), any_other: None }
    }

    /// The kind that a text stands for.
    pub(super) fn find(&self, text: &str) -> Option<LineKind> {
        self.named.get(text).copied().or(self.any_other)
    }
}

/// A decimal whose mark may be a comma, with a point.
pub(super) fn with_point(text: &str, decimal_comma: bool) -> std::borrow::Cow<'_, str> {
    match text.split_once(',') {
        Some((whole, decimals)) if decimal_comma && !text.contains('.') => {
            format!("{whole}.{decimals}").into()
        }
        _ => text.into(),
    }
}

fn read_currency(item: &Item<'_>) -> Result<Currency, MappingError> {
    let code = item.text()?;
    Currency::of(code).map_err(|error| item.complain(Flaw::new(format!("`{}`: {error}", Shown(code)))))
}

fn read_zone(item: &Item<'_>) -> Result<TimeZone, MappingError> {
    let (name, database) = (item.text()?, TimeZoneDatabase::bundled());
    let found = database.get(name).ok().filter(|zone| !zone.is_unknown());
    found.ok_or_else(|| {
        let names: Vec<String> = database.available().map(|name| name.to_string()).collect();
        let flaw = Flaw::new(format!("no time zone is named `{}`", Shown(name)));
        let otherwise = || "write a name of the IANA database, such as `Asia/Shanghai` or `UTC`".to_owned();
        item.complain(flaw.did_you_mean(name, names.iter().map(String::as_str), otherwise))
    })
}

/// Checks a format on a moment and says whether it has an offset from UTC.
fn read_format(item: &Item<'_>) -> Result<bool, MappingError> {
    let format = item.text()?;
    let bad = |problem: String| {
        let hint = "write it like `%Y-%m-%d %H:%M:%S`; the fields are those of `strptime`";
        item.complain(Flaw::new(format!("`{}` is no format of a time: {problem}", Shown(format))).hint(hint))
    };
    let sample = jiff::Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
    let text = BrokenDownTime::from(&sample).to_string(format).map_err(|error| bad(error.to_string()))?;
    let parsed = BrokenDownTime::parse(format, &text).map_err(|error| bad(error.to_string()))?;
    if parsed.to_date().is_err() && parsed.to_timestamp().is_err() {
        return Err(bad("it has no date".to_owned()));
    }
    Ok(parsed.to_timestamp().is_ok())
}

fn read_kinds(item: &Item<'_>) -> Result<Kinds, MappingError> {
    let words = LineKind::ALL.map(|kind| (kind.name(), kind));
    let mut kinds = Kinds { named: BTreeMap::new(), any_other: None };
    for (text, kind) in item.table()?.entries() {
        let kind = kind.choice(&words)?;
        if text == ANY_OTHER {
            kinds.any_other = Some(kind);
        } else {
            kinds.named.insert(text.to_owned(), kind);
        }
    }
    Ok(kinds)
}

fn read_threshold(item: &Item<'_>) -> Result<i64, MappingError> {
    let text = item.decimal_text()?;
    parse_minor(text, COMPARED_DECIMALS)
        .map_err(|error| item.complain(Flaw::new(format!("`{}` is no number: {error}", Shown(text)))))
}

/// The kinds as a message lists them.
pub(super) fn kinds_listed() -> String {
    listed(&LineKind::ALL.map(LineKind::name))
}
