//! Keeping what stands before a damage.

use std::collections::BTreeSet;
use std::io;

use crate::disk::{Disk, replace};
use crate::error::Damage;
use crate::recovery::{Segment, segment_name};

/// What salvaging gave up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salvaged {
    /// Where the log was damaged; everything from there on is no part of the session any more.
    pub damage: Damage,
    /// The files that hold what was there, for whoever can repair them.
    pub set_aside: Vec<String>,
}

/// Cuts the log off at the damage. Interrupted anywhere, it leaves a directory that still shows the damage or is
/// whole: later segments go first and from the end, the damaged one is copied before it is replaced.
pub(crate) fn cut_off(disk: &mut dyn Disk, segments: &[Segment], damage: &Damage) -> io::Result<Vec<String>> {
    let mut taken: BTreeSet<String> = disk.list()?.into_iter().collect();
    let mut set_aside = Vec::new();
    let first_bad = segments.iter().find(|segment| segment_name(segment.number) >= damage.file);
    for segment in segments.iter().rev() {
        let name = segment_name(segment.number);
        let aside = free_name(&mut taken, &name);
        if name > damage.file {
            disk.rename(&name, &aside)?;
            disk.sync_directory()?;
        } else if first_bad == Some(segment) {
            let bytes = disk.read(&name)?;
            replace(disk, &aside, &bytes)?;
            let whole = usize::try_from(segment.whole_bytes).unwrap_or(usize::MAX);
            replace(disk, &name, bytes.get(..whole).unwrap_or_default())?;
        } else {
            break;
        }
        set_aside.push(aside);
    }
    set_aside.reverse();
    Ok(set_aside)
}

/// Gives a file a name under which nobody looks for it, and tells it.
pub(crate) fn set_aside(disk: &mut dyn Disk, name: &str) -> io::Result<String> {
    let aside = free_name(&mut disk.list()?.into_iter().collect(), name);
    disk.rename(name, &aside)?;
    disk.sync_directory()?;
    Ok(aside)
}

fn free_name(taken: &mut BTreeSet<String>, name: &str) -> String {
    let plain = format!("damaged-{name}");
    let numbered = (2_u64..).map(|at| format!("damaged-{at}-{name}"));
    let free = std::iter::once(plain).chain(numbered).find(|name| !taken.contains(name));
    let free = free.unwrap_or_default();
    taken.insert(free.clone());
    free
}
