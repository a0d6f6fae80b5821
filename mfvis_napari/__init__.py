"""The napari plugin of mfvis: thin, everything it does goes through `mfvis_engine`."""
