from kizu.reporting.diffusion_figures import error_by_timestep, quality_by_evaluations


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


def test_an_error_next_to_nothing_does_not_flatten_the_rest():
    kinds = [f"{split}.{kind}_error" for split in ("train", "test") for kind in ("noise", "clean")]
    rows = [{"timestep": t, **dict.fromkeys(kinds, value)} for t, value in ((1, 0.5), (2, 1e-10))]
    assert error_by_timestep(rows).axes[0].get_ylim()[0] == 0.5 / 1e4


def test_every_method_is_a_line_from_few_evaluations_to_many():
    rows = [
        {"label": label, "network_evaluations": steps, "frechet_distance": 10 / steps}
        for label in ("DDPM", "DDIM")
        for steps in (50, 10)
    ]
    (axes,) = quality_by_evaluations(rows).axes
    assert [line.get_label() for line in axes.lines] == ["DDPM", "DDIM"]
    assert list(axes.lines[0].get_xdata()) == [10, 50]
    assert list(axes.lines[0].get_ydata()) == [1, 0.2]
