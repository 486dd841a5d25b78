//! The rows "Compilation": modules that compile slowly or hugely, compilers that die, and artifacts that are not ours.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use fenrun::{
    Engine, EngineOptions, LoadCause, Outcome,
    admission::AdmissionLimits,
    artifacts::{ArtifactCache, CacheError, CacheLimits},
    compilation::{
        Compilation, CompileEnd, CompileErrorCause, CompileLimits, CompilerCommand, Notices, Protection,
    },
    event::{Event, Expectations, Line, Order},
    history::NoHistory,
    program::{PolicySource, ProgramFile},
};
use fenrun_money::Currency;

const PROGRAM: &str = "merchant = 'shop'\ncurrency = 'CNY'\ntime_zone = 'Asia/Shanghai'\nguard = 'open'\n\n\
                       [[policy]]\nname = 'seller'\nuse = 'seller'\n";

const MANIFEST: &str = r#"(@custom "fenrun_manifest" "{\"name\":\"seller\",\"version\":\"1.0.0\",\"abi\":1,\"hooks\":[\"shares\"]}")"#;

/// Gives the seller a fifth of what was paid; `more` are further fields.
fn honest(more: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
  (import "fenrun_v1" "share" (func $share (param i32) (result i32)))
  (import "fenrun_v1" "share_term" (func $term (param i32 i32 i32 i64 i64)))
  (import "fenrun_v1" "reason" (func $reason (param i32 i32 i32)))
  (import "fenrun_v1" "end" (func $end (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "sold it")
  (func (export "shares") (result i32) (local $effect i32)
    (local.set $effect (call $share (i32.const 0)))
    (call $term (local.get $effect) (i32.const -1) (i32.const 1) (i64.const 1) (i64.const 5))
    (call $reason (local.get $effect) (i32.const 0) (i32.const 7))
    (call $end (local.get $effect))
    (i32.const 0))
  {more} {MANIFEST})"#
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Loops within one another around many locals: minutes for a register allocator, some kilobytes of code.
fn slow(loops: usize, locals: usize) -> Vec<u8> {
    // Each local changes in the innermost loop, so each is a value that every loop around it has to carry.
    let changes: String = (1..=locals)
        .map(|local| format!("(local.set {local} (i64.add (local.get {local}) (i64.const 1)))"))
        .collect();
    let (locals, open) = ("i64 ".repeat(locals), "loop ".repeat(loops));
    let close = "(br_if 0 (local.get 0)) end ".repeat(loops);
    honest(&format!("(func (param i32) (local {locals}) {open} {changes} {close})"))
}

/// An order of 10.00, decided by a program whose only policy is this module.
fn decide(engine: &Engine, module: &[u8]) -> Result<i64, LoadCause> {
    let definition = ProgramFile::parse(PROGRAM, "shop.toml").unwrap().into_definition();
    let modules = |_: &PolicySource| Ok(module.to_vec());
    let program = engine.load(definition, &modules).map_err(|error| error.cause)?;
    let order = Order::new("A1", "b1", "2026-03-02T10:00:00+08:00".parse().unwrap(), Currency::CNY)
        .line(Line::goods("1", "SKU1", 1, 10_00))
        .seller("s1");
    let event = Event::order_paid(order, &Expectations::new(Currency::CNY)).unwrap();
    match engine.decide(&program, &event, &NoHistory) {
        Outcome::Decided(decision) => Ok(decision.amount_of("s1")),
        other => panic!("{other:?}"),
    }
}

/// The host is well: an honest module that it has not seen before is compiled and decides rightly.
fn assert_well(engine: &Engine, number: u64) {
    let module = honest(&format!("(global i64 (i64.const {number}))"));
    assert_eq!(decide(engine, &module).unwrap(), 2_00);
}

/// What the engine told its host.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn notices(&self) -> Notices {
        let heard = self.0.clone();
        Notices::to(move |notice| heard.lock().unwrap().push(notice.to_string()))
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn compiler() -> CompilerCommand {
    CompilerCommand::new(env!("CARGO_BIN_EXE_compiler"))
}

/// An engine that compiles in a child, and admits what would be refused otherwise: what the child is for is what
/// admission has missed.
fn engine_with(command: CompilerCommand, change: impl FnOnce(&mut EngineOptions)) -> (Engine, Heard) {
    let heard = Heard::default();
    let mut options = EngineOptions::default();
    options.compilation = Compilation::Child(command);
    options.notices = heard.notices();
    options.admission = AdmissionLimits { merges_max: u64::MAX, pressure_max: u64::MAX, ..options.admission };
    change(&mut options);
    (Engine::new(options).unwrap(), heard)
}

fn refused(result: Result<i64, LoadCause>) -> CompileEnd {
    match result {
        Err(LoadCause::CompileRefused(refused)) => refused.end,
        other => panic!("expected a refusal, found {other:?}"),
    }
}

#[test]
fn a_child_compiles_what_this_process_would() {
    let (engine, heard) = engine_with(compiler(), |_| {});
    assert_eq!(decide(&engine, &honest("")).unwrap(), 2_00);
    assert_eq!(heard.take(), Vec::<String>::new(), "every protection is in force here");
}

/// What the kernel is asked to keep from the child is kept from it: the child tries each.
#[test]
fn a_child_has_neither_files_nor_network_nor_processes() {
    let found = compiler().confinement(&CompileLimits::default()).unwrap();
    if cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))) {
        assert_eq!(found.missing, []);
        assert_eq!(found.protections, Protection::ALL);
        assert_eq!(found.possible, Vec::<String>::new());
    }
}

