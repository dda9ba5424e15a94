from kedro.pipeline import Node, Pipeline

from toy.pipelines.prepare.nodes import make_numbers


def create_pipeline(**_):
    node = Node(make_numbers, "params:prepare", "numbers", name="make_numbers")
    return Pipeline([node], tags=["prepare"])
