"""What is deprecated works on, warns where it is used, says what to use instead, and is known when it is due."""

import sys
import warnings
from types import ModuleType
from typing import Any, Protocol

import attrs
import pluggy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ import deprecation
from shequ.calendars import Period
from shequ.deprecation import Deprecation, ShequDeprecationWarning, deprecated, due, moved_names, renamed_argument
from shequ.errors import Misuse

SPAN = {"since": "0.4", "until": "1.0"}
numbers = st.lists(st.integers(0, 20), min_size=1, max_size=3).filter(any)


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test declares is kept apart from what the library declared."""
    monkeypatch.setattr(deprecation, "_declared", [])


def warned(found: pytest.WarningsRecorder, *, line: int) -> str:
    """The text of the one warning, which names this file and line."""
    (only,) = found.list
    assert ShequDeprecationWarning is only.category
    assert (__file__, line) == (only.filename, only.lineno)
    return str(only.message)


def here() -> int:
    """The line that calls this."""
    return sys._getframe(1).f_lineno


class Greets(Protocol):
    def __call__(self, name: str, *, loud: bool = ...) -> str: ...


def make_greet() -> Greets:
    @deprecated(**SPAN, instead="hello()")
    def greet(name: str, *, loud: bool = False) -> str:
        """Greets."""
        return name.upper() if loud else name

    return greet


class TestFunctions:
    def test_it_does_what_it_did_and_warns_where_it_is_called(self) -> None:
        greet = make_greet()
        with pytest.warns(ShequDeprecationWarning) as found:
            answer, line = greet("a", loud=True), here()
        assert "A" == answer
        said = warned(found, line=line)
        assert said.endswith(".greet() is deprecated since test_deprecation 0.4 and gone in 1.0: use hello()")

    def test_its_docstring_says_so_too(self) -> None:
        doc = make_greet().__doc__ or ""
        assert doc.startswith("Greets.\n\n")
        assert doc.endswith("deprecated since test_deprecation 0.4 and gone in 1.0: use hello().")

    def test_methods_of_all_kinds_warn(self) -> None:
        class Thing:
            @deprecated(**SPAN, instead="b()")
            def plain(self) -> int:
                return 1

            @classmethod
            @deprecated(**SPAN, instead="b()")
            def of_class(cls) -> type["Thing"]:
                return cls

            @staticmethod
            @deprecated(**SPAN, instead="b()")
            def static() -> int:
                return 3

            @property
            @deprecated(**SPAN, instead="b")
            def size(self) -> int:
                return 4

        thing = Thing()
        for use, answer in (
            (thing.plain, 1),
            (Thing.of_class, Thing),
            (Thing.static, 3),
            (lambda: thing.size, 4),
        ):
            with pytest.warns(ShequDeprecationWarning):
                assert answer == use()  # type: ignore[operator]

    def test_written_above_a_classmethod_it_is_refused(self) -> None:
        with pytest.raises(Misuse, match=r"neither a function nor a class — write @deprecated below @classmethod"):
            deprecated(**SPAN, instead="b()")(classmethod(lambda cls: cls))  # type: ignore[type-var]


class TestClasses:
    @pytest.fixture
    def old(self) -> Any:
        @deprecated(**SPAN, instead="New")
        @attrs.frozen
        class Old:
            """An old class."""

            size: int = 0

        return Old

    def test_making_one_warns_where_it_is_made(self, old: Any) -> None:
        with pytest.warns(ShequDeprecationWarning) as found:
            made, line = old(size=2), here()
        assert 2 == made.size
        assert isinstance(made, old)
        assert ".Old is deprecated" in warned(found, line=line)

    def test_a_class_below_it_warns_when_it_is_written_and_not_when_it_is_used(self, old: Any) -> None:
        with pytest.warns(ShequDeprecationWarning) as found:
            Below, line = type("Below", (old,), {}), here()  # noqa: N806 - a class
        warned(found, line=line)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert 3 == Below(size=3).size

    def test_what_its_own_class_does_for_those_below_is_done(self) -> None:
        seen: list[tuple[str, int]] = []

        @deprecated(**SPAN, instead="New")
        class Old:
            def __init_subclass__(cls, rank: int = 0) -> None:
                seen.append((cls.__name__, rank))

        with pytest.warns(ShequDeprecationWarning):
            type("Below", (Old,), {}, rank=2)
        assert [("Below", 2)] == seen

    def test_arguments_that_it_does_not_take_are_refused_as_ever(self) -> None:
        @deprecated(**SPAN, instead="New")
        class Old:
            pass

        with pytest.warns(ShequDeprecationWarning), pytest.raises(TypeError):
            Old(1)  # type: ignore[call-arg]


class TestArguments:
    @pytest.fixture
    def count(self) -> Any:
        @renamed_argument("at", "on", **SPAN)
        def count(kind: str, on: int = 0) -> tuple[str, int]:
            return kind, on

        return count

    def test_the_former_name_is_understood_and_warns_where_it_is_written(self, count: Any) -> None:
        with pytest.warns(ShequDeprecationWarning) as found:
            answer, line = count("a", at=3), here()
        assert ("a", 3) == answer
        said = warned(found, line=line)
        assert said.endswith("count(at=…) is deprecated since test_deprecation 0.4 and gone in 1.0: use on=…")

    @pytest.mark.parametrize(("args", "given"), [(("a", 3), {}), (("a",), {"on": 3}), ((), {"kind": "a", "on": 3})])
    def test_todays_name_does_not_warn(self, count: Any, args: tuple[Any, ...], given: dict[str, Any]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert ("a", 3) == count(*args, **given)

    def test_both_names_at_once_are_refused(self, count: Any) -> None:
        with pytest.raises(TypeError, match=r"count\(\) got on, and at, which is its former name"):
            count("a", at=1, on=2)

    @pytest.mark.parametrize(("old", "new"), [("at", "day"), ("kind", "on")])
    def test_names_that_do_not_fit_the_signature_are_refused(self, old: str, new: str) -> None:
        def count(kind: str, on: int = 0) -> None: ...

        with pytest.raises(Misuse, match=rf"takes kind, on: {old} cannot be a former name of {new}"):
            renamed_argument(old, new, **SPAN)(count)


class TestNames:
    @pytest.fixture
    def module(self, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
        def lazily(name: str) -> int:
            if name != "lazy":
                raise AttributeError(name)
            return 7

        made = ModuleType("oldplace")
        made.__getattr__ = moved_names(  # type: ignore[method-assign]
            "oldplace", {"Time": "shequ.calendars:Period"}, **SPAN, otherwise=lazily
        )
        monkeypatch.setitem(sys.modules, "oldplace", made)
        return made

    def test_a_name_that_moved_is_found_and_warns_where_it_is_asked_for(self, module: ModuleType) -> None:
        with pytest.warns(ShequDeprecationWarning) as found:
            thing, line = module.Time, here()
        assert Period is thing
        said = "oldplace.Time is deprecated since oldplace 0.4 and gone in 1.0: use shequ.calendars.Period"
        assert said == warned(found, line=line)

    @pytest.mark.usefixtures("module")
    def test_an_import_warns_in_the_line_that_imports(self) -> None:
        with pytest.warns(ShequDeprecationWarning) as found:
            exec(compile("from oldplace import Time", __file__, "exec"), {})  # noqa: S102 - our own text
        warned(found, line=1)

    def test_other_names_are_asked_for_as_before(self, module: ModuleType) -> None:
        assert 7 == module.lazy
        asked = moved_names("oldplace", {}, **SPAN)
        with pytest.raises(AttributeError, match=r"module 'oldplace' has no attribute 'wings'"):
            asked("wings")


class TestHooks:
    def test_a_hook_and_an_argument_of_one_warn_where_they_are_implemented(self) -> None:
        spec, impl = pluggy.HookspecMarker("x"), pluggy.HookimplMarker("x")
        gone = {name: Deprecation(what=f"x.{name}", instead="y", **SPAN) for name in ("old()", "new(day)")}

        class Specs:
            @spec(warn_on_impl=gone["old()"].warning)
            def old(self) -> None: ...

            @spec(warn_on_impl_args={"day": gone["new(day)"].warning})
            def new(self, day: int, on: int) -> None: ...

        class Plugin:
            @impl
            def old(self) -> None: ...

            @impl
            def new(self, day: int) -> None: ...

        manager = pluggy.PluginManager("x")
        manager.add_hookspecs(Specs)
        with pytest.warns(ShequDeprecationWarning) as found:
            manager.register(Plugin())
        assert sorted(map(str, gone.values())) == sorted(str(one.message) for one in found.list)


class TestDue:
    @given(numbers, numbers, numbers)
    def test_what_is_due_was_to_be_gone_in_that_version_or_before(
        self, since: list[int], until: list[int], now: list[int]
    ) -> None:
        def order(version: list[int]) -> list[int]:
            return [*version, *[0] * (3 - len(version))]

        first, last, version = (".".join(map(str, one)) for one in (since, until, now))
        deprecation._declared.clear()
        if order(since) >= order(until):
            with pytest.raises(Misuse, match=r"is deprecated since .* and kept until .* only"):
                moved_names("lib.a", {"b": "lib.c:b"}, since=first, until=last)
            return
        moved_names("lib.a", {"b": "lib.c:b"}, since=first, until=last)
        assert (order(until) <= order(now)) == bool(due("lib", version))
        assert () == due("another", version)

    @pytest.mark.parametrize("version", ["1.0", "1", "1.0.0", "1.0.0.dev1", "1.0rc1", "1.2"])
    def test_a_release_and_what_leads_to_it_are_one(self, version: str) -> None:
        make_greet()
        assert ["hello()"] == [found.instead for found in due("test_deprecation", version)]
        assert () == due("test_deprecation", "0.99")

    def test_what_is_no_version_is_refused(self) -> None:
        with pytest.raises(Misuse, match=r"'soon' is no version — write it as 1.2 or 1.2.3"):
            Deprecation(what="a", since="1.0", until="soon", instead="b")
