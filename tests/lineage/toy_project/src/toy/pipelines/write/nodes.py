from typing import Any


def write(model: dict[str, str], settings: dict[str, Any]) -> str:
    from toy.reporting.html import render

    return render(f"{settings['kind']} {model['total']}")
