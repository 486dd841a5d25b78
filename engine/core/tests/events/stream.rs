//! Lines that are read one after the other.

use super::*;

/// An endless run of one byte, then what follows it; counts nothing and holds nothing.
fn flood(bytes: u64, then: &'static str) -> impl Read {
    io::repeat(b'x').take(bytes).chain(then.as_bytes())
}

#[test]
fn a_stream_goes_on_after_every_bad_line() {
    let input = b"\xef\xbb\xbf{\"a\":1}\r\n\n  \t\n{\"b\":2}\n\xff{}\n\xef\xbb\xbf{}\nlast".as_slice();
    let mut reader = EventReader::new(input, &EventLimits::default());
    let mut seen = Vec::new();
    while let Some((number, line)) = reader.next_line() {
        seen.push((number, line.map_or_else(|error| error.to_string(), str::to_owned)));
    }
    let expected = [
        (1, "{\"a\":1}"),
        (4, "{\"b\":2}"),
        (5, "byte 1 of the line is not UTF-8; hint: save the file as UTF-8"),
        (6, "\u{feff}{}"),
        (7, "last"),
    ];
    assert_eq!(seen, expected.map(|(number, line)| (number, line.to_owned())));
    assert_eq!(EventReader::new(b"".as_slice(), &EventLimits::default()).count(), 0);
}

#[test]
fn a_line_at_the_cap_is_read_and_one_byte_more_is_skipped() {
    let limits = EventLimits { line_bytes_max: 10, ..EventLimits::default() };
    for frame in ["\n", "\r\n", ""] {
        let read = |text: &str| -> Vec<(u64, bool)> {
            let input = format!("{text}{frame}");
            EventReader::new(input.as_bytes(), &limits).map(|(number, line)| (number, line.is_ok())).collect()
        };
        assert_eq!(read(&"x".repeat(10)), [(1, true)], "{frame:?}");
        assert_eq!(read(&format!("\u{feff}{}", "x".repeat(10))), [(1, true)], "{frame:?}");
        for length in [11, 12, 13, 14, 15, 16, 17, 100] {
            assert_eq!(read(&"x".repeat(length)), [(1, false)], "{length} {frame:?}");
            assert_eq!(
                read(&format!("{}\nok", "x".repeat(length))),
                [(1, false), (2, true)],
                "{length} {frame:?}"
            );
        }
    }
    let mut lines = EventReader::new(BufReader::new(flood(100 << 20, "\n{}\n")), &EventLimits::default());
    assert_eq!(lines.next().unwrap().1.unwrap_err().kind, EventErrorKind::TooLong { bytes_max: 1 << 20 });
    assert_eq!(lines.next(), Some((2, Ok("{}".to_owned()))));
    assert_eq!(lines.next(), None);
}

#[test]
fn an_input_that_breaks_off_is_reported_once() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let mut lines =
        EventReader::new(BufReader::new("{}\n".as_bytes().chain(Broken)), &EventLimits::default());
    assert_eq!(lines.next(), Some((1, Ok("{}".to_owned()))));
    let (number, error) = lines.next().unwrap();
    assert_eq!(
        (number, error.unwrap_err().to_string().as_str()),
        (2, "the events cannot be read: the disk is gone")
    );
    assert_eq!(lines.next(), None);
}
