//! A compiler child for the tests: what `fenrun` is when it compiles, or, where a test asks for it, one that misbehaves.
//!
//! Invariant: without `FENRUN_TEST_MISBEHAVE` it does nothing but what every host's `main` does first.

#![allow(clippy::panic, clippy::arithmetic_side_effects, reason = "it misbehaves on purpose")]

use std::{
    io::{Read as _, Write as _},
    process, thread,
    time::Duration,
};

fn main() {
    match std::env::var("FENRUN_TEST_MISBEHAVE").as_deref() {
        Err(_) => fenrun::compilation::serve_if_asked(),
        Ok("panic") => panic!("the compiler has a fault"),
        Ok("abort") => process::abort(),
        Ok("overflow") => println!("{}", deeper(1)),
        Ok("sleep") => thread::sleep(Duration::from_secs(600)),
        Ok("chatter") => println!("good morning"),
        Ok("half") => half(),
        Ok("flood") => flood(),
        Ok(other) => panic!("`{other}` is no way to misbehave"),
    }
}

#[expect(unconditional_recursion, reason = "its stack is to overflow")]
fn deeper(depth: u64) -> u64 {
    let room = [depth; 512];
    std::hint::black_box(&room);
    deeper(depth.wrapping_add(1)).wrapping_add(room.iter().sum::<u64>())
}

/// The head of an answer that announces so many bytes.
fn head(bytes: u64) -> Vec<u8> {
    let mut head = b"fenrun-answer//1".to_vec();
    head.push(0);
    head.extend_from_slice(&u32::MAX.to_le_bytes());
    head.extend_from_slice(&0_u64.to_le_bytes());
    head.extend_from_slice(&0_u64.to_le_bytes());
    head.extend_from_slice(&bytes.to_le_bytes());
    head
}

/// Reads everything, and ends in the middle of its answer.
fn half() {
    let _ = std::io::stdin().lock().by_ref().take(32).read_to_end(&mut Vec::new());
    let _ = std::io::stdout().write_all(&head(1 << 20));
    process::abort();
}

/// Announces a terabyte and sends what fits.
fn flood() {
    let mut output = std::io::stdout().lock();
    let _ = output.write_all(&head(1 << 40));
    while output.write_all(&[0; 1 << 16]).is_ok() {}
}
