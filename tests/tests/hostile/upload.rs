//! The rows "Upload" that need more than one module's text: what is read, what is logged, what is counted.

use std::{
    io::{self, Read, Write as _},
    sync::{Arc, Mutex},
    time::Duration,
};

use fenrun::{
    Engine, EngineOptions,
    admission::{AdmissionLimits, Digest, admit, read},
    compilation::{Compilation, CompilerCommand, Notices},
    quota::{Quota, QuotaLimits, UploadError},
};

/// An upload of half a gigabyte that counts what is taken from it.
struct Endless<'a> {
    taken: &'a mut u64,
}

impl Read for Endless<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let left = (500_u64 << 20).saturating_sub(*self.taken);
        let now = to.len().min(usize::try_from(left).unwrap());
        to[..now].fill(0);
        *self.taken += u64::try_from(now).unwrap();
        Ok(now)
    }
}

#[test]
fn five_hundred_megabytes_are_refused_while_they_are_read() {
    let limits = AdmissionLimits::default();
    let mut taken = 0;
    let bytes = read(Endless { taken: &mut taken }, &limits).unwrap();
    assert_eq!(taken, 262_145, "one byte more than is allowed");
    assert!(bytes.capacity() < 1 << 20, "{}", bytes.capacity());
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    module.resize(bytes.len(), 0);
    assert_eq!(
        admit(&module, &limits).unwrap_err().to_string(),
        "`size`: found 262145 bytes, at most 262144 bytes are allowed; \
         hint: build with `--release` and strip debug information"
    );
}

/// A gigabyte of zeros in a megabyte: nothing here unpacks it, and where a host does, the cap holds for what comes out.
#[test]
fn a_compressed_bomb_is_not_unpacked_beyond_the_cap() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..256 {
        packed.write_all(&[0; 1 << 20]).unwrap();
    }
    let packed = packed.finish().unwrap();
    let limits = AdmissionLimits::default();
    assert_eq!(
        admit(&packed[..200_000], &limits).unwrap_err().to_string(),
        "`kind`: found a compressed file, a WebAssembly binary is expected; hint: upload the module itself"
    );
    let unpacked = read(flate2::read::GzDecoder::new(packed.as_slice()), &limits).unwrap();
    assert_eq!(unpacked.len(), 262_145);
}

#[test]
fn native_code_is_refused_and_logged_as_an_attack() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let mut options = EngineOptions::default();
    let listener = heard.clone();
    options.notices = Notices::to(move |notice| listener.lock().unwrap().push(notice.to_string()));
    let engine = Engine::new(options).unwrap();
    let artifact = b"\x7fELF\x02\x01\x01and so on";
    let refused = engine.admit(artifact).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`native_code`: found a precompiled native artifact (ELF, `.cwasm` or `.so`), native code is never loaded"
    );
    assert!(engine.admit(b"(module)").is_err(), "a mistake is no attack");
    assert_eq!(
        *heard.lock().unwrap(),
        [format!("attack: the upload {} is refused: {refused}", Digest::of(artifact).short())]
    );
}

/// A module of its own for each number.
fn variant(number: u64) -> Vec<u8> {
    let manifest = r#"{\"name\":\"v\",\"version\":\"1.0.0\",\"abi\":1,\"hooks\":[\"shares\"]}"#;
    let text = format!(
        r#"(module (global i64 (i64.const {number})) (func (export "shares") (result i32) (i32.const 0))
           (@custom "fenrun_manifest" "{manifest}"))"#
    );
    wat::parse_str(text).unwrap()
}

fn engine_with_child() -> Engine {
    let mut options = EngineOptions::default();
    options.compilation = Compilation::Child(CompilerCommand::new(env!("CARGO_BIN_EXE_compiler")));
    Engine::new(options).unwrap()
}

#[test]
fn the_same_module_ten_thousand_times_is_compiled_once() {
    let engine = engine_with_child();
    let quota = Quota::new(QuotaLimits::default());
    let module = variant(1);
    engine.upload("shop", module.as_slice(), &quota).unwrap();
    let once = quota.usage("shop");
    assert_eq!(once.0, 1);
    for _ in 0..10_000 {
        engine.upload("shop", module.as_slice(), &quota).unwrap();
    }
    assert_eq!(quota.usage("shop"), once);
}

#[test]
fn ten_thousand_variants_end_at_the_quota_and_other_merchants_go_on() {
    let engine = engine_with_child();
    let mut limits = QuotaLimits::default();
    limits.artifacts_max = 5;
    let quota = Quota::new(limits);
    let refused: Vec<String> = (0..10_000)
        .filter_map(|number| engine.upload("flood", variant(number).as_slice(), &quota).err())
        .map(|error| error.to_string())
        .collect();
    assert_eq!(refused.len(), 9_995);
    assert!(refused.iter().all(|said| said
        == "`artifact_quota`: found 5 modules of `flood`, at most 5 are allowed; \
            hint: remove modules that no program uses"));
    assert_eq!(quota.usage("flood").0, 5);
    engine.upload("honest", variant(20_000).as_slice(), &quota).unwrap();
    // Removing one makes room for one.
    assert!(quota.release("flood", &Digest::of(&variant(0))));
    engine.upload("flood", variant(20_001).as_slice(), &quota).unwrap();
    engine.upload("flood", variant(20_002).as_slice(), &quota).unwrap_err();
}

#[test]
fn compilers_time_is_a_quota_too_and_comes_back_with_the_next_window() {
    let mut options = EngineOptions::default();
    let command = CompilerCommand::new(env!("CARGO_BIN_EXE_compiler"));
    options.compilation = Compilation::Child(command.with_variable("FENRUN_TEST_MISBEHAVE", "sleep"));
    options.compile.wall_time_max = Duration::from_millis(100);
    let engine = Engine::new(options).unwrap();
    let mut limits = QuotaLimits::default();
    limits.compile_time_max = Duration::from_millis(2_100);
    let quota = Quota::new(limits);
    // Two children, each killed after 100 ms; the time counts, the module does not.
    let first = engine.upload("slow", variant(1).as_slice(), &quota).unwrap_err();
    assert!(matches!(first, UploadError::CompileRefused(_)), "{first}");
    let (modules, used) = quota.usage("slow");
    assert_eq!(modules, 0);
    assert!(used >= Duration::from_millis(200), "{used:?}");
    let second = engine.upload("slow", variant(2).as_slice(), &quota).unwrap_err().to_string();
    let expected = format!(
        "`compile_quota`: found {} ms of compiling for `slow`, of 2100 ms allowed too little is left; \
         hint: upload fewer changes, or wait for the next window",
        used.as_millis()
    );
    assert_eq!(second, expected);
    quota.renew();
    let third = engine.upload("slow", variant(2).as_slice(), &quota).unwrap_err();
    assert!(matches!(third, UploadError::CompileRefused(_)), "{third}");
}
