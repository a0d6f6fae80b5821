"""What `napari.yaml` offers napari: called by name, imported when it is called.

- `readers`: projects, COCO-VIS files and videos as plain layers.  `lazy_masks`: their masks, read when looked at.
- `writers`: a labels layer into COCO-VIS and DAVIS.
- `samples`: the sample clip with its boxes.
- `commands`: entries of napari's menus that open the annotator and ask it for something.
- `origin`: what a layer says of where it is from, so that the annotator can take it over.
"""
