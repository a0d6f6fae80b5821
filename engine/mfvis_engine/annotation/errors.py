"""What may be wrong with an annotation."""

from mfvis_engine.errors import MfvisError


class AnnotationError(MfvisError):
    """An annotation cannot be what it claims to be."""


class InvalidBoxError(AnnotationError):
    """A box is not finite or covers nothing."""


class InvalidFrameError(AnnotationError):
    """A frame index is negative, no whole number, or past the end of the video."""


class InvalidTrackIdError(AnnotationError):
    """A track id is outside 1..65535, the labels a uint16 mask can hold besides background."""


class InvalidCategoryError(AnnotationError):
    """A category name is empty or cannot be written to a line of text and read back."""


class InvalidAttributeError(AnnotationError):
    """An attribute has no name, or cannot be written to a file and read back."""


class DuplicateKeyframeError(AnnotationError):
    """A track has two keyframes in one frame."""


class DuplicateTrackError(AnnotationError):
    """Two tracks share an id."""


class UnknownTrackError(AnnotationError, LookupError):
    """No track has the id that was asked for."""


class InvalidDenseBoxesError(AnnotationError):
    """The arrays of dense boxes do not fit together."""


class InvalidLabelsError(AnnotationError):
    """The pixels of a mask edit do not fit the video, or name no track."""


class InvalidScoreError(AnnotationError):
    """How sure a model is of an object is no number from 0 to 1."""


class InvalidWorkError(AnnotationError):
    """A piece of work cannot have been done so."""


class VerbRefusedError(AnnotationError):
    """A verb cannot be done as things stand; nothing was changed."""


class UnknownVerbError(AnnotationError, LookupError):
    """No verb has the name that was read."""
