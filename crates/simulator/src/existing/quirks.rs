//! What existing peers do otherwise than one would expect, each by name (legacy-protocol §2, §3, §8, §9).
//!
//! A model with all quirks of a generation does what a peer of that generation does; with one of them off it does in
//! that one respect what one would expect, so that it can be told which quirk a failure needs.

/// One thing that existing peers do otherwise than one would expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Quirk {
    // Patches.
    /// A child that is inserted under a GUID that stands already stands twice (§9.4 C10). Off: the insert does nothing.
    DoublesChildren,
    /// Of an inserted subtree only the child itself can be found by its GUID (§9.4 C8). Off: all of it.
    MapsChildOnly,
    /// What stood inside a removed child can still be found, and edited without anybody seeing it (§9.4 C9). Off: it goes
    /// with the child.
    KeepsDescendantsMapped,
    /// A move of others takes the child out where it stands and puts in what its GUID leads to, which raises after the
    /// former is gone where the latter has a place already (§9.3-3). Off: puts in what it took out.
    MovesTheMappedOne,
    /// What raises costs the rest of what was received with it (§9.3-1). Off: it costs itself.
    LosesTheBatch,
    /// Attributes take what Python's `setattr` takes; anything else raises (convergence §4.1). Off: any value that the
    /// attribute can hold.
    RaisesOnStructuredValues,
    /// A path through something that is no dictionary raises (§9.3-1). Off: nothing happens.
    RaisesInsideValues,
    /// An attribute that the object has not is set on the Python object alone and never written (§3.3). Off: kept.
    ForgetsUnknownAttributes,
    /// An object of a newer schema version raises (§4.3). Off: kept as it came.
    RefusesNewerSchemas,
    /// What names something that is not there yet is dropped (§9.4 C17). Off: tried again when something came.
    ForgetsUnresolved,
    /// Of two values the one that arrives last stays (§9.2-6, §9.4 C2). Off: the one with the later timestamp.
    LastArrivalWins,
    /// A message that does not name its sender by a text raises (§9.3-1). Off: nothing happens.
    RaisesOnOddSources,

    // Annotations.
    /// Strokes that come again stand twice (§3.3, convergence §4.1). Off: once.
    DoublesStrokes,
    /// The GUID of a merged annotation clip leads to a clip that stands nowhere (§9.4 C6). Off: to the one that took its
    /// strokes.
    MapsMergedClips,
    /// Annotation clips stand in the order in which they were drawn, after gaps that fit only ascending frames (§9.4 C7).
    /// Off: in the order of frames, without gaps.
    LaysOutByArrival,
    /// Every preview of a stroke has another id (§5.3.1, strokes without one). Off: that of the stroke.
    FreshStrokeIds,

    // Timelines.
    /// A timeline whose GUID is held already is ignored (§9.4 C13). Off: replaced.
    IgnoresKnownTimelines,
    /// With a clip timeline goes the way to its clip in the sequence (§9.4 C11). Off: what leads elsewhere stays.
    UnmapsSharedClips,
    /// The stack of a clip timeline has another GUID at everybody who makes one (§9.4 C12). Off: a derived one.
    MintsStacks,
    /// `REMOVE_TIMELINE` and `REPLACE_TIMELINE` are unknown (seed, §8.1). Off: obeyed.
    IgnoresGoneTimelines,

    // Joining.
    /// What comes while joining is dropped: its timestamp is looked for in the wrong place (seed, §2.4). Off: what is
    /// later than the snapshot, by two machines' clocks, is replayed.
    DropsWhatCameMeanwhile,
    /// A snapshot for this peer is taken at any time from anybody (§9.1-3, §9.6). Off: from the master that was asked.
    TakesAnySnapshot,
    /// A snapshot that cannot be read leaves the peer without timelines (§9.3-1). Off: as it was.
    ClearsBeforeReading,
    /// A master answers requests that name another master (§9.1-3). Off: only its own.
    AnswersForOthers,
    /// A master without timelines does not answer (§9.1-6). Off: with an empty snapshot.
    SilentWhenEmpty,
    /// Whose request for the state is not answered becomes master itself (§2.2). Off: it looks on.
    ElectsItselfUnanswered,
    /// A peer whose edit was withheld joins anew to be like the others (§2.11). Off: it stays as it is.
    RejoinsWhenWithheld,

    // Mastership.
    /// A master stays one, whoever else claims to be (§9.1-1). Off: it yields.
    MasterForGood,
    /// Every question for the master starts the wait for its answer again (§1.5.1, §9.1-4). Off: the first one counts.
    EveryQuestionRearms,
    /// Everybody takes over from a silent master (§9.1-2). Off: the lowest GUID of the peer table.
    EverybodyTakesOver,
    /// Whoever looks for the session asks at every poll, 30 times a second (`OpenRV`, §0.4). Off: once.
    AsksEveryPoll,
    /// Viewers take over too, and never answer (§9.1-7). Off: never.
    ViewersTakeOver,
    /// A master that departs stays the master (§9.1-5). Off: somebody takes over after the usual wait.
    KeepsDepartedMaster,

    // View.
    /// A playback message replaces everything that was known of playback (§9.4 C15). Off: what it does not say stays.
    ReplacesPlaybackWholesale,
    /// A playback message without a clip clears the selection (§9.4 C14). Off: what it does not say stays.
    ClearsSelection,
    /// Of more than twelve playback messages at once only the last counts, whoever sent the others (§2.6, §9.4 C16). Off:
    /// all.
    CoalescesPlayback,
    /// Display settings are written into the metadata of the active timeline, or the first (§1.5.18). Off: kept beside it.
    WritesDisplayIntoTimelines,
    /// `SELECTION_1.0` is obeyed (seed, §1.5.21). Off: ignored.
    ObeysSelection,
    /// Says `looping`, `muted` and `scrubbing` in place of `playback_mode`, and what is selected by `SELECTION_1.0`
    /// (seed, §8.1). Off: `playback_mode`, `view_mode` and `clip_guid`.
    SaysLooping,

    // Presence.
    /// Says neither that it is there nor that it goes, and knows no roles (seed, §8.2). Off: does.
    NeverAnnounces,
    /// Knows no leases (seed, §8.1): it neither claims nor obeys them. Off: does.
    KnowsNoLeases,
    /// A lease lives from its owner's claims alone: others see it run out while its owner goes on (§9.1-8). Off: what the
    /// owner sends refreshes it.
    RefreshesOwnLeasesOnly,
    /// A claim whose time is a text is taken, and the next one raises (§9.3-1). Off: it is ignored.
    ClaimsPoisonLeases,
    /// Inserts and properties need no lease (§9.1-11). Off: they do.
    InsertsWithoutLease,

    // Of no generation: a host application whose guard against echoes fails.
    /// Says again what it was told, as if its user had done it (convergence §4.9-14). Off: only what its user does is said.
    SaysAgain,
}

