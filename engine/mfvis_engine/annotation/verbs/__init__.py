"""What a person can do to a project, one verb a deed.

A verb is a frozen dataclass of plain values. `effect` checks every precondition and says what it would do to a `Scene`;
`Project.do` does it, logs it, and can undo it.

- `verb`: `Verb`, the `Scene` it looks at, the `Effect` it says.
- `keyframes`: boxes of one frame.  `tracks`: one track as a whole.  `identities`: merge, split, swap.
- `masks`: paint, clear, approve.  `runs`: take a run's proposals over, or back.  `replacements`: imports.
- `proposed_tracks`: what becomes of tracks that a run found.
- `plain`: the arguments of verbs as JSON.
"""

from collections.abc import Mapping

from mfvis_engine.annotation.errors import UnknownVerbError
from mfvis_engine.annotation.verbs.identities import MergeTracks, SplitTrack, SwapTracks
from mfvis_engine.annotation.verbs.keyframes import AddKeyframe, DeleteKeyframe, SetBox, SetOccluded, SetOutside
from mfvis_engine.annotation.verbs.masks import ClearMask, EditMask, Unverify, Verify
from mfvis_engine.annotation.verbs.plain import Plain
from mfvis_engine.annotation.verbs.proposed_tracks import AdoptTracks, DismissTracks
from mfvis_engine.annotation.verbs.replacements import ImportFile, ImportMasks, ReplaceAnnotations
from mfvis_engine.annotation.verbs.runs import AcceptRun, RejectRun
from mfvis_engine.annotation.verbs.tracks import DeleteHere, DeleteTrack, EndTrack, NewTrack, RenameCategory
from mfvis_engine.annotation.verbs.verb import Effect, Proposals, Scene, Verb

VERBS: Mapping[str, type[Verb]] = {
    verb.name: verb
    for verb in (
        AddKeyframe,
        SetBox,
        DeleteKeyframe,
        SetOutside,
        SetOccluded,
        NewTrack,
        DeleteTrack,
        EndTrack,
        DeleteHere,
        RenameCategory,
        MergeTracks,
        SplitTrack,
        SwapTracks,
        EditMask,
        ClearMask,
        Verify,
        Unverify,
        AcceptRun,
        RejectRun,
        AdoptTracks,
        DismissTracks,
        ReplaceAnnotations,
        ImportMasks,
        ImportFile,
    )
}
"""Every verb by its name in the log."""


def verb_of(name: str, arguments: Mapping[str, Plain]) -> Verb:
    """The verb that has this name and these `arguments()`.

    Raises:
        UnknownVerbError: There is no verb of this name, or it takes other arguments.
        AnnotationError: An argument cannot be what it claims to be.
    """
    if name not in VERBS:
        raise UnknownVerbError(f"There is no verb {name!r}. The verbs are {', '.join(VERBS)}.")
    try:
        return VERBS[name](**arguments)
    except TypeError as error:
        raise UnknownVerbError(f"The verb {name} does not take {dict(arguments)!r}: {error}.") from error


__all__ = [
    "VERBS",
    "AcceptRun",
    "AddKeyframe",
    "AdoptTracks",
    "ClearMask",
    "DeleteHere",
    "DeleteKeyframe",
    "DeleteTrack",
    "DismissTracks",
    "EditMask",
    "Effect",
    "EndTrack",
    "ImportFile",
    "ImportMasks",
    "MergeTracks",
    "NewTrack",
    "Plain",
    "Proposals",
    "RejectRun",
    "RenameCategory",
    "ReplaceAnnotations",
    "Scene",
    "SetBox",
    "SetOccluded",
    "SetOutside",
    "SplitTrack",
    "SwapTracks",
    "Unverify",
    "Verb",
    "Verify",
    "verb_of",
]
