//! The words for what happens in a plan.

/// What one step does. Numbers that a step carries say to what; they are counted around what is there by then, so that
/// a step keeps a meaning when others are taken out of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Doing {
    // A participant's commands.
    /// Names an object.
    SetName,
    /// Sets a key of a dictionary in metadata.
    SetNested,
    /// Sets the whole dictionary.
    SetDictionary,
    /// Sets a source range, which travels with its object anew.
    SetRange,
    /// Sets a property of a timeline.
    SetTimelineProperty,
    /// Inserts a clip of its own.
    InsertClip,
    /// Inserts a clip under a GUID that others use too.
    InsertKnown,
    /// Inserts a gap without a GUID.
    InsertGap,
    /// Inserts a track with what stands in it.
    InsertTrack,
    /// Moves an item in its track.
    MoveWithin,
    /// Moves an item into another track, or a stack.
    MoveBetween,
    /// Removes an item of a track.
    RemoveItem,
    /// Removes a track.
    RemoveTrack,
    /// Adds a timeline.
    AddTimeline,
    /// Names a timeline.
    RenameTimeline,
    /// Removes a timeline, unless it is the last.
    RemoveTimeline,
    /// Replaces a timeline by another one.
    ReplaceTimeline,
    /// Draws on a frame.
    Annotate,
    /// Replaces the drawings of a frame.
    ReplaceAnnotation,
    /// Clears the drawings of a frame.
    ClearAnnotation,
    /// Writes a note.
    WriteNote,
    /// Changes a note that is there.
    ChangeNote,
    /// Starts playback.
    Play,
    /// Stops playback.
    Pause,
    /// Goes to a frame.
    Seek,
    /// Sets another playback field.
    Playback,
    /// Chooses what everybody sees.
    Select,
    /// Changes the display.
    Display,
    /// Shows a stroke while it is drawn.
    PartialAnnotation,
    /// Gives a user a role.
    SetPeerRole,
    /// Takes the latest of its own back.
    Undo,
    /// Does it again.
    Redo,
    /// Reads the whole state.
    State,
    /// A command, taken back and done again at once: the first picks which.
    TurnAround,
    // What happens to a participant.
    /// Its process starts; the first number says what its disk has kept.
    Start,
    /// Its process ends.
    Crash,
    /// The same, and with it goes what was under way from it.
    CrashWhileSending,
    /// It leaves, telling the others.
    Leave,
    /// The link breaks and the participant is told.
    Cut,
    /// The link is back, and it knows.
    Mend,
    // What happens to the network.
    /// Two parts that do not reach each other; the first number says who is where.
    Partition,
    /// All reach each other again.
    Heal,
}

impl Doing {
    /// All of them with their words.
    pub const WORDS: &[(Self, &'static str)] = &[
        (Self::SetName, "set_name"),
        (Self::SetNested, "set_nested"),
        (Self::SetDictionary, "set_dictionary"),
        (Self::SetRange, "set_range"),
        (Self::SetTimelineProperty, "set_timeline_property"),
        (Self::InsertClip, "insert_clip"),
        (Self::InsertKnown, "insert_known"),
        (Self::InsertGap, "insert_gap"),
        (Self::InsertTrack, "insert_track"),
        (Self::MoveWithin, "move_within"),
        (Self::MoveBetween, "move_between"),
        (Self::RemoveItem, "remove_item"),
        (Self::RemoveTrack, "remove_track"),
        (Self::AddTimeline, "add_timeline"),
        (Self::RenameTimeline, "rename_timeline"),
        (Self::RemoveTimeline, "remove_timeline"),
        (Self::ReplaceTimeline, "replace_timeline"),
        (Self::Annotate, "annotate"),
        (Self::ReplaceAnnotation, "replace_annotation"),
        (Self::ClearAnnotation, "clear_annotation"),
        (Self::WriteNote, "write_note"),
        (Self::ChangeNote, "change_note"),
        (Self::Play, "play"),
        (Self::Pause, "pause"),
        (Self::Seek, "seek"),
        (Self::Playback, "playback"),
        (Self::Select, "select"),
        (Self::Display, "display"),
        (Self::PartialAnnotation, "partial_annotation"),
        (Self::SetPeerRole, "set_peer_role"),
        (Self::Undo, "undo"),
        (Self::Redo, "redo"),
        (Self::State, "state"),
        (Self::TurnAround, "turn_around"),
        (Self::Start, "start"),
        (Self::Crash, "crash"),
        (Self::CrashWhileSending, "crash_while_sending"),
        (Self::Leave, "leave"),
        (Self::Cut, "cut"),
        (Self::Mend, "mend"),
        (Self::Partition, "partition"),
        (Self::Heal, "heal"),
    ];

    /// How often each command is drawn.
    pub const COMMANDS: &[(u64, Self)] = &[
        (6, Self::SetName),
        (5, Self::SetNested),
        (2, Self::SetDictionary),
        (3, Self::SetRange),
        (2, Self::SetTimelineProperty),
        (10, Self::InsertClip),
        (4, Self::InsertKnown),
        (2, Self::InsertGap),
        (2, Self::InsertTrack),
        (10, Self::MoveWithin),
        (6, Self::MoveBetween),
        (7, Self::RemoveItem),
        (1, Self::RemoveTrack),
        (2, Self::AddTimeline),
        (2, Self::RenameTimeline),
        (1, Self::RemoveTimeline),
        (1, Self::ReplaceTimeline),
        (10, Self::Annotate),
        (4, Self::ReplaceAnnotation),
        (2, Self::ClearAnnotation),
        (4, Self::WriteNote),
        (3, Self::ChangeNote),
        (1, Self::Play),
        (1, Self::Pause),
        (2, Self::Seek),
        (1, Self::Playback),
        (1, Self::Select),
        (2, Self::Display),
        (1, Self::PartialAnnotation),
        (2, Self::SetPeerRole),
        (9, Self::Undo),
        (6, Self::Redo),
        (1, Self::State),
        (6, Self::TurnAround),
    ];

    /// What is taken back and done again at once.
    pub const TURNED: &[Self] = &[
        Self::SetName,
        Self::SetNested,
        Self::SetDictionary,
        Self::SetRange,
        Self::InsertClip,
        Self::InsertTrack,
        Self::MoveWithin,
        Self::MoveBetween,
        Self::RemoveItem,
        Self::RemoveTrack,
        Self::AddTimeline,
        Self::RenameTimeline,
        Self::RemoveTimeline,
        Self::ReplaceTimeline,
        Self::Annotate,
        Self::ReplaceAnnotation,
        Self::ClearAnnotation,
        Self::WriteNote,
        Self::ChangeNote,
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(doing, _)| *doing == self).map_or("", |(_, word)| word)
    }

    /// By its word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(doing, _)| *doing)
    }

    /// Whether a participant does it itself, rather than something being done to it.
    pub fn is_command(self) -> bool {
        self < Self::Start
    }
}
