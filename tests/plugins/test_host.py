"""Each plugin is loaded apart: one that fails is reported, and the rest go on."""

import pytest

import shequ
from shequ import hookimpl
from shequ.errors import Misuse, PluginConflict, PluginFailure
from shequ.metrics import Metric
from shequ.plugins import BUILT_IN, PluginHost


class Piles:
    """A plugin of one metric."""

    @hookimpl
    def shequ_metrics(self) -> list[Metric]:
        return [Metric("piles.count", "充电桩", "个")]


class Broken:
    """A plugin that fails when it is asked."""

    @hookimpl
    def shequ_metrics(self) -> list[Metric]:
        raise RuntimeError("no licence")


class Misspelt:
    """A plugin with a typo in a hook's name."""

    @hookimpl
    def shequ_metric(self) -> list[Metric]:
        return []


class Unmarked:
    """A plugin that forgot to mark its function."""

    def shequ_metrics(self) -> list[Metric]:
        return []


def host(**plugins: object) -> PluginHost:
    return PluginHost(plugins, built_in=(), discover=False)


def test_an_answer_knows_which_plugin_gave_it() -> None:
    ((plugin, metric),) = host(piles=Piles()).collect("shequ_metrics")
    assert (plugin.name, metric.code) == ("piles", "piles.count")


def test_a_plugin_that_raises_is_reported_and_the_rest_are_asked() -> None:
    made = host(broken=Broken(), piles=Piles())
    assert [plugin.name for plugin, _ in made.collect("shequ_metrics")] == ["piles"]
    states = {plugin.name: plugin for plugin in made.plugins}
    assert states["broken"].state == "failed"
    assert "no licence" in states["broken"].error


@pytest.mark.parametrize("plugin", [Misspelt(), Unmarked(), object()], ids=["misspelt", "unmarked", "no hooks"])
def test_a_plugin_that_cannot_be_loaded_is_reported(plugin: object) -> None:
    made = host(wrong=plugin, piles=Piles())
    assert [loaded.state for loaded in made.plugins] == ["failed", "active"]


def test_a_misspelt_hook_comes_with_a_suggestion() -> None:
    (loaded,) = host(wrong=Misspelt()).plugins
    assert "did you mean shequ_metrics?" in loaded.error


def test_in_strict_mode_a_failure_is_an_error() -> None:
    with pytest.raises(PluginFailure, match="shequ_metric"):
        PluginHost({"wrong": Misspelt()}, built_in=(), discover=False, strict=True)


class Scheme:
    """A plugin that claims a store scheme."""

    @hookimpl
    def shequ_stores(self) -> dict[str, object]:
        return {"memory": None}


def test_two_plugins_that_claim_one_scheme_are_a_conflict_that_names_both() -> None:
    with pytest.raises(PluginConflict, match="'memory' is offered by both first and second"):
        host(first=Scheme(), second=Scheme()).by_name("shequ_stores")


class Clashing:
    """A plugin that defines a metric which the library has."""

    @hookimpl
    def shequ_metrics(self) -> list[Metric]:
        return [Metric("network.outlets", "网点", "个")]


def test_a_metric_that_clashes_names_both_plugins() -> None:
    made = PluginHost({"street": Clashing()}, discover=False)
    with pytest.raises(PluginConflict, match=r"network\.outlets.*shequ\.metrics\.catalogue \(shequ .*\) and street"):
        shequ.open("memory:", "d", host=made)


def test_a_plugin_that_fails_is_known_afterwards() -> None:
    made = host(broken=Broken(), piles=Piles())
    made.collect("shequ_metrics")
    assert ["broken"] == [plugin.name for plugin in made.failed]


def test_a_disabled_plugin_is_not_asked() -> None:
    made = PluginHost({"piles": Piles()}, built_in=(), discover=False, disable=["piles"])
    assert made.collect("shequ_metrics") == []
    assert [plugin.state for plugin in made.plugins] == ["disabled"]


def test_the_librarys_own_plugins_come_through_the_same_door() -> None:
    made = PluginHost(discover=False)
    assert list(BUILT_IN) == [plugin.name for plugin in made.plugins]
    assert {"active"} == {plugin.state for plugin in made.plugins}
    assert {"memory", "sqlite"} <= set(made.by_name("shequ_stores"))
    assert {"md", "html", "json", "docx", "xlsx"} == set(made.by_name("shequ_renderers"))


class Named:
    """A plugin that says what it is."""

    @hookimpl
    def shequ_plugin_info(self) -> dict[str, str]:
        return {"version": "3.1", "description": "充电桩"}


def test_a_plugin_says_what_it_is() -> None:
    (plugin,) = host(named=Named()).plugins
    assert ("3.1", "充电桩") == (plugin.version, plugin.description)


def test_a_name_given_twice_is_a_conflict() -> None:
    with pytest.raises((PluginConflict, Misuse)):
        PluginHost({"shequ.lifecycle": Piles()}, built_in=("shequ.lifecycle",), discover=False)
