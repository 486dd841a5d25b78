//! Worked cases from other systems and from the design, each row with its id, asserted to the minor unit.
//!
//! Invariant: an expectation here changes only when the rule behind it does. Ids: `A`, `C`, `D` are published
//! cases, `B` are bugs of other systems that must be impossible, `§` are figures of DESIGN.md.

use fenrun_money::Allocation::{
    FirstTakesRest, FloorResidual, HalfDownFirst, HalfEvenEach, HalfUpEach, LargestRemainder, LastTakesRest,
};
use fenrun_money::{
    Allocation, Amount, Currency, ExactSum, Rate, Rounding, allocate, allocate_exact, allocate_rates,
    allocate_within, distribute_integer,
};

struct ByWeight {
    id: &'static str,
    total: i64,
    weights: &'static [i64],
    method: Allocation,
    parts: &'static [i64],
    left: i64,
}

const fn by_weight(
    id: &'static str,
    total: i64,
    weights: &'static [i64],
    method: Allocation,
    parts: &'static [i64],
    left: i64,
) -> ByWeight {
    ByWeight { id, total, weights, method, parts, left }
}

#[rustfmt::skip]
const BY_WEIGHT: &[ByWeight] = &[
    by_weight("A01",            99, &[1, 1, 1, 1, 1],       FirstTakesRest,   &[20, 20, 20, 20, 19],    0),
    by_weight("A03 topdown",    15, &[80, 8, 12],           FirstTakesRest,   &[13, 1, 1],              0),
    by_weight("A03 largest",    15, &[80, 8, 12],           LargestRemainder, &[12, 1, 2],              0),
    by_weight("A05 topdown",   100, &[600, 355, 45],        FirstTakesRest,   &[61, 35, 4],             0),
    by_weight("A05 largest",   100, &[600, 355, 45],        LargestRemainder, &[60, 36, 4],             0),
    by_weight("A05 floor",     100, &[600, 355, 45],        FloorResidual,    &[60, 35, 4],             1),
    by_weight("A05 up each",   100, &[600, 355, 45],        HalfUpEach,       &[60, 36, 5],            -1),
    by_weight("A05 even each", 100, &[600, 355, 45],        HalfEvenEach,     &[60, 36, 4],             0),
    by_weight("A05 half down", 100, &[600, 355, 45],        HalfDownFirst,    &[61, 35, 4],             0),
    by_weight("A05 last",      100, &[600, 355, 45],        LastTakesRest,    &[60, 35, 5],             0),
    by_weight("A15",            15, &[1, 1, 0],             FirstTakesRest,   &[8, 7, 0],               0),
    by_weight("A17",         10001, &[3333, 3333, 3334],    LargestRemainder, &[3333, 3333, 3335],      0),
    by_weight("D09",           300, &[4300, 1400, 2300],    HalfDownFirst,    &[162, 52, 86],           0),
    by_weight("D09 negative", -299, &[4300, 1400, 2300],    HalfDownFirst,    &[-161, -52, -86],        0),
    by_weight("D09 even",     -300, &[4000, 2000, 2000],    HalfDownFirst,    &[-150, -75, -75],        0),
    // Sylius takes the surplus unit from the first line even when that has none: it would be at -1 here.
    by_weight("D09 surplus",     3, &[8, 13, 13, 13, 13],   HalfDownFirst,    &[0, 0, 1, 1, 1],         0),
    // Sylius hands out nothing when every part rounds to zero.
    by_weight("D09 dust",        1, &[1, 1],                HalfDownFirst,    &[1, 0],                  0),
    by_weight("B02 largest",   250, &[50, 45, 5],           LargestRemainder, &[125, 113, 12],          0),
    by_weight("B02 topdown",   250, &[50, 45, 5],           FirstTakesRest,   &[126, 112, 12],          0),
    by_weight("B02 last",      250, &[50, 45, 5],           LastTakesRest,    &[125, 112, 13],          0),
    by_weight("B17 largest",  1500, &[1000, 0, 2000, 0],    LargestRemainder, &[500, 0, 1000, 0],       0),
    by_weight("B17 last",     1501, &[0, 1000, 2000, 0],    LastTakesRest,    &[0, 500, 1001, 0],       0),
    by_weight("B17 topdown",  1501, &[0, 1000, 2000, 0],    FirstTakesRest,   &[0, 501, 1000, 0],       0),
    by_weight("B17 sylius",   1501, &[0, 1000, 2000, 0],    HalfDownFirst,    &[0, 500, 1001, 0],       0),
    by_weight("B20",          1000, &[1000, 1000, 1000],    LargestRemainder, &[334, 333, 333],         0),
    by_weight("B20 5 less 1",  100, &[170, 170, 170],       LargestRemainder, &[34, 33, 33],            0),
    by_weight("B20 negative", -100, &[170, 170, 170],       LargestRemainder, &[-34, -33, -33],         0),
    by_weight("nothing",         0, &[0, 0],                LargestRemainder, &[0, 0],                  0),
    by_weight("extremes", i64::MIN, &[i64::MAX, i64::MAX],  LargestRemainder, &[i64::MIN / 2, i64::MIN / 2], 0),
];

