//! What may differ at existing peers, or is to be looked at.

use std::collections::{BTreeMap, BTreeSet};

use session_log::{Guid, SessionState};

use super::touch::Touch;
use crate::clock::Now;
use crate::limits::{MEMBER_TIMES_MAX, REPAIR_AGAIN_US, REPAIR_QUIET_US};

/// What is to be compared once nobody has touched it for a while, by object; and what of it no comparison tells.
#[derive(Debug, Default)]
pub(crate) struct Doubts {
    pub(super) timelines: BTreeMap<Guid, Doubt<TimelineDoubt>>,
    pub(super) parents: BTreeMap<Guid, Doubt<ParentDoubt>>,
    pub(super) objects: BTreeMap<Guid, Doubt<ObjectDoubt>>,
    /// Nothing is due before.
    next_us: Option<u64>,
}

/// What is doubted of one object, and when to look.
#[derive(Clone, Debug, Default)]
pub(super) struct Doubt<T> {
    pub(super) of: T,
    due_us: u64,
    /// How many times it was put right without knowing whether that arrived.
    passes: u32,
}

/// Doubts about a timeline as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct TimelineDoubt {
    pub(super) differs: bool,
}

/// Doubts about the children of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ParentDoubt {
    /// Children that stand elsewhere at some.
    pub(super) placed: BTreeSet<Guid>,
    /// Children that some have not, have twice, or have otherwise, and how many times they may stand there.
    pub(super) members: BTreeMap<Guid, usize>,
}

/// Doubts about what an object says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ObjectDoubt {
    pub(super) paths: BTreeSet<String>,
    pub(super) commands: bool,
}

impl ParentDoubt {
    /// That one child is not there as it should be.
    pub(super) fn of_member(child: Guid) -> Self {
        Self { members: BTreeMap::from([(child, 1)]), ..Self::default() }
    }
}

impl Doubts {
    /// Something is to be looked at.
    pub(crate) fn look_at(&mut self, object: &Guid, touch: &Touch, now: Now) {
        let due_us = now.after(REPAIR_QUIET_US);
        match touch {
            Touch::Order { .. } => touched(&mut self.parents, object, due_us),
            Touch::Member { parent } => {
                touched(&mut self.parents, parent, due_us);
                touched(&mut self.parents, object, due_us);
                touched(&mut self.objects, object, due_us);
            }
            Touch::Property { .. } | Touch::Commands => touched(&mut self.objects, object, due_us),
            Touch::Frame { track, clip } => {
                touched(&mut self.parents, track, due_us);
                touched(&mut self.objects, clip, due_us);
            }
            Touch::Whole => touched(&mut self.timelines, object, due_us),
            Touch::Inside => return,
        }
        self.next_us.get_or_insert(due_us);
    }

    /// It may be otherwise at some than it is at one that only looks on.
    pub(crate) fn doubt(&mut self, object: &Guid, touch: &Touch, now: Now) {
        self.look_at(object, touch, now);
        match touch {
            Touch::Order { child } => {
                doubted(&mut self.parents, object).placed.insert(Guid::clone(child));
            }
            Touch::Member { parent: track } => self.doubt_member(track, object),
            Touch::Frame { track, clip } => self.doubt_member(track, clip),
            Touch::Property { path } => {
                doubted(&mut self.objects, object).paths.insert(path.clone());
            }
            Touch::Commands => doubted(&mut self.objects, object).commands = true,
            Touch::Whole => doubted(&mut self.timelines, object).differs = true,
            Touch::Inside => {}
        }
    }

    /// An object that stands in several sequences: to which of them an edit goes depends on what each existing peer read
    /// last, a state or an insertion. All are put in again where they stand, else their timelines whole.
    pub(crate) fn doubt_copies(&mut self, object: &Guid, touch: &Touch, state: &SessionState, now: Now) {
        let of_itself = matches!(touch, Touch::Property { .. } | Touch::Commands);
        // Whether an object stands under a parent is told by that one, as an order.
        if !of_itself && !matches!(touch, Touch::Order { .. }) {
            return;
        }
        let places = state.places(object);
        if places.len() < 2 {
            return;
        }
        for (timeline, node) in places {
            let document = state.timeline(&timeline);
            let parent = document.and_then(|document| {
                let parent = document.parent(node).filter(|parent| document.is_composition(*parent))?;
                document.guid(parent).map(Guid::from)
            });
            match parent.filter(|parent| of_itself && state.places(parent).len() == 1) {
                Some(parent) => self.doubt(object, &Touch::Member { parent }, now),
                None => self.doubt(&timeline, &Touch::Whole, now),
            }
        }
    }

