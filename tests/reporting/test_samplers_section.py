import numpy as np

from kizu.reporting.document import Pictures, Table
from kizu.reporting.grids import image_grid
from kizu.reporting.pictures import encode_png
from kizu.reporting.sections.samplers import samplers_section


def test_a_method_is_a_line_and_a_number_of_steps_a_column():
    rows = [
        {
            "label": label,
            "steps": steps,
            "network_evaluations": 2 * steps,
            "frechet_distance": 10 / steps,
            "coverage": 0.5,
        }
        for label, counts in (("DDPM", (20, 5)), ("DDIM", (5,)))
        for steps in counts
    ]
    figure = encode_png(image_grid(np.zeros((1, 1, 4, 4), np.uint8), columns=1))
    table, pictures = samplers_section(rows, figure).blocks
    assert isinstance(table, Table)
    assert isinstance(pictures, Pictures)
    assert [column.label for column in table.columns] == ["method", "5 steps", "20 steps"]
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["DDPM", "2.000", "0.500"],
        ["DDIM", "2.000", ""],
    ]
    assert table.rows[0][2].detail == "0.50; 40 evaluations"
