//! Bundles that somebody built to do harm, or broke: each is refused, with the entry and the reason.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::fs;
use std::io::{Cursor, Write};

use otio_bundle::{EntryError, Limits, ReadError, read, read_archive};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const CUT: &[u8] = br#"{"OTIO_SCHEMA":"Timeline.1"}"#;

/// A sound archive with a document, and media stored as they are.
fn archive(media: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in [("content.otio", CUT)].iter().chain(media) {
        zip.start_file(*name, stored).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The archive with every occurrence of `from` changed to the equally long `to`.
fn changed(archive: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut changed = archive.to_vec();
    for start in 0..=changed.len() - from.len() {
        if changed[start..].starts_with(from.as_bytes()) {
            changed[start..start + to.len()].copy_from_slice(to.as_bytes());
        }
    }
    changed
}

/// Writes `bytes` into a field of every header of both kinds: `local` bytes into a local one, two more into a central.
fn with_field(archive: &[u8], local: usize, bytes: &[u8]) -> Vec<u8> {
    let mut changed = archive.to_vec();
    for start in 0..changed.len() - 4 {
        let field = match &archive[start..start + 4] {
            b"PK\x03\x04" => start + local,
            b"PK\x01\x02" => start + local + 2,
            _ => continue,
        };
        changed[field..field + bytes.len()].copy_from_slice(bytes);
    }
    changed
}

fn refusal(archive: Vec<u8>, limits: &Limits) -> ReadError {
    match read_archive(Cursor::new(archive), limits) {
        Ok(bundle) => panic!("read: {bundle:?}"),
        Err(error) => error,
    }
}

fn entry_refusal(archive: Vec<u8>, limits: &Limits) -> (String, EntryError) {
    match refusal(archive, limits) {
        ReadError::Entry { name, reason } => (name, reason),
        other => panic!("another refusal: {other}"),
    }
}

#[test]
fn a_sound_archive_is_read_and_its_media_listed() {
    let bundle =
        read_archive(Cursor::new(archive(&[("media/a.mov", b"12345")])), &Limits::default()).unwrap();
    assert_eq!(bundle.content, CUT);
    assert_eq!(bundle.media.len(), 1);
    assert_eq!((bundle.media[0].name.as_str(), bundle.media[0].bytes), ("media/a.mov", 5));
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let sound = archive(&[("media/aa.mov", b"")]);
    let cases = [
        ("../../x/.mov", EntryError::Outside),
        ("media/../../", EntryError::Outside),
        ("/etc/passwds", EntryError::Absolute),
        ("C:\\x\\aaa.mov", EntryError::Absolute),
        ("media\\aa.mov", EntryError::NotPlain),
        ("media//a.mov", EntryError::NotPlain),
        ("media/\0a.mov", EntryError::NotPlain),
    ];
    for (name, reason) in cases {
        let found = entry_refusal(changed(&sound, "media/aa.mov", name), &Limits::default());
        assert_eq!(found, (name.to_owned(), reason));
    }
}

#[test]
fn a_name_that_stands_twice_is_refused() {
    let sound = archive(&[("media/a.mov", b"1"), ("media/b.mov", b"2")]);
    let found = entry_refusal(changed(&sound, "media/b.mov", "media/a.mov"), &Limits::default());
    assert_eq!(found, ("media/a.mov".to_owned(), EntryError::Twice));
    let two_documents = archive(&[("Content.otio", CUT)]);
    let found = entry_refusal(changed(&two_documents, "Content.otio", "content.otio"), &Limits::default());
    assert_eq!(found.1, EntryError::Twice);
}

#[test]
fn a_name_that_differs_between_the_front_and_the_directory_is_refused() {
    let mut forked = archive(&[("media/a.mov", b"1")]);
    let front = forked.windows(11).position(|window| window == b"media/a.mov").unwrap();
    forked[front + 6] = b'b';
    assert!(matches!(refusal(forked, &Limits::default()), ReadError::NotAnArchive(_)));
}

#[test]
fn links_and_devices_are_refused() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("content.otio", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    let linked = zip.finish().unwrap().into_inner();
    assert_eq!(entry_refusal(linked.clone(), &Limits::default()).1, EntryError::Link);
    // The kind of file stands in the two high bytes of the central header's attributes.
    let central = linked.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let mut device = linked;
    device[central + 40..central + 42].copy_from_slice(&0o020_644_u16.to_le_bytes());
    assert_eq!(entry_refusal(device, &Limits::default()).1, EntryError::NoFile);
}

#[test]
fn encrypted_entries_are_refused() {
    let sound = archive(&[]);
    assert_eq!(entry_refusal(with_field(&sound, 6, &[1, 0]), &Limits::default()).1, EntryError::Encrypted);
}

#[test]
fn other_ways_of_packing_are_refused() {
    let bzip2 = with_field(&archive(&[]), 8, &[12, 0]);
    assert_eq!(entry_refusal(bzip2, &Limits::default()).1, EntryError::Method);
}

#[test]
fn bombs_are_refused_before_they_are_unpacked() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    zip.start_file("content.otio", packed).unwrap();
    zip.write_all(&vec![b' '; 17 << 20]).unwrap();
    let bomb = zip.finish().unwrap().into_inner();
    assert!(bomb.len() < 1 << 17);
    let limits = Limits::default();
    assert_eq!(entry_refusal(bomb.clone(), &limits).1, EntryError::Ratio { limit: limits.ratio });
    let small = Limits { ratio: 5000, content_bytes: 1 << 20, ..limits };
    assert_eq!(entry_refusal(bomb.clone(), &small).1, EntryError::Long { limit: 1 << 20 });
    let total = Limits { ratio: 5000, total_bytes: 1 << 20, ..limits };
    assert!(matches!(refusal(bomb.clone(), &total), ReadError::TooLong { limit: 1_048_576 }));
    // One that declares 1000 bytes is not unpacked beyond them.
    let (_, reason) = entry_refusal(with_field(&bomb, 22, &1000_u32.to_le_bytes()), &limits);
    assert!(matches!(reason, EntryError::OtherLength | EntryError::Unreadable(_)), "{reason}");
}

#[test]
fn entries_that_share_their_bytes_are_refused() {
    let sound = archive(&[("media/a.mov", b"1"), ("media/b.mov", b"2")]);
    let length = u32::try_from(sound.len() - 200).unwrap().to_le_bytes();
    let overlapping = with_field(&with_field(&sound, 18, &length), 22, &length);
    assert!(matches!(refusal(overlapping, &Limits::default()), ReadError::Overlap));
}

#[test]
fn a_stored_entry_has_one_length() {
    let longer = with_field(&archive(&[]), 22, &1000_u32.to_le_bytes());
    assert_eq!(entry_refusal(longer, &Limits::default()).1, EntryError::OtherLength);
}

#[test]
fn too_many_entries_are_refused_before_they_are_walked() {
    let limits = Limits { entries: 2, ..Limits::default() };
    assert!(read_archive(Cursor::new(archive(&[("media/a", b"")])), &limits).is_ok());
    let many = archive(&[("media/a", b""), ("media/b", b"")]);
    assert!(matches!(refusal(many, &limits), ReadError::TooManyEntries { limit: 2 }));
}

#[test]
fn an_archive_without_a_document_and_what_is_no_archive_are_told_apart() {
    let without = changed(&archive(&[]), "content.otio", "content.json");
    assert!(matches!(refusal(without, &Limits::default()), ReadError::NoContent));
    let sound = archive(&[("media/a.mov", b"12345")]);
    for end in 0..sound.len() - 1 {
        let error = refusal(sound[..end].to_vec(), &Limits::default());
        assert!(matches!(error, ReadError::NotAnArchive(_)), "cut to {end} bytes: {error:?}");
    }
    assert!(matches!(refusal(CUT.to_vec(), &Limits::default()), ReadError::NotAnArchive(_)));
}

#[test]
fn a_damaged_document_is_refused() {
    let damaged = changed(&archive(&[]), "Timeline.1", "Timeline.2");
    assert!(matches!(entry_refusal(damaged, &Limits::default()).1, EntryError::Unreadable(_)));
}

#[cfg(unix)]
#[test]
fn links_in_a_directory_are_refused() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("cut.otiod");
    let media = bundle.join("media");
    fs::create_dir_all(&media).unwrap();
    assert!(matches!(read(&bundle), Err(ReadError::NoContent)));
    symlink("/etc/passwd", bundle.join("content.otio")).unwrap();
    assert!(matches!(read(&bundle), Err(ReadError::Entry { reason: EntryError::Link, .. })));
    fs::remove_file(bundle.join("content.otio")).unwrap();
    fs::write(bundle.join("content.otio"), CUT).unwrap();
    fs::create_dir(media.join("day")).unwrap();
    fs::write(media.join("day/a.mov"), "123").unwrap();
    assert_eq!(read(&bundle).unwrap().media[0].name, "media/day/a.mov");
    symlink("/", media.join("root")).unwrap();
    let refused = read(&bundle).unwrap_err();
    assert_eq!(refused.to_string(), "its entry \"media/root\" is a link, and a bundle holds files only");
}