#[test]
fn a_module_that_compiles_slowly_is_killed_while_others_are_served() {
    // With memory to spare, so that it is time that ends.
    let (engine, heard) = engine_with(compiler(), |options| options.compile.memory_bytes_max = 8 << 30);
    let module = slow(250, 1_000);
    std::thread::scope(|scope| {
        let attack = scope.spawn(|| refused(decide(&engine, &module)));
        for number in 0..5 {
            assert_well(&engine, number);
        }
        let end = attack.join().unwrap();
        assert_eq!(end, CompileEnd::ProcessorTime { seconds: 1 });
        assert_eq!(
            end.to_string(),
            "`compile_time`: found more than 1 s of processor time, at most 1 s are allowed"
        );
    });
    let digest = fenrun::admission::Digest::of(&module);
    assert_eq!(
        heard.take(),
        [format!(
            "module {} is quarantined: `compile_time`: found more than 1 s of processor time, at most 1 s are allowed",
            digest.short()
        )]
    );
    // It is not tried again.
    let again = decide(&engine, &module).unwrap_err();
    assert_eq!(
        again.to_string(),
        "`quarantine`: found a module that is not tried again: `compile_time`: found more than 1 s of processor time, \
         at most 1 s are allowed; hint: change the module, or have its quarantine lifted"
    );
    assert_well(&engine, 10);
}

#[test]
fn a_module_that_compiles_hugely_is_stopped_by_the_limit_of_memory() {
    let (engine, _) = engine_with(compiler(), |options| {
        options.compile.memory_bytes_max = 24 << 20;
        options.compile.processor_seconds_max = 60;
        options.compile.wall_time_max = Duration::from_secs(120);
    });
    let end = refused(decide(&engine, &slow(250, 1_000)));
    assert_eq!(end, CompileEnd::Memory { bytes: 24 << 20 });
    assert_eq!(
        end.to_string(),
        "`compile_memory`: found more than 25165824 bytes of memory, at most 25165824 bytes are allowed"
    );
    assert_well(&engine, 1);
}