impl Quirk {
    /// All of them with their words.
    pub const WORDS: &[(Self, &'static str)] = &[
        (Self::DoublesChildren, "doubles-children"),
        (Self::MapsChildOnly, "maps-child-only"),
        (Self::KeepsDescendantsMapped, "keeps-descendants-mapped"),
        (Self::MovesTheMappedOne, "moves-the-mapped-one"),
        (Self::LosesTheBatch, "loses-the-batch"),
        (Self::RaisesOnStructuredValues, "raises-on-structured-values"),
        (Self::RaisesInsideValues, "raises-inside-values"),
        (Self::ForgetsUnknownAttributes, "forgets-unknown-attributes"),
        (Self::RefusesNewerSchemas, "refuses-newer-schemas"),
        (Self::ForgetsUnresolved, "forgets-unresolved"),
        (Self::LastArrivalWins, "last-arrival-wins"),
        (Self::RaisesOnOddSources, "raises-on-odd-sources"),
        (Self::DoublesStrokes, "doubles-strokes"),
        (Self::MapsMergedClips, "maps-merged-clips"),
        (Self::LaysOutByArrival, "lays-out-by-arrival"),
        (Self::FreshStrokeIds, "fresh-stroke-ids"),
        (Self::IgnoresKnownTimelines, "ignores-known-timelines"),
        (Self::UnmapsSharedClips, "unmaps-shared-clips"),
        (Self::MintsStacks, "mints-stacks"),
        (Self::IgnoresGoneTimelines, "ignores-gone-timelines"),
        (Self::DropsWhatCameMeanwhile, "drops-what-came-meanwhile"),
        (Self::TakesAnySnapshot, "takes-any-snapshot"),
        (Self::ClearsBeforeReading, "clears-before-reading"),
        (Self::AnswersForOthers, "answers-for-others"),
        (Self::SilentWhenEmpty, "silent-when-empty"),
        (Self::ElectsItselfUnanswered, "elects-itself-unanswered"),
        (Self::RejoinsWhenWithheld, "rejoins-when-withheld"),
        (Self::MasterForGood, "master-for-good"),
        (Self::EveryQuestionRearms, "every-question-rearms"),
        (Self::EverybodyTakesOver, "everybody-takes-over"),
        (Self::AsksEveryPoll, "asks-every-poll"),
        (Self::ViewersTakeOver, "viewers-take-over"),
        (Self::KeepsDepartedMaster, "keeps-departed-master"),
        (Self::ReplacesPlaybackWholesale, "replaces-playback-wholesale"),
        (Self::ClearsSelection, "clears-selection"),
        (Self::CoalescesPlayback, "coalesces-playback"),
        (Self::WritesDisplayIntoTimelines, "writes-display-into-timelines"),
        (Self::ObeysSelection, "obeys-selection"),
        (Self::SaysLooping, "says-looping"),
        (Self::NeverAnnounces, "never-announces"),
        (Self::KnowsNoLeases, "knows-no-leases"),
        (Self::RefreshesOwnLeasesOnly, "refreshes-own-leases-only"),
        (Self::ClaimsPoisonLeases, "claims-poison-leases"),
        (Self::InsertsWithoutLease, "inserts-without-lease"),
        (Self::SaysAgain, "says-again"),
    ];

    /// Those that seed peers have and latest ones have not.
    const SEED_ONLY: &[Self] = &[
        Self::IgnoresGoneTimelines,
        Self::DropsWhatCameMeanwhile,
        Self::ObeysSelection,
        Self::SaysLooping,
        Self::NeverAnnounces,
        Self::KnowsNoLeases,
    ];

    /// Those that latest peers have and seed ones have not.
    const LATEST_ONLY: &[Self] =
        &[Self::CoalescesPlayback, Self::RejoinsWhenWithheld, Self::RefreshesOwnLeasesOnly];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(quirk, _)| *quirk == self).map_or("", |(_, word)| word)
    }

    /// By its word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(quirk, _)| *quirk)
    }
}

