//! The files of a session as one recording.

use std::path::{Path, PathBuf};

use crate::RealDisk;
use crate::checkpoint;
use crate::disk::Disk;
use crate::error::OpenError;
use crate::line::{Head, Line};
use crate::opening::failed;
use crate::recovery::{segment_name, segment_number};

/// A file of a recording that goes over several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingFile {
    /// Where it is.
    pub path: PathBuf,
    /// How many of its first lines are no part of the recording, because they stand in a checkpoint.
    pub left_out: u64,
}

/// The files in the directory at `path` that are one recording of the session, in order: the log from its beginning, or
/// where that is not kept any more, the newest checkpoint and the log after it. The session may be open elsewhere.
pub fn recording_in(path: impl AsRef<Path>) -> Result<Vec<RecordingFile>, OpenError> {
    let path = path.as_ref();
    let mut disk = RealDisk::new(path).map_err(|source| OpenError::Io {
        place: path.display().to_string(),
        action: "read the directory".to_owned(),
        source,
    })?;
    let names = disk.list().map_err(failed(&disk, "list the files"))?;
    let mut segments: Vec<u64> = names.iter().filter_map(|name| segment_number(name)).collect();
    segments.sort_unstable();
    let file = |name: String, left_out| RecordingFile { path: path.join(name), left_out };
    let mut files = Vec::with_capacity(segments.len() + 1);
    let mut begins = None;
    if segments.first() != Some(&1) {
        begins = newest_checkpoint(&mut disk, &names)?;
    }
    if let Some(head) = begins {
        files.push(file(checkpoint::name(head.upto), 0));
        segments.retain(|&number| number >= head.segment);
    }
    for number in segments {
        let of_head = begins.filter(|head| head.segment == number);
        let left_out = of_head.map_or(Ok(0), |head| lines_upto(&mut disk, &head))?;
        files.push(file(segment_name(number), left_out));
    }
    Ok(files)
}

fn newest_checkpoint(disk: &mut RealDisk, names: &[String]) -> Result<Option<Head>, OpenError> {
    for upto in checkpoint::numbers(names).into_iter().rev() {
        if let Ok(found) = checkpoint::read(disk, upto)? {
            return Ok(Some(found.head));
        }
    }
    Ok(None)
}

/// How many records of the segment that a checkpoint names stand in that checkpoint.
fn lines_upto(disk: &mut RealDisk, head: &Head) -> Result<u64, OpenError> {
    let name = segment_name(head.segment);
    let bytes = disk.read(&name).map_err(failed(disk, &format!("read {name}")))?;
    let first = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let first = Line::decode(first).map_or(head.first, |line| line.record.seq);
    Ok((head.upto + 1).saturating_sub(first))
}