/// Each way in which a child can go wrong, what it is called, and whether the digest is tried again.
#[test]
fn a_compiler_that_dies_is_tried_once_more_and_the_digest_quarantined() {
    let died = |how: &str| CompileEnd::Died { how: how.into() };
    let cases = [
        ("panic", died("a panic")),
        ("abort", died("signal 6")),
        ("overflow", died("signal 6")),
        ("half", died("signal 6")),
        ("sleep", CompileEnd::WallTime { limit: Duration::from_millis(300) }),
        ("flood", CompileEnd::Artifact { bytes: 1 << 40, limit: 16 << 20 }),
    ];
    for (how, expected) in cases {
        let command = compiler().with_variable("FENRUN_TEST_MISBEHAVE", how);
        let (engine, heard) = engine_with(command, |options| {
            if how == "sleep" {
                options.compile.wall_time_max = Duration::from_millis(300);
            }
        });
        let module = honest("");
        let admitted = engine.admit(&module).unwrap();
        assert_eq!(refused(decide(&engine, &module)), expected, "{how}");
        let digest = admitted.digest().short();
        assert_eq!(heard.take(), [format!("module {digest} is quarantined: {expected}")], "{how}");
        let before = expected.to_string();
        assert_eq!(refused(decide(&engine, &module)), CompileEnd::Quarantined { before }, "{how}");
        assert_eq!(heard.take(), Vec::<String>::new(), "no third child is started for `{how}`");
    }
}

#[test]
fn a_program_that_is_no_compiler_is_our_mistake_and_nobody_is_quarantined() {
    let cause = |engine: &Engine| match decide(engine, &honest("")) {
        Err(LoadCause::Compile(error)) => error.cause,
        other => panic!("expected an error, found {other:?}"),
    };
    let (engine, heard) = engine_with(compiler().with_variable("FENRUN_TEST_MISBEHAVE", "chatter"), |_| {});
    for _ in 0..3 {
        assert!(matches!(cause(&engine), CompileErrorCause::NotACompiler { .. }));
    }
    let (engine, _) = engine_with(CompilerCommand::new("no-such-compiler"), |_| {});
    assert!(
        cause(&engine).to_string().starts_with("the compiler `no-such-compiler` cannot be started: "),
        "{}",
        cause(&engine)
    );
    assert_eq!(heard.take(), Vec::<String>::new());
}

/// A folder for a cache, closed to others.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("cache")
    }

    fn cache(&self) -> ArtifactCache {
        ArtifactCache::open(self.path(), CacheLimits::default()).unwrap()
    }

    /// A new engine, as after a start; its children cannot compile where `compiles` is false.
    fn engine(&self, compiles: bool) -> (Engine, Heard) {
        let command =
            if compiles { compiler() } else { compiler().with_variable("FENRUN_TEST_MISBEHAVE", "abort") };
        engine_with(command, |options| options.artifacts = Some(self.cache()))
    }

    fn files(&self, end: &str) -> Vec<PathBuf> {
        let files = fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = files.filter(|path| path.to_str().unwrap().ends_with(end)).collect();
        files.sort();
        files
    }
}

#[test]
fn a_cached_artifact_needs_no_compiler() {
    let folder = Folder::new();
    assert_eq!(decide(&folder.engine(true).0, &honest("")).unwrap(), 2_00);
    assert_eq!(folder.files(".artifact").len(), 1);
    let (engine, heard) = folder.engine(false);
    assert_eq!(decide(&engine, &honest("")).unwrap(), 2_00);
    assert_eq!(heard.take(), Vec::<String>::new());
    assert_eq!(folder.files("").len(), 2, "the artifact and the key");
}

