"""The napari plugin of mfvis: thin, everything it does goes through `mfvis_engine`.

- `session`: a project that is open in a window, and where in it the person is. Neither Qt nor napari.
- `layers`: the session as napari layers, and what is drawn on them back into the session.
- `actions`: what can be done by key, menu or button, each with its name and default key.
- `reviewing`: which masks to look at next, found out beside the window's thread.
- `contributions`: what napari's menus, readers and writers call.  `preferences`, `memory`: what a person set, and what
  the window remembers.
- `training`: the background engine, and the masks it sends into the session.
- `widgets`: the dock widget "Mask-free VIS" and its sections.
- `remedies`: what to do in the window about what the engine refuses.
- `workspace`: what belongs to one napari window, and who knows whom.
- `napari_private`: every use of what napari does not promise.
"""
