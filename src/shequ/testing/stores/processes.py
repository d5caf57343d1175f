"""Work in processes of their own, which can be killed: the suite's tests of durability and concurrency need them.

A child is a fresh interpreter, so nothing of the parent's threads, locks and connections is in it. It is told, in one
line of JSON, which class made the store: it imports that class by its module's name, or, where the name leads elsewhere
than to the parent's file (as with pytest's import mode ``importlib``), from the file itself. Parent and child then
talk in lines of JSON: through a pipe what the child has said stays readable after it was killed.
"""

import base64
import importlib
import importlib.util
import json
import os
import pickle
import queue
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import IO, Any

import pytest

__all__ = ["Child", "Talk", "main"]

_START = "from shequ.testing.stores.processes import main; main()"


class Talk:
    """A child's end of the line."""

    def __init__(self, incoming: IO[str], outgoing: IO[str]) -> None:
        self._incoming, self._outgoing = incoming, outgoing

    def hear(self) -> Any:
        """What the parent says next."""
        return json.loads(self._incoming.readline())

    def say(self, word: Any) -> None:
        """Tell the parent."""
        self._outgoing.write(json.dumps(word) + "\n")
        self._outgoing.flush()


class Child:
    """The parent's side of a process.

    Args:
        suite: The test's instance, whose class the child finds again.
        path: The store's path.
        work: Name of the method that the child calls with a :class:`Talk`, the path and the arguments.
        arguments: What JSON can hold.
        patience: Seconds until a child that says nothing is given up.
    """

    def __init__(self, suite: object, path: Path, work: str, arguments: Sequence[Any], *, patience: float) -> None:
        cls = type(suite)
        if "<locals>" in cls.__qualname__:
            pytest.fail(
                f"{cls.__qualname__} cannot be found by a new process: define it at the top of its module, not in a function"
            )
        self._patience = patience
        self._said: queue.Queue[str | None] = queue.Queue()
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, with words of our own
            [sys.executable, "-P", "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"},
            text=True,
            encoding="utf-8",
        )
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()
        self.tell(
            {
                "module": cls.__module__,
                "file": getattr(sys.modules.get(cls.__module__), "__file__", None),
                "class": cls.__qualname__,
                "attributes": _packed(vars(suite)),
                "path": str(path),
                "work": work,
                "arguments": list(arguments),
            }
        )

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):  # a killed child may break off within one
                self._said.put(line)
        self._said.put(None)

    def tell(self, word: Any) -> None:
        """Tell the child."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(word) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it is gone: what it said last is heard next

    def hear(self) -> Any:
        """What the child says next; ``None`` when it has ended."""
        try:
            line = self._said.get(timeout=self._patience)
        except queue.Empty:
            pytest.fail(f"a process said nothing for {self._patience} seconds: is it blocked by another one?")
        if line is None:
            self._said.put(None)
            return None
        word = json.loads(line)
        if isinstance(word, dict) and "traceback" in word:
            pytest.fail(f"a process that uses the store failed:\n{word['traceback']}")
        return word

    def hear_all(self) -> list[Any]:
        """All that the child says until it ends."""
        heard = []
        while (word := self.hear()) is not None:
            heard.append(word)
        return heard

    def kill(self) -> None:
        """End the process at once, wherever it stands (SIGKILL); what it has said can still be heard."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue


def _packed(attributes: Mapping[str, Any]) -> str:
    """The attributes that can be pickled."""
    kept = {}
    for name, value in attributes.items():
        try:
            pickle.dumps(value)
        except Exception:  # noqa: BLE001, S112 - pickling runs anybody's code; what cannot travel stays here
            continue
        kept[name] = value
    return base64.b64encode(pickle.dumps(kept)).decode()


def _module(name: str, file: str | None) -> ModuleType:
    """The module of a name, if it is the one of this file; else that of the file."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        spec = None
    if spec is not None and (file is None or (spec.origin is not None and _same(spec.origin, file))):
        return importlib.import_module(name)
    if file is None:
        raise ImportError(f"no module {name!r}")
    found = importlib.util.spec_from_file_location(name, file)
    if found is None or found.loader is None:
        raise ImportError(f"{file} is no module")
    module = sys.modules[name] = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def _same(one: str, other: str) -> bool:
    return Path(one).resolve() == Path(other).resolve()


def main() -> None:
    """What a child does: hear which work is to be done, and do it."""
    outgoing = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the store prints goes where errors go
    talk = Talk(sys.stdin, outgoing)
    job = talk.hear()
    try:
        found: Any = _module(job["module"], job["file"])
        for part in job["class"].split("."):
            found = getattr(found, part)
        suite = found.__new__(found)
        vars(suite).update(pickle.loads(base64.b64decode(job["attributes"])))  # noqa: S301 - the parent's own words
        getattr(suite, job["work"])(talk, Path(job["path"]), *job["arguments"])
    except BaseException:
        talk.say({"traceback": traceback.format_exc()})
        raise
