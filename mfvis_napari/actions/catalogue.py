"""All actions: keys, help and menus are made from this list. Default keys are CVAT's where it has the action."""

from functools import partial

from mfvis_napari.actions import boxes, masks, moving, tracks, whole
from mfvis_napari.actions.action import Action, Group

ACTIONS = (
    Action("boxes.draw", "Draw a box of a new track", Group.BOXES, ("N",), tracks.begin_new_track),
    Action(
        "boxes.draw_here", "Draw the box of the selected track", Group.BOXES, ("Shift+N",), boxes.begin_drawing_here
    ),
    Action("boxes.select", "Select and move boxes", Group.BOXES, ("G",), masks.edit_boxes),
    Action("boxes.keyframe", "Keyframe here: make or delete", Group.BOXES, ("K",), boxes.toggle_keyframe),
    Action("boxes.outside", "Object leaves here, or is here after all", Group.BOXES, ("O",), boxes.toggle_outside),
    Action("boxes.occluded", "Object hidden from here, or visible again", Group.BOXES, ("Q",), boxes.toggle_occluded),
    Action("boxes.copy", "Copy the box to the next frame", Group.BOXES, ("Ctrl+B",), boxes.copy_to_next_frame),
    Action("boxes.delete_here", "Delete the track in this frame", Group.BOXES, ("Del", "Backspace"), boxes.delete_here),
    Action("tracks.merge", "Merge two selected tracks", Group.TRACKS, ("M",), tracks.merge_selected),
    Action("tracks.split", "Split: another object from here", Group.TRACKS, ("Alt+M",), tracks.split_here),
    Action("tracks.swap", "Swap two selected tracks from here", Group.TRACKS, ("X",), tracks.swap_selected),
    Action("tracks.end", "End the track with this frame", Group.TRACKS, ("Shift+E",), boxes.end_here),
    Action("tracks.delete", "Delete the track everywhere", Group.TRACKS, ("Shift+Del",), tracks.delete_selected),
    *(
        Action(
            f"tracks.category{number}",
            f"Category {number} of the list",
            Group.TRACKS,
            (str(number),),
            partial(tracks.set_category, position=number - 1),
        )
        for number in range(1, 10)
    ),
    Action("masks.paint", "Paint the mask of the selected track", Group.MASKS, ("B",), masks.edit_masks),
    Action("masks.verify", "Verify here, or take that back", Group.MASKS, ("V",), masks.toggle_verified),
    Action("masks.accept", "Accept: verify here, go to the next to look at", Group.MASKS, ("A",), whole.accept_review),
    Action("masks.verify_range", "Verify up to here", Group.MASKS, ("Shift+V",), masks.verify_up_to_here),
    Action("masks.clear", "Clear the mask here, for good", Group.MASKS, ("Shift+Backspace",), masks.clear_mask),
    Action(
        "masks.hand_back", "Give the mask here back to the engine", Group.MASKS, ("Ctrl+Backspace",), masks.hand_back
    ),
    Action("moving.next", "Next frame", Group.MOVING, ("F", "Right"), moving.next_frame),
    Action("moving.previous", "Previous frame", Group.MOVING, ("D", "Left"), moving.previous_frame),
    Action("moving.next_ten", "Ten frames forward", Group.MOVING, ("Shift+F", "Shift+Right"), moving.next_ten),
    Action("moving.previous_ten", "Ten frames back", Group.MOVING, ("Shift+D", "Shift+Left"), moving.previous_ten),
    Action("moving.next_keyframe", "Next keyframe", Group.MOVING, ("R",), moving.next_keyframe),
    Action("moving.previous_keyframe", "Previous keyframe", Group.MOVING, ("E",), moving.previous_keyframe),
    Action("moving.next_unverified", "Next unverified mask", Group.MOVING, ("U",), moving.next_unverified),
    Action(
        "moving.previous_unverified", "Previous unverified mask", Group.MOVING, ("Shift+U",), moving.previous_unverified
    ),
    Action("moving.next_review", "Next mask that needs a look", Group.MOVING, ("J",), whole.next_review),
    Action("moving.previous_review", "Mask looked at before", Group.MOVING, ("Shift+J",), whole.previous_review),
    Action("moving.first", "First frame", Group.MOVING, ("Home",), moving.to_first),
    Action("moving.last", "Last frame", Group.MOVING, ("End",), moving.to_last),
    Action("moving.play", "Play or stop", Group.MOVING, ("Space",), whole.play),
    Action("whole.train", "Learn the masks from the boxes", Group.WHOLE, ("T",), whole.train),
    Action("whole.undo", "Undo", Group.WHOLE, ("Ctrl+Z",), whole.undo),
    Action("whole.redo", "Do again what was undone", Group.WHOLE, ("Ctrl+Shift+Z", "Ctrl+Y"), whole.redo),
    Action(
        "whole.open",
        "Open a video or project",
        Group.WHOLE,
        ("Ctrl+Shift+M",),
        whole.open_something,
        needs_project=False,
    ),
    Action("whole.export", "Export", Group.WHOLE, ("Ctrl+E",), whole.export),
    Action("whole.help", "All keys", Group.WHOLE, ("F1",), whole.show_help, needs_project=False),
)
ACTIONS_BY_NAME = {action.name: action for action in ACTIONS}

LEFT_TO_PAINTING = tuple(action.name for action in ACTIONS if action.name.startswith("tracks.category"))
"""While a person paints, these keys (1 to 9) choose napari's brush, eraser and other tools."""