/// A version of the reference that is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// June 2026: no peer table, leases or roles, and selection by its own message.
    Seed,
    /// August 2026.
    Latest,
}

impl Generation {
    pub(crate) const WORDS: &[(Self, &'static str)] = &[(Self::Seed, "seed"), (Self::Latest, "latest")];

    pub(crate) fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(generation, _)| *generation == self).map_or("", |(_, word)| word)
    }

    /// What its peers do otherwise than one would expect. Which host application runs it is another matter: see
    /// [`App`](super::App).
    pub fn quirks(self) -> Quirks {
        let others = match self {
            Self::Seed => Quirk::LATEST_ONLY,
            Self::Latest => Quirk::SEED_ONLY,
        };
        let all = Quirk::WORDS.iter().map(|(quirk, _)| *quirk).filter(|quirk| *quirk != Quirk::SaysAgain);
        all.filter(|quirk| !others.contains(quirk)).fold(Quirks::default(), Quirks::with)
    }
}

/// A set of quirks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quirks(u64);

impl Quirks {
    const fn bit(quirk: Quirk) -> u64 {
        1 << quirk as u64
    }

    /// Whether it is among them.
    pub const fn has(self, quirk: Quirk) -> bool {
        self.0 & Self::bit(quirk) != 0
    }

    /// And this one.
    #[must_use]
    pub const fn with(self, quirk: Quirk) -> Self {
        Self(self.0 | Self::bit(quirk))
    }

    /// But not this one.
    #[must_use]
    pub const fn without(self, quirk: Quirk) -> Self {
        Self(self.0 & !Self::bit(quirk))
    }
}

#[cfg(test)]
mod tests {
    use super::{Generation, Quirk, Quirks};

    #[test]
    fn every_quirk_has_a_word_of_its_own() {
        for (quirk, word) in Quirk::WORDS {
            assert_eq!((Quirk::of_word(word), quirk.word()), (Some(*quirk), *word));
        }
        assert_eq!(Quirk::WORDS.last().map(|(last, _)| *last as usize + 1), Some(Quirk::WORDS.len()));
    }

    #[test]
    fn quirks_are_taken_in_and_out() {
        let quirks = Quirks::default().with(Quirk::SaysAgain);
        assert!(quirks.has(Quirk::SaysAgain) && !quirks.has(Quirk::DoublesChildren));
        assert_eq!(quirks.without(Quirk::SaysAgain), Quirks::default());
    }

    #[test]
    fn generations_differ_where_the_reference_changed() {
        let (seed, latest) = (Generation::Seed.quirks(), Generation::Latest.quirks());
        assert!(seed.has(Quirk::NeverAnnounces) && !latest.has(Quirk::NeverAnnounces));
        assert!(latest.has(Quirk::CoalescesPlayback) && !seed.has(Quirk::CoalescesPlayback));
        assert!(seed.has(Quirk::DoublesChildren) && latest.has(Quirk::DoublesChildren));
    }
}