#[test]
fn amounts_divide_by_weight() {
    for row in BY_WEIGHT {
        let mut parts = vec![0; row.weights.len()];
        let left = allocate(row.total, row.weights, row.method, &mut parts);
        assert_eq!((parts.as_slice(), left), (row.parts, Ok(row.left)), "{}", row.id);
    }
}

struct ByRate {
    id: &'static str,
    total: i64,
    rates: &'static [&'static str],
    method: Allocation,
    parts: &'static [i64],
    left: i64,
}

const fn by_rate(
    id: &'static str,
    total: i64,
    rates: &'static [&'static str],
    method: Allocation,
    parts: &'static [i64],
    left: i64,
) -> ByRate {
    ByRate { id, total, rates, method, parts, left }
}

#[rustfmt::skip]
const BY_RATE: &[ByRate] = &[
    by_rate("A01",           99, &["1/5", "1/5", "1/5", "1/5", "1/5"],  FirstTakesRest,   &[20, 20, 20, 20, 19], 0),
    by_rate("A13",       10_000, &["0.19%"],                            FloorResidual,    &[19],             9981),
    by_rate("A15",           15, &["1/2", "1/2", "0%"],                 FirstTakesRest,   &[8, 7, 0],            0),
    by_rate("A17",       10_001, &["33.33%", "33.33%", "33.34%"],       LargestRemainder, &[3333, 3333, 3335],   0),
    by_rate("A19",      123_456, &["25%", "10%"],                      FloorResidual,    &[30_864, 12_345], 80_247),
    by_rate("A19 up",   123_456, &["25%", "10%"],                      HalfUpEach,       &[30_864, 12_346], 80_246),
    by_rate("B04",         150, &["50%"],                              HalfUpEach,       &[75],                75),
    by_rate("C05",        9999, &["20%", "5%", "3%"],                  FloorResidual,    &[1999, 499, 299],  7202),
    by_rate("§6.4",        999, &["20%", "5%", "3%"],                  FloorResidual,    &[199, 49, 29],      722),
    by_rate("§6.4 rest",      9, &["20%", "5%", "3%"],                  FloorResidual,    &[1, 0, 0],            8),
    by_rate("§6.3",          33, &["20%", "5%", "3%"],                  FloorResidual,    &[6, 1, 0],           26),
    // The reason for the default: rounded one by one these are 10 of 33 fen, 30.3 %.
    by_rate("§6.3 up each",  33, &["20%", "5%", "3%"],                  HalfUpEach,       &[7, 2, 1],           23),
    by_rate("§6.3 largest",  33, &["20%", "5%", "3%"],                  LargestRemainder, &[6, 2, 1],           24),
    by_rate("§6.3 topdown",  33, &["20%", "5%", "3%"],                  FirstTakesRest,   &[7, 2, 0],           24),
    by_rate("§6.3 down",     33, &["20%", "5%", "3%"],                  HalfDownFirst,    &[6, 2, 1],           24),
    by_rate("§6.3 last",     33, &["20%", "5%", "3%"],                  LastTakesRest,    &[6, 1, 2],           24),
    by_rate("§6.3 back",    -33, &["20%", "5%", "3%"],                  FloorResidual,    &[-6, -1, 0],        -26),
    by_rate("§6.2",       4600, &["2.1739130434782608%"],              FloorResidual,    &[99],              4501),
    by_rate("§6.2 exact", 4600, &["1/46"],                             FloorResidual,    &[100],             4500),
];

