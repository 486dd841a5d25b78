//! What the cases of a policy reached.
//!
//! Invariant: percentages are rounded down, so that 100 means all.

use std::collections::BTreeMap;
use std::fmt;

use super::{Function, Watched, WatchedBlock};

/// How much of something was reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// How many were reached.
    pub reached: u64,
    /// How many there are.
    pub all: u64,
}

/// What was reached of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// The author's functions, by file and line, else in the order of the module.
    pub functions: Vec<FunctionReached>,
    /// The author's files, by path; none where the module does not say what it was made from.
    pub files: Vec<FileReached>,
    /// Blocks of the author's functions.
    pub blocks: Part,
    /// Blocks of libraries, which are not asked for.
    pub library: Part,
    /// Why less is told than could be, each with its remedy.
    pub notes: Vec<String>,
    /// Why this is not to be trusted: the twin could not be run, or answered otherwise than the policy.
    pub faults: Vec<String>,
}

/// What was reached of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionReached {
    /// Its name.
    pub name: String,
    /// Its file in the policy's folder, and the line at which it begins.
    pub place: Option<(String, u32)>,
    /// How often it was called.
    pub calls: u64,
    /// Its blocks, without those that stop the policy.
    pub blocks: Part,
}

/// What was reached of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReached {
    /// Its path in the policy's folder.
    pub path: String,
    /// How often each line with code was reached.
    pub lines: BTreeMap<u32, u64>,
}

impl Part {
    /// Tenths of a percent, rounded down; of nothing, all was reached.
    #[must_use]
    pub fn per_mille(self) -> u64 {
        u128::from(self.reached)
            .saturating_mul(1_000)
            .checked_div(u128::from(self.all))
            .and_then(|part| u64::try_from(part).ok())
            .unwrap_or(1_000)
    }

    /// Whether it is at least so many percent.
    #[must_use]
    pub fn is_at_least(self, percent: u8) -> bool {
        u128::from(self.reached).saturating_mul(100) >= u128::from(self.all).saturating_mul(percent.into())
    }

    fn add(&mut self, other: Self) {
        self.reached = self.reached.saturating_add(other.reached);
        self.all = self.all.saturating_add(other.all);
    }
}

/// As `85.7`.
impl fmt::Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.per_mille();
        let (whole, tenth) = (tenths.div_euclid(10), tenths.rem_euclid(10));
        out.pad(&format!("{whole}.{tenth}"))
    }
}

impl FileReached {
    /// How many of its lines were reached.
    #[must_use]
    pub fn part(&self) -> Part {
        let reached = self.lines.values().filter(|count| **count > 0).count();
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Part { reached: number(reached), all: number(self.lines.len()) }
    }

    /// The lines that were not reached, as ranges that lines without code do not break.
    #[must_use]
    pub fn missed(&self) -> Vec<(u32, u32)> {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        let mut is_open = false;
        for (line, count) in &self.lines {
            match ranges.last_mut() {
                Some((_, last)) if is_open && *count == 0 => *last = *line,
                _ if *count == 0 => ranges.push((*line, *line)),
                _ => {}
            }
            is_open = *count == 0;
        }
        ranges
    }
}

impl Reached {
    /// The lines of all files; none where they are not known.
    #[must_use]
    pub fn lines(&self) -> Option<Part> {
        let parts = self.files.iter().map(FileReached::part);
        parts.reduce(|mut sum, part| {
            sum.add(part);
            sum
        })
    }

    /// What a bound on coverage is about, and its name: lines where they are known, because some branches cannot be taken
    /// (such as that of a value that the manifest guarantees); else blocks.
    #[must_use]
    pub fn bounded(&self) -> (Part, &'static str) {
        self.lines().map_or((self.blocks, "blocks"), |lines| (lines, "lines"))
    }

