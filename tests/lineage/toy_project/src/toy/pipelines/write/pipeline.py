from kedro.pipeline import Node, Pipeline

from toy.pipelines.write.nodes import write


def create_pipeline(**_):
    node = Node(write, ["model", "params:train.model"], "page", name="write_page")
    return Pipeline([node], tags=["write"])