#[test]
fn amounts_divide_by_rate() {
    for row in BY_RATE {
        let rates: Vec<Rate> = row.rates.iter().map(|text| Rate::parse(text).unwrap()).collect();
        let mut parts = vec![0; rates.len()];
        let left = allocate_rates(row.total, &rates, row.method, &mut parts);
        assert_eq!((parts.as_slice(), left), (row.parts, Ok(row.left)), "{}", row.id);

        // The same as exact sums; those know nothing of what is not shared out.
        let exact: Vec<ExactSum> = rates
            .iter()
            .map(|rate| {
                let mut sum = ExactSum::ZERO;
                sum.add_product(row.total, *rate).unwrap();
                sum
            })
            .collect();
        let mut parts = vec![0; rates.len()];
        allocate_exact(&exact, row.method, &mut parts).unwrap();
        assert_eq!(parts, row.parts, "{} as exact sums", row.id);
    }
}

struct Within {
    id: &'static str,
    total: i64,
    weights: &'static [i64],
    room: &'static [i64],
    parts: &'static [i64],
    left: i64,
}

/// These hold for every joint method, since each part ends full or without a fraction.
#[rustfmt::skip]
const WITHIN: &[Within] = &[
    Within { id: "D11", total: -1200, weights: &[1000, 2000, 5000, 3000], room: &[1000, 100, 0, 400],
             parts: &[-700, -100, 0, -400], left: 0 },
    Within { id: "D13", total: -2700, weights: &[10_000, 4000, 4000], room: &[1000, 4000, 4000],
             parts: &[-1000, -850, -850], left: 0 },
    Within { id: "D13 two lines", total: -2500, weights: &[5000, 6000], room: &[500, 6000],
             parts: &[-500, -2000], left: 0 },
    Within { id: "D13 too much", total: -2500, weights: &[5000, 6000], room: &[500, 1500],
             parts: &[-500, -1500], left: -500 },
    Within { id: "D07", total: 20_000, weights: &[10_000], room: &[10_000], parts: &[10_000], left: 10_000 },
    Within { id: "no weight", total: 7, weights: &[0, 0], room: &[5, 5], parts: &[0, 0], left: 7 },
    Within { id: "weightless", total: 9, weights: &[0, 1], room: &[5, 5], parts: &[0, 5], left: 4 },
    Within { id: "no parts", total: 9, weights: &[], room: &[], parts: &[], left: 9 },
];

#[test]
fn amounts_divide_within_limits() {
    for row in WITHIN {
        for method in [LargestRemainder, FirstTakesRest, HalfDownFirst, LastTakesRest] {
            let mut parts = vec![0; row.weights.len()];
            let left = allocate_within(row.total, row.weights, row.room, method, &mut parts);
            assert_eq!((parts.as_slice(), left), (row.parts, Ok(row.left)), "{} by {method}", row.id);
        }
    }
}

#[test]
fn d13_each_line_divides_over_its_units() {
    for (id, line, units) in [
        ("2 × 50.00", -1000, &[-500, -500][..]),
        ("2 × 20.00", -850, &[-425, -425]),
        ("1 × 40.00", -850, &[-850]),
    ] {
        let mut parts = vec![0; units.len()];
        distribute_integer(line, &mut parts).unwrap();
        assert_eq!(parts, units, "D13 {id}");
    }
}