    pub(super) fn of(watched: &Watched) -> Self {
        let mut reached = Self { faults: watched.faults.clone(), ..Self::default() };
        let count = |counter: usize| watched.counts.get(counter).copied().unwrap_or(0);
        // A closure is a part of the function it stands in, which has to be there before.
        let (functions, closures): (Vec<&Function>, Vec<&Function>) =
            watched.functions.iter().partition(|function| !function.name.contains(CLOSURE));
        for function in functions.into_iter().chain(closures) {
            let blocks = blocks(function, count);
            if function.is_authors {
                reached.blocks.add(blocks);
                reached.function(function, blocks, count(function.entry));
            } else {
                reached.library.add(blocks);
            }
        }
        reached.functions.sort_by(|one, other| one.place.cmp(&other.place));
        reached.files = files(watched, count);
        if !watched.has_lines {
            reached.notes.push(NO_LINES.to_owned());
        }
        reached
    }

    /// Functions of one name in one file are told as one: instances of a generic function, and its closures.
    fn function(&mut self, function: &Function, blocks: Part, calls: u64) {
        let (name, closure) = match function.name.split_once(CLOSURE) {
            Some((name, _)) => (name, true),
            None => (function.name.as_str(), false),
        };
        let place = function.line.as_ref().map(|line| (line.file.clone(), line.number));
        let file = |place: &Option<(String, u32)>| place.as_ref().map(|(file, _)| file.clone());
        let mut known = self.functions.iter_mut();
        match known.find(|known| known.name == name && file(&known.place) == file(&place)) {
            Some(known) => {
                known.blocks.add(blocks);
                if !closure {
                    known.calls = known.calls.saturating_add(calls);
                    known.place = place.min(known.place.take());
                }
            }
            None => {
                let name = name.to_owned();
                self.functions.push(FunctionReached { name, place, calls, blocks });
            }
        }
    }
}

/// What a compiler adds to the name of a function for what stands in it without a name.
const CLOSURE: &str = "::{{closure}}";

/// What is said where a module does not say what it was made from.
const NO_LINES: &str = "the module has no debug information, so lines are not known; hint: name a source folder, or build \
                        the module with debug information";

fn blocks(function: &Function, count: impl Fn(usize) -> u64) -> Part {
    let mut part = Part::default();
    for block in function.blocks.iter().filter(|block| !block.stops) {
        part.add(Part { reached: u64::from(count(block.counter) > 0), all: 1 });
    }
    part
}

/// A line was reached as often as the block of it that was reached most; lines that only stop the policy are left out
/// until something stops it.
fn files(watched: &Watched, count: impl Fn(usize) -> u64) -> Vec<FileReached> {
    let mut files: BTreeMap<&str, BTreeMap<u32, u64>> = BTreeMap::new();
    let all = watched.functions.iter().flat_map(|function| &function.blocks);
    for WatchedBlock { counter, stops, lines } in all {
        let count = count(*counter);
        if *stops && count == 0 {
            continue;
        }
        for line in lines {
            let most = files.entry(&line.file).or_default().entry(line.number).or_default();
            *most = count.max(*most);
        }
    }
    files.into_iter().map(|(path, lines)| FileReached { path: path.to_owned(), lines }).collect()
}

#[cfg(test)]
mod tests {
    use super::{FileReached, Part};

    #[test]
    fn a_percentage_is_rounded_down() {
        let part = |reached, all| Part { reached, all };
        assert_eq!(part(1_999, 2_000).to_string(), "99.9");
        assert_eq!(part(0, 0).to_string(), "100.0");
        assert!(part(4, 5).is_at_least(80) && !part(4, 5).is_at_least(81));
        assert!(!part(1_999, 2_000).is_at_least(100) && part(0, 0).is_at_least(100));
    }

    #[test]
    fn missed_lines_are_ranges() {
        let lines = [(3, 1), (4, 0), (6, 0), (7, 2), (9, 0)].into_iter().collect();
        let file = FileReached { path: "src/lib.rs".into(), lines };
        assert_eq!(file.missed(), [(4, 6), (9, 9)]);
        assert_eq!(file.part(), Part { reached: 2, all: 5 });
    }
}
