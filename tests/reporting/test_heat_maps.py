"""Heat maps against masks, as the page shows them."""

from kizu.reporting.document import Table
from kizu.reporting.sections.heat_maps import heat_map_table
from kizu.reporting.sections.leaderboard import leaderboard_section

PLANTED = {
    "sharp.auroc": 0.875,
    "blunt.auroc": 0.75,
    "plain.auroc": 0.5,
    "planted.images": 24,
    "sharp.planted.pixel_auroc": 0.9375,
    "sharp.planted.per_region_overlap": 0.625,
    "blunt.planted.pixel_auroc": 0.75,
    "blunt.planted.per_region_overlap": 0.25,
}
MASKED = {"masked.images": 1, "sharp.masked.pixel_auroc": 0.5625}


def cells(table):
    return [[cell.text + f" ({cell.tag})" * bool(cell.tag) for cell in row] for row in table.rows]


def test_detectors_stand_beside_the_baseline_and_chance(make_detected):
    table = heat_map_table(make_detected(metrics=PLANTED))
    assert [column.label for column in table.columns] == [
        "detector",
        "pixel AUROC, planted",
        "AUPRO, planted",
    ]
    assert cells(table) == [
        ["sharp", "0.938", "0.625"],
        ["blunt (baseline)", "0.750", "0.250"],
        ["no map (chance)", "0.500", "0.150"],
    ]
    assert table.note.startswith("Planted: 24 test images, normal ones with a patch")


def test_masks_of_the_users_own_come_first(make_detected):
    table = heat_map_table(make_detected(metrics=PLANTED | MASKED))
    assert [column.label for column in table.columns[1:3]] == ["pixel AUROC, real", "AUPRO, real"]
    assert cells(table)[0] == ["sharp", "0.562", "–", "0.938", "0.625"]
    assert cells(table)[1] == ["blunt (baseline)", "–", "–", "0.750", "0.250"]
    assert "Real: 1 test image with a mask, beside all normal ones." in table.note


def test_where_no_map_was_measured_there_is_no_table(make_detected):
    assert heat_map_table(make_detected()) is None
    section = leaderboard_section([make_detected(metrics=PLANTED), make_detected("audio")])
    captions = [block.caption for block in section.blocks if isinstance(block, Table)]
    assert captions == [
        "Detectors of images by area under the ROC curve",
        "Heat maps against masks, pixel by pixel",
        "Detectors of audio by area under the ROC curve",
    ]