    fn doubt_member(&mut self, parent: &Guid, child: &Guid) {
        let times = doubted(&mut self.parents, parent).members.entry(Guid::clone(child)).or_default();
        *times = (*times + 1).min(MEMBER_TIMES_MAX);
    }

    /// When to look next; a little early at times.
    pub(crate) const fn due_us(&self) -> Option<u64> {
        self.next_us
    }

    /// Nothing is looked at before.
    pub(crate) fn wait_until(&mut self, until_us: u64) {
        self.next_us = self.next_us.map(|next_us| next_us.max(until_us));
    }

    /// Takes out what has been left alone for long enough and does not rest.
    pub(super) fn take_due(&mut self, now: Now, rests_until_us: impl Fn(&str) -> u64) -> Self {
        let is_due = |guid: &Guid, due_us: u64| now.monotonic_us >= due_us.max(rests_until_us(guid));
        let due = Self {
            timelines: self.timelines.extract_if(.., |guid, doubt| is_due(guid, doubt.due_us)).collect(),
            parents: self.parents.extract_if(.., |guid, doubt| is_due(guid, doubt.due_us)).collect(),
            objects: self.objects.extract_if(.., |guid, doubt| is_due(guid, doubt.due_us)).collect(),
            next_us: None,
        };
        let timelines = self.timelines.iter().map(|(guid, doubt)| doubt.due_us.max(rests_until_us(guid)));
        let parents = self.parents.iter().map(|(guid, doubt)| doubt.due_us.max(rests_until_us(guid)));
        let objects = self.objects.iter().map(|(guid, doubt)| doubt.due_us.max(rests_until_us(guid)));
        self.next_us = timelines.chain(parents).chain(objects).min();
        due
    }

    /// Doubts what these say, as often put right as before, and nothing else.
    pub(super) fn keep_only(&mut self, touched: &[(Guid, Touch)], now: Now) {
        let before = std::mem::take(self);
        for (object, touch) in touched {
            self.doubt(object, touch, now);
        }
        keep_passes(&mut self.timelines, &before.timelines);
        keep_passes(&mut self.parents, &before.parents);
        keep_passes(&mut self.objects, &before.objects);
    }

    /// Where messages get lost: what was doubted is put right a second and a third time.
    pub(super) fn put_back_for_another_pass(&mut self, done: &Self, passes: u32, now: Now) {
        put_back(&mut self.timelines, &done.timelines, passes, now);
        put_back(&mut self.parents, &done.parents, passes, now);
        put_back(&mut self.objects, &done.objects, passes, now);
        if !self.is_empty() {
            self.next_us.get_or_insert(now.after(REPAIR_AGAIN_US));
        }
    }

    fn is_empty(&self) -> bool {
        self.parents.is_empty() && self.objects.is_empty() && self.timelines.is_empty()
    }
}

fn touched<T: Default>(doubts: &mut BTreeMap<Guid, Doubt<T>>, guid: &Guid, due_us: u64) {
    let doubt = doubts.entry(Guid::clone(guid)).or_default();
    doubt.due_us = due_us;
}

fn doubted<'a, T: Default>(doubts: &'a mut BTreeMap<Guid, Doubt<T>>, guid: &Guid) -> &'a mut T {
    let doubt = doubts.entry(Guid::clone(guid)).or_default();
    doubt.passes = 0;
    &mut doubt.of
}

fn keep_passes<T>(doubts: &mut BTreeMap<Guid, Doubt<T>>, before: &BTreeMap<Guid, Doubt<T>>) {
    for (guid, doubt) in doubts {
        doubt.passes = before.get(guid).map_or(0, |before| before.passes);
    }
}

fn put_back<T: Clone + Default + PartialEq>(
    doubts: &mut BTreeMap<Guid, Doubt<T>>,
    done: &BTreeMap<Guid, Doubt<T>>,
    most: u32,
    now: Now,
) {
    for (guid, doubt) in done.iter().filter(|(_, doubt)| doubt.passes + 1 < most) {
        let newer = doubts.entry(Guid::clone(guid)).or_default();
        // What is merely to be compared, which a repair itself is, says nothing new.
        if newer.of == T::default() {
            let due_us = now.after(REPAIR_AGAIN_US << doubt.passes.min(8));
            *newer = Doubt { of: doubt.of.clone(), due_us, passes: doubt.passes + 1 };
        }
    }
}
