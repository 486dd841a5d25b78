//! Several writers at once: a limit is a limit, and a fact counts once.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use fenrun::books::Code;

use super::scenario::{Scenario, THREE_LEVEL, event};

const WRITERS: u64 = 8;

const COUPON: &str = r#"
merchant  = "dates"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"

[[policy]]
name   = "spring"
use    = "nth-order-discount"
coupon = "SPRING"
configuration = { benefits = [{ order = 1, rate = "20%" }] }
"#;

/// B22: a coupon limited to 1,000 uses is never redeemed more often. `FENRUN_REDEMPTIONS` says how often it is tried;
/// 100,000 times where it does not.
#[test]
fn a_coupon_of_a_thousand_uses_is_redeemed_a_thousand_times() {
    let tries: u64 = std::env::var("FENRUN_REDEMPTIONS").map_or(100_000, |count| count.parse().unwrap());
    let mut scenario = Scenario::new(COUPON);
    scenario.play("coupon SPRING uses_max=1000");
    let scenario = Mutex::new(scenario);
    let (next, redeemed) = (AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= tries {
                        return;
                    }
                    let order = event(&format!("paid A{number} b{number} s1 1=10.00 coupons=SPRING"), 1);
                    let mut scenario = scenario.lock().unwrap();
                    scenario.books.begin().unwrap();
                    let posted = scenario.books.take_json(&order.to_string()).unwrap();
                    scenario.books.commit().unwrap();
                    let decision = posted.decision.unwrap();
                    redeemed.fetch_add(u64::from(decision.totals.discounts == 2_00), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(redeemed.into_inner(), 1_000, "of {tries} orders that presented it");
    let mut scenario = scenario.into_inner().unwrap();
    assert_eq!(scenario.balance("wallet", "", "SPRING", "coupon/SPRING"), 0);
    let paid = i64::try_from(tries).unwrap() * 10_00 - 1_000 * 2_00;
    assert_eq!(scenario.balance("payments", "", "", "CNY"), -paid);
}

#[test]
fn a_refund_sent_by_eight_writers_posts_once() {
    let mut scenario = Scenario::new(THREE_LEVEL);
    scenario.play("paid A1 b1 s1 1=100.00");
    let refund = event("refund R1 A1 1=50.00", 5).to_string();
    let scenario = Mutex::new(scenario);
    let codes: Vec<Code> = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| {
                scope.spawn(|| {
                    let mut scenario = scenario.lock().unwrap();
                    scenario.books.begin().unwrap();
                    let code = scenario.books.take_json(&refund).unwrap().code;
                    scenario.books.commit().unwrap();
                    code
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(codes.iter().filter(|code| **code == Code::Created).count(), 1);
    assert_eq!(codes.iter().filter(|code| **code == Code::Duplicate).count(), 7);
    scenario.into_inner().unwrap().play("= held s1/A1 10.00\n= payments -50.00");
}
