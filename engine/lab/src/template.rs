//! The folder of a new policy: a rule that builds, its manifest, two cases and a README.
//!
//! Invariant: pure text; what it writes passes its own cases, which a test proves.

/// Where a new policy stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the folder of stock policies, as a member of their workspace.
    Member,
    /// By itself, with the SDK at this path.
    Alone {
        /// The folder of the crate `fenrun-sdk`.
        sdk: String,
    },
}

/// A file of a new policy: its path within the folder, and its text.
pub type File = (&'static str, String);

/// Most bytes of a policy's name, as the manifest has it.
pub const NAME_BYTES_MAX: usize = 64;

/// The files of a new policy in Rust, or why it cannot be named so.
///
/// ```
/// use fenrun_lab::template::{Place, rust};
///
/// let files = rust("tea-club", &Place::Alone { sdk: "/opt/fenrun/sdk/rust".into() })?;
/// let rule = files.iter().find(|(path, _)| *path == "src/lib.rs").map(|(_, text)| text.as_str()).unwrap();
/// assert!(rule.contains("impl Policy for TeaClub {"));
///
/// let problem = rust("Tea Club", &Place::Member).unwrap_err();
/// assert_eq!(problem, "`Tea Club` cannot be a policy's name; hint: lower-case words joined by `-`, such as `tea-club`");
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
///
/// What is wrong with the name, with a remedy behind `; hint: `.
pub fn rust(name: &str, place: &Place) -> Result<Vec<File>, String> {
    checked(name)?;
    let schema = match place {
        Place::Member => "../../../schemas/cases.schema.json",
        Place::Alone { .. } => "../cases.schema.json",
    };
    let filled = |template: &str| {
        let sdk = match place {
            Place::Member => String::new(),
            Place::Alone { sdk } => format!("{{ path = {} }}", crate::raw::quoted(sdk)),
        };
        let text = template.replace("@name@", name).replace("@type@", &type_name(name));
        text.replace("@sdk@", &sdk).replace("@schema@", schema)
    };
    let mut files = vec![
        ("README.md", filled(include_str!("../templates/rust/README.md.txt"))),
        ("cases/figures.json", filled(include_str!("../templates/rust/cases.json.txt"))),
        ("manifest.json", filled(include_str!("../templates/rust/manifest.json.txt"))),
        ("src/lib.rs", filled(include_str!("../templates/rust/lib.rs.txt"))),
    ];
    match place {
        Place::Member => {
            files.push(("Cargo.toml", filled(include_str!("../templates/rust/Cargo.member.toml.txt"))));
        }
        Place::Alone { .. } => {
            files.push(("Cargo.toml", filled(include_str!("../templates/rust/Cargo.toml.txt"))));
            files.push((
                "rust-toolchain.toml",
                include_str!("../templates/rust/rust-toolchain.toml.txt").into(),
            ));
            files.push((".gitignore", "/target\n".to_owned()));
            files.push(("cases.schema.json", format!("{:#}\n", crate::schema())));
        }
    }
    files.sort_by_key(|(path, _)| *path);
    Ok(files)
}

/// The files of a new policy in AssemblyScript, by their paths. `sdk`: the folder of the SDK.
///
/// # Errors
///
/// As [`rust`].
pub fn assemblyscript(name: &str, sdk: &str) -> Result<Vec<File>, String> {
    checked(name)?;
    let sdk = crate::raw::quoted(&format!("file:{sdk}"));
    let filled = |template: &str| {
        let text = template.replace("@name@", name).replace("@sdk@", &sdk);
        text.replace("@schema@", "../cases.schema.json")
    };
    Ok(vec![
        (".gitignore", "/build\n/node_modules\n".to_owned()),
        ("README.md", filled(include_str!("../templates/assemblyscript/README.md.txt"))),
        ("assembly/index.ts", filled(include_str!("../templates/assemblyscript/index.ts.txt"))),
        ("cases.schema.json", format!("{:#}\n", crate::schema())),
        ("cases/figures.json", filled(include_str!("../templates/rust/cases.json.txt"))),
        ("manifest.json", filled(include_str!("../templates/rust/manifest.json.txt"))),
        ("package.json", filled(include_str!("../templates/assemblyscript/package.json.txt"))),
        ("tsconfig.json", filled(include_str!("../templates/assemblyscript/tsconfig.json.txt"))),
    ])
}

/// Refuses what cannot be a policy's name.
fn checked(name: &str) -> Result<(), String> {
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let starts_with_letter = name.starts_with(|first: char| first.is_ascii_lowercase());
    if name.len() > NAME_BYTES_MAX || !starts_with_letter || !name.split('-').all(word) {
        return Err(format!(
            "`{name}` cannot be a policy's name; hint: lower-case words joined by `-`, such as `tea-club`"
        ));
    }
    Ok(())
}

/// `tea-club` as `TeaClub`.
fn type_name(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(word).collect()
}