#[test]
fn artifacts_that_are_not_ours_are_logged_and_compiled_again() {
    let other = Folder::new();
    decide(&other.engine(true).0, &honest("")).unwrap();
    let foreign = fs::read(&other.files(".artifact")[0]).unwrap();
    let folder = Folder::new();
    decide(&folder.engine(true).0, &honest("")).unwrap();
    decide(&folder.engine(true).0, &honest("(global i64 (i64.const 9))")).unwrap();
    let [one, two] = &folder.files(".artifact")[..] else { panic!("two artifacts") };
    let (good, swapped) = (fs::read(one).unwrap(), fs::read(two).unwrap());
    let tampered = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    let cases = [
        (tampered(good.len() - 1), "it does not bear this host's seal"),
        (tampered(good.len() / 2), "it does not bear this host's seal"),
        (tampered(0), "it is no artifact of this version"),
        (tampered(50), "it was made by another engine"),
        (good[..good.len() - 1].to_vec(), "it does not bear this host's seal"),
        (good[..40].to_vec(), "it is truncated"),
        (Vec::new(), "it is truncated"),
        (swapped, "it is of another module"),
        (foreign, "it does not bear this host's seal"),
        (vec![0; 18 << 20], "it is too large"),
    ];
    let module_of_one = [honest(""), honest("(global i64 (i64.const 9))")]
        .into_iter()
        .find(|module| {
            let digest = fenrun::admission::Digest::of(module).to_string();
            one.file_name().unwrap().to_str().unwrap().starts_with(&digest)
        })
        .unwrap();
    for (bytes, reason) in cases {
        fs::write(one, bytes).unwrap();
        let (engine, heard) = folder.engine(true);
        // `foreign` is of one of the two modules; where it is of the other, that is said first.
        let said = decide(&engine, &module_of_one).map(|amount| (amount, heard.take())).unwrap();
        assert_eq!(said.0, 2_00);
        let line = |reason: &str| {
            let path = one.display();
            format!("the cached artifact `{path}` is not loaded: {reason}; the module is compiled again")
        };
        assert!(
            said.1 == [line(reason)] || said.1 == [line("it is of another module")],
            "{reason}: {:?}",
            said.1
        );
        // It was stored anew, so the next start needs no compiler.
        assert_eq!(decide(&folder.engine(false).0, &module_of_one).unwrap(), 2_00, "{reason}");
    }
}

#[test]
fn a_quarantine_outlives_the_process_and_can_be_lifted() {
    let folder = Folder::new();
    refused(decide(&folder.engine(false).0, &honest("")));
    let (engine, _) = folder.engine(true);
    let end = refused(decide(&engine, &honest("")));
    let before = "`compiler`: found a compiler that died (signal 6), an artifact is expected".to_owned();
    assert_eq!(end, CompileEnd::Quarantined { before });
    let digest = fenrun::admission::Digest::of(&honest(""));
    assert!(folder.cache().lift_quarantine(&digest).unwrap());
    assert!(!folder.cache().lift_quarantine(&digest).unwrap());
    assert_eq!(decide(&engine, &honest("")).unwrap(), 2_00);
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    folder.cache();
    let key = folder.path().join("key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
    let open = || ArtifactCache::open(folder.path(), CacheLimits::default());
    set_mode(&key, 0o640);
    let path = key.display();
    assert_eq!(
        open().unwrap_err().to_string(),
        format!("`{path}` is open to other users (mode 640), at most 600 is allowed; hint: chmod 600 {path}")
    );
    set_mode(&key, 0o600);
    set_mode(&folder.path(), 0o755);
    assert!(matches!(open(), Err(CacheError::Open { mode: 0o755, allowed: 0o700, .. })));
    set_mode(&folder.path(), 0o700);
    open().unwrap();
    fs::write(&key, b"short").unwrap();
    assert!(matches!(open(), Err(CacheError::BadKey { length: 5, .. })));
    fs::remove_file(&key).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &key).unwrap();
    assert!(matches!(open(), Err(CacheError::Kind { expected: "file", .. })));
}

/// Threads and engines that open and fill one folder at once see one key and whole files only.
#[test]
fn a_folder_is_shared() {
    let folder = Folder::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let (engine, heard) = folder.engine(true);
                for number in 0..3 {
                    assert_well(&engine, number);
                }
                assert_eq!(heard.take(), Vec::<String>::new());
            });
        }
    });
    assert_eq!(folder.files(".artifact").len(), 3);
    assert_eq!(folder.files("").len(), 4);
}

#[test]
fn what_was_used_longest_ago_makes_room() {
    let folder = Folder::new();
    let mut limits = CacheLimits::default();
    limits.artifacts_max = 3;
    let cache = ArtifactCache::open(folder.path(), limits).unwrap();
    let (engine, _) = engine_with(compiler(), |options| options.artifacts = Some(cache));
    for number in 0..5 {
        assert_well(&engine, number);
        assert!(folder.files(".artifact").len() <= 3);
    }
    assert_eq!(folder.files(".artifact").len(), 3);
}
