"""The static import closure: exactly the first-party files that Python would run."""

from pathlib import Path

import pytest

from kizu.lineage.imports import SourceTree

FILES = {
    "p/__init__.py": "",
    "p/light.py": "import json, numpy\nfrom typing import TYPE_CHECKING\n",
    "p/uses_function.py": "def f():\n    from p.heavy import thing\n",
    "p/heavy.py": "import torch\nfrom p import light\nthing = 1\n",
    "p/uses_name.py": "from p.sub.a import value\n",
    "p/uses_module.py": "from p.sub import a, missing\n",
    "p/uses_dotted.py": "import p.sub.b as other\n",
    "p/for_checkers.py": (
        "import typing\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from p.heavy import thing\nelse:\n    import p.light\n"
        "if typing.TYPE_CHECKING:\n    import p.heavy\n"
    ),
    "p/tries.py": "try:\n    import p.light\nexcept ImportError:\n    import p.heavy\n",
    "p/circle_a.py": "import p.circle_b\n",
    "p/circle_b.py": "import p.circle_a\n",
    "p/sub/__init__.py": "from .b import *\n",
    "p/sub/a.py": "from . import c\nfrom ..light import json\nvalue = 1\n",
    "p/sub/b.py": "",
    "p/sub/c.py": "x = 1\n",
    "p/literal.py": "import importlib\nimportlib.import_module('p.light')\n",
    "p/computed.py": (
        "import importlib\nfrom importlib import import_module\n\n"
        "def f(name):\n    importlib.import_module(name)\n    import_module(f'p.{name}')\n"
        "    __import__(name)\n    import_module('.light', 'p')\n"
    ),
    "p/page/__init__.py": "",
    "p/page/html.py": "from pathlib import Path\nFOLDER = Path(__file__).parent / 'templates'\n",
    "p/page/single.py": "NAME = 'style.css'\n",
    "p/page/style.css": "@import url('more.css');",
    "p/page/more.css": "",
    "p/page/other.css": "",
    "p/page/templates/page.jinja": "{% include 'part.jinja' %}",
    "p/page/templates/part.jinja": "",
    "p/page/templates/.hidden": "",
    "p/page/templates/picture.bin": "",
    "q/__init__.py": "import p.heavy\n",
}


@pytest.fixture
def tree(tmp_path: Path) -> SourceTree:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "p/page/templates/picture.bin").write_bytes(b"\xff\xfe\x00")
    return SourceTree(tmp_path, "p")


def reached(tree: SourceTree, *roots: str) -> list[str]:
    return [path.relative_to(tree.source).as_posix() for path in tree.closure(roots).files]


@pytest.mark.parametrize(
    ("root", "files"),
    [
        ("p.light", ["p/light.py"]),
        ("p.uses_function", ["p/heavy.py", "p/light.py", "p/uses_function.py"]),
        (
            "p.uses_name",
            ["p/light.py", "p/sub/__init__.py", "p/sub/a.py", "p/sub/b.py", "p/sub/c.py",
             "p/uses_name.py"],
        ),
        (
            "p.uses_module",
            ["p/light.py", "p/sub/__init__.py", "p/sub/a.py", "p/sub/b.py", "p/sub/c.py",
             "p/uses_module.py"],
        ),
        ("p.uses_dotted", ["p/sub/__init__.py", "p/sub/b.py", "p/uses_dotted.py"]),
        ("p.for_checkers", ["p/for_checkers.py", "p/light.py"]),
        ("p.tries", ["p/heavy.py", "p/light.py", "p/tries.py"]),
        ("p.circle_a", ["p/circle_a.py", "p/circle_b.py"]),
        ("p.literal", ["p/light.py", "p/literal.py"]),
        ("q", []),
        ("numpy", []),
        ("p.nothing", []),
    ],
)  # fmt: skip
def test_what_a_module_reaches(tree, root, files):
    assert reached(tree, root) == files


def test_a_named_folder_of_resources_is_reached(tree):
    assert reached(tree, "p.page.html") == [
        "p/page/html.py",
        "p/page/templates/page.jinja",
        "p/page/templates/part.jinja",
        "p/page/templates/picture.bin",
    ]


def test_a_named_resource_is_reached_with_what_it_names(tree):
    assert reached(tree, "p.page.single") == [
        "p/page/more.css",
        "p/page/single.py",
        "p/page/style.css",
    ]


def test_roots_add_up_and_repeat_nothing(tree):
    together = reached(tree, "p.tries", "p.uses_name", "p.tries")
    assert together == sorted({*reached(tree, "p.tries"), *reached(tree, "p.uses_name")})


def test_computed_imports_are_named_by_their_lines(tree):
    assert tree.closure(["p.computed"]).unfollowed == (
        "p/computed.py:5: importlib.import_module(name)",
        "p/computed.py:6: import_module(f'p.{name}')",
        "p/computed.py:7: __import__(name)",
        "p/computed.py:8: import_module('.light', 'p')",
    )
    assert tree.closure(["p.literal"]).unfollowed == ()
