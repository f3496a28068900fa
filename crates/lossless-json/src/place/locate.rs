//! The places of JSON paths in a text.

use std::cmp::Ordering;

use super::path::{Step, step_of_text, steps};
use super::tokens::{Token, Tokens};
use super::{TextPosition, positions};
use crate::parse::BYTE_ORDER_MARK;

/// What [`locate`] looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought<'path> {
    /// The value at a JSON path; of a key that stands twice in an object, the first. Where it is not there, the deepest
    /// value on the way to it.
    Value(&'path str),
    /// A key that stands again in its object, as [`crate::Parsed::duplicate_keys`] tells. Where a path is sought several
    /// times, each has its own place, in order.
    KeyAgain(&'path str),
}

/// The place of each of the things sought, in their order. The text is looked through once, whatever their number.
pub fn locate(text: &[u8], sought: &[Sought<'_>]) -> Vec<TextPosition> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut search = Search::new(text, sought);
    for token in Tokens::new(text) {
        if search.missing == 0 {
            break;
        }
        search.take(&token);
    }
    let mut offsets = vec![0; sought.len()];
    for target in &search.targets {
        offsets[target.slot] = target.at;
    }
    positions(text, &offsets)
}

/// One of the things sought, and how near the search has come to it.
struct Target<'path> {
    steps: Vec<Step<'path>>,
    is_again: bool,
    /// Its place among the things sought.
    slot: usize,
    at: usize,
    /// The steps that lead to `at`; none before anything was read.
    depth: Option<usize>,
    is_found: bool,
}

/// Targets whose paths begin with the same steps stand side by side.
type Range = std::ops::Range<usize>;

/// A list or an object on the way to a target.
struct Around {
    is_list: bool,
    index: usize,
    /// The targets below, and whether values are sought here: not so in what stands under a key for the second time.
    targets: Range,
    has_values: bool,
    /// The targets of the entry that was begun.
    entry: Range,
    awaits_key: bool,
    /// The ranges of the keys that were read and may stand again.
    read: Vec<usize>,
}

struct Search<'text, 'path> {
    text: &'text [u8],
    targets: Vec<Target<'path>>,
    around: Vec<Around>,
    /// Levels below the last of `around`, in which there is no target.
    deeper: usize,
    has_begun: bool,
    missing: usize,
}

impl<'text, 'path> Search<'text, 'path> {
    fn new(text: &'text [u8], sought: &[Sought<'path>]) -> Self {
        let target = |(slot, sought): (usize, &Sought<'path>)| {
            let (path, is_again) = match *sought {
                Sought::Value(path) => (path, false),
                Sought::KeyAgain(path) => (path, true),
            };
            Target { steps: steps(path), is_again, slot, at: 0, depth: None, is_found: false }
        };
        let mut targets: Vec<Target<'path>> = sought.iter().enumerate().map(target).collect();
        targets.sort_by(|a, b| a.steps.cmp(&b.steps).then(a.is_again.cmp(&b.is_again)));
        let missing = targets.len();
        Self { text, targets, around: Vec::new(), deeper: 0, has_begun: false, missing }
    }

    fn take(&mut self, token: &Token) {
        match *token {
            Token::Open { .. } if self.deeper > 0 => self.deeper += 1,
            Token::Close if self.deeper > 0 => self.deeper -= 1,
            _ if self.deeper > 0 => {}
            Token::Open { is_list, at } => self.open(is_list, at),
            Token::Close => drop(self.around.pop()),
            Token::Comma => self.comma(),
            Token::Text { at, end } => match self.around.last() {
                Some(object) if object.awaits_key => self.key(at, end.unwrap_or(self.text.len())),
                _ => drop(self.value(at)),
            },
            Token::Scalar { at } => drop(self.value(at)),
        }
    }

    fn comma(&mut self) {
        if let Some(innermost) = self.around.last_mut() {
            innermost.index += usize::from(innermost.is_list);
            innermost.awaits_key = !innermost.is_list;
        }
    }

    fn key(&mut self, at: usize, end: usize) {
        let depth = self.around.len();
        let step = step_of_text(&self.text[at..end]);
        let Some(object) = self.around.last() else { return };
        let entry = self.under(object.targets.clone(), depth - 1, Step::Key(&step));
        self.note_again(&entry, at);
        if let Some(object) = self.around.last_mut() {
            (object.entry, object.awaits_key) = (entry, false);
        }
    }

    /// Remembers a key that is sought as one that stands again, or finds it where it does.
    fn note_again(&mut self, entry: &Range, at: usize) {
        let depth = self.around.len();
        let Some(object) = self.around.last_mut() else { return };
        // Shorter paths stand before longer ones.
        let mut again = self.targets[entry.clone()]
            .iter_mut()
            .take_while(|target| target.steps.len() == depth)
            .filter(|target| target.is_again)
            .peekable();
        if again.peek().is_none() {
            return;
        }
        if !object.read.contains(&entry.start) {
            object.read.push(entry.start);
            return;
        }
        if let Some(target) = again.find(|target| !target.is_found) {
            (target.at, target.depth, target.is_found) = (at, Some(depth), true);
            self.missing -= 1;
        }
    }

    /// A value begins. The targets at it and below, and whether values are sought there.
    fn value(&mut self, at: usize) -> Option<(Range, bool)> {
        let depth = self.around.len();
        let (targets, has_values) = match self.around.last() {
            None if self.has_begun => return None,
            None => (0..self.targets.len(), true),
            Some(list) if list.is_list => {
                (self.under(list.targets.clone(), depth - 1, Step::Index(list.index)), list.has_values)
            }
            Some(object) => (object.entry.clone(), object.has_values),
        };
        self.has_begun = true;
        // All of them have come as far as the first, since they begin with the same steps.
        let first = self.targets[targets.clone()].first();
        let is_new = has_values && first.is_some_and(|target| target.depth.is_none_or(|known| known < depth));
        if is_new {
            self.reach(targets.clone(), at, depth);
        }
        Some((targets, is_new))
    }

    fn reach(&mut self, targets: Range, at: usize, depth: usize) {
        for target in &mut self.targets[targets] {
            (target.at, target.depth) = (at, Some(depth));
            if !target.is_again && target.steps.len() == depth {
                target.is_found = true;
                self.missing -= 1;
            }
        }
    }

    fn open(&mut self, is_list: bool, at: usize) {
        let depth = self.around.len();
        let below = self.value(at).map(|(targets, has_values)| {
            let at_it = self.targets[targets.clone()].iter().take_while(|target| target.steps.len() == depth);
            (targets.start + at_it.count()..targets.end, has_values)
        });
        match below {
            Some((targets, has_values)) if !targets.is_empty() => self.around.push(Around {
                is_list,
                index: 0,
                targets,
                has_values,
                entry: 0..0,
                awaits_key: !is_list,
                read: Vec::new(),
            }),
            _ => self.deeper = 1,
        }
    }

    /// Those of the targets whose path goes on with a step.
    fn under(&self, targets: Range, depth: usize, step: Step<'_>) -> Range {
        let compared =
            |target: &Target<'_>| target.steps.get(depth).map_or(Ordering::Less, |own| own.cmp(&step));
        let within = &self.targets[targets.clone()];
        let start = within.partition_point(|target| compared(target).is_lt());
        let end = within.partition_point(|target| compared(target).is_le());
        targets.start + start..targets.start + end
    }
}
