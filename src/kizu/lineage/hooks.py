"""The Kedro hook that makes a pipeline a stage, under ``kizu run`` and ``kedro run`` alike."""


class StageHook:
    """Validates parameters and hands checkpoint folders to the nodes that train."""
