"""What existing peers do otherwise than one would expect, each by name.

The names, and what a peer does without one, are those of the models in `crates/simulator/src/existing/quirks.rs`.
"""

_COMMON = (
    # Patches.
    "doubles-children", "maps-child-only", "keeps-descendants-mapped", "moves-the-mapped-one", "loses-the-batch",
    "raises-on-structured-values", "raises-inside-values", "forgets-unknown-attributes", "refuses-newer-schemas",
    "forgets-unresolved", "last-arrival-wins", "raises-on-odd-sources",
    # Annotations.
    "doubles-strokes", "maps-merged-clips", "lays-out-by-arrival", "fresh-stroke-ids",
    # Timelines.
    "ignores-known-timelines", "unmaps-shared-clips", "mints-stacks",
    # Joining.
    "takes-any-snapshot", "clears-before-reading", "answers-for-others", "silent-when-empty", "elects-itself-unanswered",
    # Mastership.
    "master-for-good", "every-question-rearms", "everybody-takes-over", "asks-every-poll", "viewers-take-over",
    "keeps-departed-master",
    # View.
    "replaces-playback-wholesale", "clears-selection", "writes-display-into-timelines",
    # Presence.
    "claims-poison-leases", "inserts-without-lease",
)
_SEED = (
    "ignores-gone-timelines", "drops-what-came-meanwhile", "obeys-selection", "says-looping", "never-announces",
    "knows-no-leases",
)
_LATEST = ("coalesces-playback", "rejoins-when-withheld", "refreshes-own-leases-only")
# Of no generation: a host application whose guard against echoes fails.
_NEITHER = ("says-again",)

ALL = frozenset(_COMMON + _SEED + _LATEST + _NEITHER)
GENERATIONS = {"seed": frozenset(_COMMON + _SEED), "latest": frozenset(_COMMON + _LATEST)}


def quirks_of(generation="latest", having=(), without=()):
    """Those of a generation, with more and with fewer; a name that is none is an error."""
    unknown = (set(having) | set(without)) - ALL
    if unknown:
        raise ValueError(f"no quirks: {', '.join(sorted(unknown))}")
    return (GENERATIONS[generation] | set(having)) - set(without)