#[test]
fn what_the_last_cannot_hold_goes_to_those_before_it() {
    let mut parts = [0; 4];
    // Exact shares of 2.5 each; the last would take 2 + 2 but has room for 3.
    assert_eq!(allocate_within(10, &[1, 1, 1, 1], &[3, 3, 3, 3], LastTakesRest, &mut parts), Ok(0));
    assert_eq!(parts, [2, 2, 3, 3]);
}

#[test]
fn d15_whole_numbers_divide_evenly() {
    for (total, expected) in
        [(1000, [334, 333, 333]), (-1000, [-334, -333, -333]), (2, [1, 1, 0]), (0, [0, 0, 0])]
    {
        let mut parts = [9; 3];
        assert_eq!(distribute_integer(total, &mut parts), Ok(()));
        assert_eq!(parts, expected, "{total}");
    }
}

#[test]
fn a07_nested_parts_with_a_maximum() {
    let total = 10_000;
    let mut fees = ExactSum::ZERO;
    fees.add_product(total, Rate::percent(15)).unwrap();
    let fees = fees.floor().unwrap();

    let mut tax = ExactSum::ZERO;
    tax.add_product(fees, Rate::percent(20)).unwrap();
    let tax = tax.floor().unwrap();

    let mut cashback = ExactSum::ZERO;
    cashback.add_product(fees - tax, Rate::percent(5)).unwrap();
    cashback.clamp_max(1000);
    let cashback = cashback.floor().unwrap();

    assert_eq!((tax, cashback, fees - tax - cashback, total - fees), (300, 60, 1140, 8500));
}

#[test]
fn a19_a_fixed_part_is_not_touched_by_remainders() {
    let fixed = 50_000;
    let total = 123_456;
    let mut parts = [0; 2];
    let left =
        allocate_rates(total, &[Rate::percent(25), Rate::percent(10)], FloorResidual, &mut parts).unwrap();
    assert_eq!((fixed, parts, left - fixed), (50_000, [30_864, 12_345], 30_247));
}

#[test]
fn c15_half_up_is_exact() {
    for (amount, rate, expected) in
        [(7, "20%", 1), (3, "20%", 1), (15, "10%", 2), (500, "2.9%", 15), (2, "20%", 0), (-15, "10%", -2)]
    {
        let rate = Rate::parse(rate).unwrap();
        assert_eq!(rate.of(amount, Rounding::HalfUp), Ok(expected), "{rate} of {amount}");
    }
}

#[test]
fn a_share_is_clamped_before_it_is_rounded() {
    // C29: 1 % with a floor of 5 is 5; 50 % with a cap of 20 is 20.
    let mut low = ExactSum::ZERO;
    low.add_product(100, Rate::percent(1)).unwrap();
    low.clamp_min(5);
    assert_eq!(low, 5);

    let mut high = ExactSum::ZERO;
    high.add_product(100, Rate::percent(50)).unwrap();
    high.clamp_max(20);
    assert_eq!(high, 20);

    // A maximum between two units does nothing to what lies just below it.
    let mut near = ExactSum::ZERO;
    near.add_fraction(59, 3).unwrap();
    near.clamp_max(20);
    assert_eq!((near.numerator(), near.denominator(), near.floor()), (59, 3, Ok(19)));
}

