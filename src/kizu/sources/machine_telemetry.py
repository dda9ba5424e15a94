"""A made-up table of machine readings: the built-in table.

Synthetic: no machine was measured. It has something for every step of the preprocessing: numbers
that are normal, uniform, skewed and spoiled by sensor glitches, a constant, categories with and
without an order, booleans, missing values, few failures, and two columns that are known only
after a failure and so give it away.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from kizu.sources.files import SourceFile

if TYPE_CHECKING:
    import pandas as pd

WEAR_LEVELS = ("new", "light", "worn", "heavy")
_SITES = tuple(f"site-{number:02d}" for number in range(1, 13))
_MODELS = ("K10", "K20", "R7", "R9", "S1")
_ALARMS = ("overheat", "jam", "bearing")


def read_machine_telemetry(rows: int = 4000, seed: int = 0) -> Iterator[SourceFile]:
    """Yield one CSV file, the same bytes for the same ``rows`` and ``seed``."""
    content = machine_telemetry(rows, seed).to_csv(index=False, lineterminator="\n").encode()
    yield SourceFile("machine_telemetry", "machine_telemetry.csv", "", content)


def machine_telemetry(rows: int, seed: int) -> "pd.DataFrame":
    """Return the table, a row a reading.

    Columns, by what they are made to show:

    - ``reading``: an identifier, another value in every row;
    - ``temperature`` (°C), ``pressure`` (bar): normal, the pressure with missing values;
    - ``load`` (%), ``humidity`` (%): uniform;
    - ``vibration`` (mm/s), ``age_hours``: skewed to the right, the age with missing values;
    - ``rotation`` (1/min): normal, with glitches of the sensor in 4% of the rows;
    - ``firmware``: the same value everywhere;
    - ``model``, ``site`` (some missing): categories without an order; ``wear``: with one;
      ``shift``: two values;
    - ``maintained``, ``remote`` (some missing): booleans;
    - ``alarm``: set if and only if the machine fails: it determines the target;
    - ``downtime_minutes``: above zero after a failure and, in 0.1% of the rows, by mistake;
    - ``failure``: the target, 1 in about 9% of the rows, more likely for hot, worn, shaking,
      heavily loaded machines without maintenance.
    """
    import pandas as pd

    random = np.random.default_rng(seed)
    temperature = random.normal(65, 8, rows)
    pressure = random.normal(6.2, 0.7, rows)
    load = random.uniform(0, 100, rows)
    vibration = random.lognormal(0.3, 0.6, rows)
    age = random.exponential(9000, rows)
    wear = np.searchsorted([3000, 9000, 20000], age * random.lognormal(0, 0.2, rows))
    maintained = random.random(rows) < 0.55
    remote = random.random(rows) < 0.3
    model = random.choice(len(_MODELS), rows, p=[0.4, 0.25, 0.2, 0.1, 0.05])
    logit = (
        -4.9
        + 1.3 * (temperature - 65) / 8
        + 1.1 * np.log(vibration)
        + 1.2 * wear
        + 0.03 * (load - 50)
        - 1.2 * maintained
        + np.array([0.0, 0.4, 0.0, 0.9, -0.5])[model]
    )
    failure = random.random(rows) < 1 / (1 + np.exp(-logit))
    glitch = random.random(rows) < 0.04
    rotation = np.where(glitch, random.choice([0.0, 6000.0], rows), random.normal(1500, 60, rows))
    mistaken = random.random(rows) < 0.001
    downtime = np.where(failure | mistaken, np.ceil(random.exponential(90, rows)), 0)
    alarm = np.where(failure, np.array(_ALARMS)[random.integers(0, 3, rows)], "none")

    def lose(values: np.ndarray, share: float) -> "pd.Series":
        return pd.Series(values).astype(object).mask(random.random(rows) < share)

    return pd.DataFrame(
        {
            "reading": [f"R{number:06d}" for number in range(rows)],
            "model": np.array(_MODELS)[model],
            "site": lose(np.array(_SITES)[random.integers(0, len(_SITES), rows)], 0.02),
            "shift": np.where(random.random(rows) < 0.5, "day", "night"),
            "wear": np.array(WEAR_LEVELS)[wear],
            "maintained": maintained,
            "remote": lose(remote, 0.03),
            "firmware": "2.4.1",
            "temperature": temperature.round(2),
            "pressure": lose(pressure.round(3), 0.06),
            "load": load.round(1),
            "humidity": random.uniform(20, 80, rows).round(1),
            "vibration": vibration.round(3),
            "rotation": rotation.round(1),
            "age_hours": lose(age.round(0), 0.04),
            "alarm": alarm,
            "downtime_minutes": downtime.astype(np.int64),
            "failure": failure.astype(np.int64),
        }
    )
