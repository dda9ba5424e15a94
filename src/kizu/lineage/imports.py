"""The first-party files that a module reaches by import, found without running it.

A stage depends on exactly this code: editing a file of the closure re-runs the stage, editing any
other does not. Imports are followed wherever they stand, inside functions too, because heavy ones
stand there. Files that a module names in a string (a template, a style sheet) belong to it.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DYNAMIC_IMPORTS = frozenset({"import_module", "__import__"})
RELATIVE_PATH = re.compile(r"[\w-][\w./-]*")


@dataclass(frozen=True)
class Closure:
    """What a set of modules reaches.

    Attributes:
        files: the first-party files, sorted.
        unfollowed: imports that cannot be followed, as ``path:line: why``, sorted.
    """

    files: tuple[Path, ...]
    unfollowed: tuple[str, ...]


@dataclass(frozen=True)
class _Scan:
    """What one file refers to.

    Attributes:
        modules: dotted names that may be modules; those that are not first-party are dropped.
        resources: files beside the module that it names.
        unfollowed: imports that cannot be followed.
    """

    modules: frozenset[str] = frozenset()
    resources: frozenset[Path] = frozenset()
    unfollowed: frozenset[str] = frozenset()


class SourceTree:
    """The modules of one Python package on disk.

    Args:
        source: the folder that holds the package.
        package: the package's name.
    """

    def __init__(self, source: Path, package: str) -> None:
        self.source = source
        self.package = package
        self._scan = cache(self._scan_uncached)

    def closure(self, roots: Iterable[str]) -> Closure:
        """Return every file that the modules ``roots`` reach, themselves included.

        Modules outside the package are dropped. An ``__init__.py`` counts where Python would run
        it, unless it is empty.
        """
        files: set[Path] = set()
        unfollowed: set[str] = set()
        waiting = [path for root in roots for path in self._files_of(root)]
        while waiting:
            path = waiting.pop()
            if path in files:
                continue
            files.add(path)
            scan = self._scan(path)
            unfollowed |= scan.unfollowed
            waiting += scan.resources
            waiting += [file for name in scan.modules for file in self._files_of(name)]
        return Closure(tuple(sorted(files)), tuple(sorted(unfollowed)))

    def _files_of(self, module: str) -> Iterator[Path]:
        """Yield the files that ``import module`` runs: the packages above it, and its own."""
        parts = module.split(".")
        if parts[0] != self.package:
            return
        for depth in range(1, len(parts) + 1):
            path = self.source.joinpath(*parts[:depth])
            if (init := path / "__init__.py").is_file():
                if init.stat().st_size:
                    yield init
            elif (file := path.with_suffix(".py")).is_file():
                yield file

    def _scan_uncached(self, path: Path) -> _Scan:
        if path.suffix != ".py":
            return _Scan(resources=self._resources_named_in(path, _quoted(path)))
        package = path.relative_to(self.source).parts[:-1]
        visitor = _Visitor(package, path.relative_to(self.source).as_posix())
        visitor.visit(ast.parse(path.read_bytes(), path))
        return _Scan(
            frozenset(visitor.modules),
            self._resources_named_in(path, visitor.strings),
            frozenset(visitor.unfollowed),
        )

    def _resources_named_in(self, path: Path, strings: Iterable[str]) -> frozenset[Path]:
        """Return the files other than Python that the strings name.

        Paths are relative to the file's folder or to one above it, up to the package's.
        """
        top = self.source / self.package
        folders = [folder for folder in path.parents if folder.is_relative_to(top)]
        found: set[Path] = set()
        for name in strings:
            for target in (folder / name for folder in folders):
                if target.is_file():
                    found.add(target)
                elif target.is_dir():
                    found.update(file for file in target.rglob("*") if file.is_file())
        return frozenset(
            file
            for file in found
            if file.suffix not in (".py", ".pyc") and not _is_hidden(file.relative_to(top))
        )


class _Visitor(ast.NodeVisitor):
    """Collects the imports and the strings of one module."""

    def __init__(self, package: tuple[str, ...], name: str) -> None:
        self.package = package
        self.name = name
        self.modules: set[str] = set()
        self.strings: set[str] = set()
        self.unfollowed: set[str] = set()

    def visit_If(self, node: ast.If) -> None:
        """Skip what only a type checker imports."""
        if ast.unparse(node.test) not in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            self.generic_visit(node)
            return
        for statement in node.orelse:
            self.visit(statement)

    def visit_Import(self, node: ast.Import) -> None:
        self.modules.update(alias.name for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        parent = self.package[: len(self.package) - node.level + 1] if node.level else ()
        base = ".".join((*parent, *([node.module] if node.module else [])))
        self.modules.add(base)
        for alias in node.names:
            self.modules.add(f"{base}.{alias.name}")

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        name = getattr(function, "attr", getattr(function, "id", None))
        if name in DYNAMIC_IMPORTS:
            target = node.args[0] if node.args else None
            if isinstance(target, ast.Constant) and not str(target.value).startswith("."):
                self.modules.add(str(target.value))
            else:
                self.unfollowed.add(f"{self.name}:{node.lineno}: {ast.unparse(node)}")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and RELATIVE_PATH.fullmatch(node.value):
            self.strings.add(node.value)


def _quoted(path: Path) -> set[str]:
    """Return what stands in quotes in a text file, e.g. the names that a template includes."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return set()
    return {name for _, name in re.findall(rf"([\"'])({RELATIVE_PATH.pattern})\1", text)}


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)