#[test]
fn amounts_and_rates_read_and_print_exactly() {
    #[rustfmt::skip]
    let amounts = [
        ("49.90", Currency::CNY, Ok(4990)),
        ("49.9",  Currency::CNY, Ok(4990)),
        ("1200",  Currency::JPY, Ok(1200)),
        ("1.250", Currency::BHD, Ok(1250)),
        ("-0.05", Currency::EUR, Ok(-5)),
        ("-0",    Currency::EUR, Ok(0)),
        ("1e2",   Currency::USD, Ok(10_000)),
        ("1.5E1", Currency::KRW, Ok(15)),
        ("1.5e+1", Currency::KRW, Ok(15)),
        ("5e-2",  Currency::GBP, Ok(5)),
        ("0e99",  Currency::GBP, Ok(0)),
        ("92233720368547758.07",  Currency::CNY, Ok(i64::MAX)),
        ("-92233720368547758.08", Currency::CNY, Ok(i64::MIN)),
        ("92233720368547758.08",  Currency::CNY, Err("too large for an amount")),
        ("1e99999999999999999999", Currency::CNY, Err("too large for an amount")),
        ("1e-99999999999999999999", Currency::CNY, Err("expected at most 2 decimals, found 4294967295")),
        ("1.500", Currency::CNY, Err("expected at most 2 decimals, found 3")),
        ("1.0",   Currency::JPY, Err("expected no decimals, found 1")),
        ("",      Currency::CNY, Err("expected a number, found nothing")),
        ("-",     Currency::CNY, Err("expected a digit, found the end")),
        ("+1",    Currency::CNY, Err("expected a digit, found `+`")),
        ("1.",    Currency::CNY, Err("expected a digit, found the end")),
        (".5",    Currency::CNY, Err("expected a digit, found `.`")),
        ("01",    Currency::CNY, Err("expected no zero in front of other digits")),
        ("-00",   Currency::CNY, Err("expected no zero in front of other digits")),
        ("NaN",   Currency::CNY, Err("expected a digit, found `N`")),
        ("1 000", Currency::CNY, Err("expected a digit, found ` `")),
        ("1_000", Currency::CNY, Err("expected a digit, found `_`")),
        ("1,5",   Currency::CNY, Err("expected a digit, found `,`")),
        ("1e",    Currency::CNY, Err("expected a digit, found the end")),
        ("1\n",   Currency::CNY, Err("expected a digit, found `\\n`")),
        ("１",    Currency::CNY, Err("expected a digit, found `１`")),
    ];
    for (text, currency, expected) in amounts {
        let found =
            Amount::parse(text, currency).map(|amount| amount.minor()).map_err(|error| error.to_string());
        assert_eq!(found, expected.map_err(String::from), "`{text}`");
    }

    #[rustfmt::skip]
    let rates = [
        ("20%",   Ok("20%")),
        ("0.2",   Ok("20%")),
        ("1/3",   Ok("1/3")),
        ("2/6",   Ok("1/3")),
        ("7‰",    Ok("0.7%")),
        ("0.19%", Ok("0.19%")),
        ("12.50%", Ok("12.5%")),
        ("150%",  Ok("150%")),
        ("3/2",   Ok("150%")),
        ("1",     Ok("100%")),
        ("0",     Ok("0%")),
        ("-0%",   Ok("0%")),
        ("2.1739130434782608%", Ok("2.1739130434782608%")),
        ("33.33333333333333333333333%", Err("has more digits than an exact rate can hold, hint: write a fraction such as `1/3`")),
        ("20",    Err("a plain number above 1 may mean two things, hint: write `20%` or `20/1`")),
        ("1.01",  Err("a plain number above 1 may mean two things, hint: write `20%` or `20/1`")),
        ("-5%",   Err("a rate cannot be negative")),
        ("-1/3",  Err("a rate cannot be negative")),
        ("1/0",   Err("a rate cannot be divided by zero")),
        ("0/0",   Err("a rate cannot be divided by zero")),
        ("1.5/3", Err("expected whole numbers on both sides of `/`")),
        ("1/3%",  Err("expected a digit, found `%`")),
        ("%",     Err("expected a number, found nothing")),
        ("20 %",  Err("expected a digit, found ` `")),
        ("99999999999999999999/1", Err("too large for a rate")),
        ("1e30%", Err("too large for a rate")),
        ("",      Err("expected a number, found nothing")),
    ];
    for (text, expected) in rates {
        let found = Rate::parse(text).map(|rate| rate.to_string()).map_err(|error| error.to_string());
        assert_eq!(found, expected.map(String::from).map_err(String::from), "`{text}`");
    }
}
