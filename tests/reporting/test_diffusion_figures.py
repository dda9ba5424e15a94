from kizu.reporting.diffusion_figures import error_by_timestep


def test_every_split_and_error_is_drawn_against_the_timestep():
    rows = [
        {
            "timestep": timestep,
            **{f"{split}.noise_error": 1 / timestep for split in ("train", "test")},
            **{f"{split}.clean_error": timestep for split in ("train", "test")},
        }
        for timestep in (10, 100, 1000)
    ]
    figure = error_by_timestep(rows)
    noise, clean = figure.axes
    assert [line.get_label() for line in noise.lines] == ["train", "test"]
    assert list(noise.lines[0].get_xdata()) == [10, 100, 1000]
    assert list(noise.lines[1].get_ydata()) == [0.1, 0.01, 0.001]
    assert list(clean.lines[1].get_ydata()) == [10, 100, 1000]
