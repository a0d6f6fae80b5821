from mfvis_engine.formats.rle import Rle
from mfvis_engine.inference.vis import MaskSpool, youtube_vis_results
from mfvis_engine.metrics.youtube_vis_files import parse_ground_truth, parse_results
from tests.inference.vis.frames import box_frame, found

TRACKS = [found(1, [0.6, 0.3]), found(4, [0.1, 0.9])]
FRAMES = [box_frame(0, {1: (0, 0, 4, 4)}), box_frame(1, {}), box_frame(2, {1: (2, 0, 6, 4), 4: (9, 9, 12, 11)})]


def results(count):
    with MaskSpool() as spool:
        for frame in FRAMES:
            spool.append(frame)
        return youtube_vis_results(spool, TRACKS, video_id=7, length=3, category_ids=(30, 20), count=count)


def test_the_best_pairs_of_track_and_class():
    answers = results(3)
    assert [(answer.category_id, round(answer.score, 4)) for answer in answers] == [(20, 0.9), (30, 0.6), (20, 0.3)]
    assert len(results(10)) == 4


def test_their_masks():
    first, second, third = results(3)
    assert first.masks[:2] == (None, None)
    assert first.masks[2] == Rle.encode(FRAMES[2].masks[1])
    assert second.masks == (Rle.encode(FRAMES[0].masks[0]), None, Rle.encode(FRAMES[2].masks[0])) == third.masks


def test_the_metrics_take_them():
    truth = parse_ground_truth(
        {
            "videos": [{"id": 7, "height": 20, "width": 30, "length": 3}],
            "categories": [{"id": 20}, {"id": 30}],
            "annotations": [],
        }
    )
    document = [
        {
            "video_id": answer.video_id,
            "category_id": answer.category_id,
            "score": answer.score,
            "segmentations": [
                mask and {"size": [mask.height, mask.width], "counts": mask.compressed_counts()}
                for mask in answer.masks
            ],
        }
        for answer in results(3)
    ]
    assert [track.mean_area for track in parse_results(document, truth)] == [6.0, 16.0, 16.0]
