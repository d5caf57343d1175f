"""Plugins of installed distributions, good and broken ones: one that is broken is reported, and the rest go on."""

import json
from io import BytesIO
from pathlib import Path
from typing import ClassVar

import pytest
from distributions import Install

import shequ
from shequ.cli.commands import run
from shequ.errors import BadData, Misuse, PluginConflict, PluginFailure
from shequ.plugins import LoadedPlugin, PluginHost
from shequ.register import host_from_environment

GOOD = """
    from shequ import Metric, hookimpl

    @hookimpl
    def shequ_plugin_info():
        return {"description": "门球场", "api": "1.0"}

    @hookimpl
    def shequ_metrics():
        return [Metric("courts.count", "门球场", "个")]
"""


def metric(code: str, name: str = "亭") -> str:
    return f"""
    from shequ import Metric, hookimpl

    @hookimpl
    def shequ_metrics():
        return [Metric({code!r}, {name!r}, "个")]
    """


def found(host: PluginHost, name: str) -> LoadedPlugin:
    (plugin,) = (plugin for plugin in host.plugins if plugin.name == name)
    return plugin


def strangers(host: PluginHost) -> list[str]:
    return [plugin.name for plugin in host.plugins if not plugin.built_in]


BROKEN = {
    "import error": (
        "import no_such_library_of_ours",
        "ModuleNotFoundError: No module named 'no_such_library_of_ours'",
    ),
    "syntax error": ("def :", "SyntaxError"),
    "exit at import": ("raise SystemExit('no licence')", "SystemExit: no licence"),
    "no hook": ("x = 1", "the plugin implements no hook"),
    "misspelt hook": (
        "from shequ import hookimpl\n@hookimpl\ndef shequ_metric(): return []",
        "there is no hook shequ_metric — did you mean shequ_metrics?",
    ),
    "unknown argument": (
        "from shequ import hookimpl\n@hookimpl\ndef shequ_validate(rekord): return []",
        (
            "shequ_validate has no argument 'rekord' — did you mean record?; the hook is shequ_validate(record: Record) -> "
            "Iterable[InvalidRecord]"
        ),
    ),
    "argument where there is none": (
        "from shequ import hookimpl\n@hookimpl\ndef shequ_metrics(register): return []",
        "shequ_metrics has no argument 'register' — it takes none; the hook is shequ_metrics() -> Iterable[Metric]",
    ),
    "argument with a default": (
        "from shequ import hookimpl\n@hookimpl\ndef shequ_validate(record=None): return []",
        "shequ_validate gives 'record' a default — leave it out",
    ),
    "catches all arguments": (
        "from shequ import hookimpl\n@hookimpl\ndef shequ_validate(**given): return []",
        "shequ_validate takes **given — name what it takes",
    ),
    "wants to be asked first": (
        "from shequ import hookimpl\n@hookimpl(tryfirst=True)\ndef shequ_metrics(): return []",
        "shequ_metrics is marked tryfirst",
    ),
    "raises": (
        "from shequ import hookimpl\n@hookimpl\ndef shequ_metrics(): raise RuntimeError('no licence')",
        "RuntimeError: no licence",
    ),
    "raises half way": (
        (
            "from shequ import Metric, hookimpl\n@hookimpl\ndef shequ_metrics():\n"
            "    yield Metric('half.one', '半', '个')\n    raise RuntimeError('no more')"
        ),
        "RuntimeError: no more",
    ),
    "forgets to return": (
        "from shequ import hookimpl\n@hookimpl\ndef shequ_metrics(): pass",
        "shequ_metrics answered None — the hook is shequ_metrics() -> Iterable[Metric]",
    ),
    "answers something else": (
        "from shequ import hookimpl\n@hookimpl\ndef shequ_metrics(): return ['piles.count']",
        "shequ_metrics answered with 'piles.count' among others",
    ),
    "answers a list for a mapping": (
        "from shequ import hookimpl\n@hookimpl\ndef shequ_stores(): return ['files']",
        "shequ_stores answered ['files'] — the hook is shequ_stores() -> Mapping[str, StoreFactory]",
    ),
    "needs a newer host": (
        "from shequ import hookimpl\n@hookimpl\ndef shequ_plugin_info(): return {'api': '1.99'}",
        "the plugin needs the plugin API 1.99, this shequ has 1.0 — upgrade shequ",
    ),
    "is of another major": (
        "from shequ import hookimpl\n@hookimpl\ndef shequ_plugin_info(): return {'api': '2.0'}",
        "written for the plugin API 2.0, this is 1.0",
    ),
    "no version": (
        "from shequ import hookimpl\n@hookimpl\ndef shequ_plugin_info(): return {'api': 'new'}",
        "shequ_plugin_info says api = 'new' — write major.minor",
    ),
    "misspelt information": (
        "from shequ import hookimpl\n@hookimpl\ndef shequ_plugin_info(): return {'descripton': 'x'}",
        "shequ_plugin_info says 'descripton' — did you mean description?",
    ),
    "metric that needs an unknown one": (
        (
            "from shequ import Metric, hookimpl\nfrom shequ.metrics import Ratio\n@hookimpl\ndef shequ_metrics():\n"
            "    return [Metric('half.share', '比', '', Ratio(('no.such',), ('population.households',)))]"
        ),
        "needs no.such, which is not defined",
    ),
    "type that refers to an unknown one": (
        (
            "from shequ import hookimpl\nfrom shequ.model import Record, record\nfrom shequ.model.record import ref\n"
            "@record('half', label='半', key=('of',))\nclass Half(Record):\n    of: str = ref('整', to='whole')\n"
            "@hookimpl\ndef shequ_record_types(): return [Half]"
        ),
        "half.of refers to 'whole', which is no record type",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_is_reported_with_distribution_version_and_traceback_and_the_rest_go_on(
    case: str, install: Install
) -> None:
    source, error = BROKEN[case]
    install("a-broken", source, version="0.3")
    install("z-good", GOOD, version="1.2")
    host = PluginHost()
    with shequ.open("memory:", "d1", host=host) as register:
        assert "z-good (z-good 1.2)" == register.measure("courts.count", at="2026-01-05").plugin
        assert not [code for code in register.catalogue if code.startswith("half")]
        assert "half" not in register.schema
    broken = found(host, "a-broken")
    assert ("failed", "a-broken", "0.3") == (broken.state, broken.distribution, broken.version)
    assert error in broken.error
    assert "Traceback (most recent call last)" in broken.error or "SyntaxError" in broken.error
    assert [broken] == list(host.failed)


def test_where_strictness_is_asked_for_a_broken_plugin_is_an_error(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("a-broken", "import no_such_library_of_ours", version="0.3")
    monkeypatch.setenv("SHEQU_PLUGINS_STRICT", "1")
    with pytest.raises(PluginFailure, match=r"plugin a-broken \(a-broken 0\.3\): No module named"):
        host_from_environment()


@pytest.mark.parametrize(("said", "strict"), [("", False), ("0", False), ("1", True), (" 1", True)])
def test_strictness_is_asked_for_by_one_alone(
    install: Install, monkeypatch: pytest.MonkeyPatch, said: str, strict: bool
) -> None:
    install("a-broken", "import no_such_library_of_ours", version="0.3")
    monkeypatch.setenv("SHEQU_PLUGINS_STRICT", said)
    if strict:
        with pytest.raises(PluginFailure):
            host_from_environment()
    else:
        assert "failed" == found(host_from_environment(), "a-broken").state


@pytest.mark.parametrize("said", ["nonsense", "true", "yes", "2"])
def test_any_other_word_for_strictness_is_refused(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("SHEQU_PLUGINS_STRICT", said)
    with pytest.raises(
        Misuse, match=rf"^SHEQU_PLUGINS_STRICT='{said}' is neither 0 nor 1 — set SHEQU_PLUGINS_STRICT=1, "
    ):
        host_from_environment()


def test_an_entry_point_that_leads_nowhere_is_reported(install: Install) -> None:
    install("lost", "x = 1", target="lost:plugin")
    assert "has no attribute 'plugin'" in found(PluginHost(), "lost").error


def test_a_class_instead_of_an_instance_is_reported(install: Install) -> None:
    install("classy", "class Plugin: pass", target="classy:Plugin")
    assert "give an instance: Plugin()" in found(PluginHost(), "classy").error


def test_a_hook_of_a_later_host_may_be_marked_as_optional(install: Install) -> None:
    source = GOOD + "\n    @hookimpl(optionalhook=True)\n    def shequ_weather(day): return 'sun'\n"
    install("z-good", source)
    good = found(PluginHost(), "z-good")
    assert ("active", ("shequ_metrics", "shequ_plugin_info")) == (good.state, good.hooks)


def test_plugins_are_asked_in_the_order_of_their_names_whatever_the_order_of_installation(install: Install) -> None:
    for name in ("m-two", "z-three", "a-one"):
        install(f"d-{name[::-1].strip('-')}", metric(f"order.{name[2:]}", name), point=name)
    host = PluginHost()
    assert ["a-one", "m-two", "z-three"] == strangers(host)
    codes = [item.code for plugin, item in host.collect("shequ_metrics") if not plugin.built_in]
    assert ["order.one", "order.two", "order.three"] == codes


class TestConflicts:
    OFFERS: ClassVar[dict[str, tuple[str, str, str]]] = {
        "metric": ("from shequ import Metric", "shequ_metrics", "[Metric('twice', '二', '个')]"),
        "report": ("", "shequ_reports", "{'twice': lambda context: None}"),
        "renderer": ("", "shequ_renderers", "{'twice': lambda document: __name__}"),
        "store": ("", "shequ_stores", "{'twice': lambda url, schema: None}"),
        "rule set": (
            "from shequ.rules import RuleSet",
            "shequ_rule_sets",
            "[RuleSet('twice', '二', '1', (), ())]",
        ),
    }

    def both(self, install: Install, kind: str) -> str:
        imports, hook, answer = self.OFFERS[kind]
        source = f"from shequ import hookimpl\n{imports}\n@hookimpl\ndef {hook}(): return {answer}\n"
        install("one-plugin", source, version="1.0", point="one")
        install("two-plugin", source, version="2.0", point="two")
        return hook

    @pytest.mark.parametrize("kind", OFFERS)
    def test_two_plugins_that_offer_the_same_name_both_distributions(self, kind: str, install: Install) -> None:
        hook = self.both(install, kind)
        with pytest.raises(PluginConflict) as caught:
            PluginHost().by_name(hook)
        assert str(caught.value).startswith(
            f"{kind} 'twice' is offered by both one (one-plugin 1.0) and two (two-plugin 2.0)"
        )

    @pytest.mark.parametrize(
        ("kind", "preferred"),
        [*((kind, "two-plugin") for kind in OFFERS), ("store", "two"), ("store", "Two_Plugin"), ("store", "two,one")],
    )
    def test_the_one_that_the_configuration_prefers_is_used(
        self, kind: str, preferred: str, install: Install, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hook = self.both(install, kind)
        monkeypatch.setenv("SHEQU_PLUGINS_PREFER", preferred)
        host = host_from_environment()
        plugin, _ = host.by_name(hook)["twice"]
        assert "two" == plugin.name
        assert ["two"] == [found.name for found, _ in host.collect(hook) if not found.built_in]
        one, two = (plugin for plugin in host.inventory() if not plugin.built_in)
        kind_of_hook = hook.removeprefix("shequ_")
        assert ({kind_of_hook: ("twice",)}, {}) == (one.overridden, two.overridden)

    def test_a_plugin_can_be_preferred_to_the_librarys_own(self, install: Install) -> None:
        install(
            "pages", "from shequ import hookimpl\n@hookimpl\ndef shequ_renderers(): return {'html': lambda d: 'ours'}"
        )
        with pytest.raises(PluginConflict, match=r"shequ\.reports\.html \(shequ .*\) and pages \(pages 1\.0\)"):
            PluginHost().by_name("shequ_renderers")
        plugin, render = PluginHost(prefer=["pages"]).by_name("shequ_renderers")["html"]
        assert ("pages", "ours") == (plugin.name, render(None))

    def test_a_record_type_of_the_library_cannot_be_declared_again(self, install: Install) -> None:
        install(
            "again",
            "from shequ import hookimpl\nfrom shequ.model import Household\n@hookimpl\n"
            "def shequ_record_types(): return [Household]",
        )
        with pytest.raises(PluginConflict, match=r"record type 'household' .* shequ .* and again \(again 1\.0\)"):
            shequ.open("memory:", "d1", host=PluginHost())

    def test_two_distributions_whose_plugins_have_one_name_are_a_conflict_until_one_is_left_out(
        self, install: Install
    ) -> None:
        install("one-plugin", metric("a.a"), point="street")
        install("two-plugin", metric("a.a"), point="street")
        with pytest.raises(PluginConflict, match=r"'street' is offered by both street \(one-.*\) and street \(two-"):
            PluginHost()
        for left_out, kept in (("one-plugin", "two-plugin"), ("two-plugin", "one-plugin")):
            host = PluginHost(disable=[left_out])
            assert kept == found(host, "street").distribution
            assert "active" == found(host, "street").state


class TestChoosing:
    @pytest.fixture(autouse=True)
    def three(self, install: Install) -> None:
        for name in ("a", "b", "c"):
            install(f"{name}-plugin", metric(f"{name}.count", name), point=name)

    def active(self, host: PluginHost) -> list[str]:
        return [plugin.name for plugin in host.plugins if not plugin.built_in and plugin.state == "active"]

    @pytest.mark.parametrize(
        ("variable", "value", "active"),
        [
            ("SHEQU_PLUGINS", "b", ["b"]),
            ("SHEQU_PLUGINS", " c-plugin , a", ["a", "c"]),
            ("SHEQU_PLUGINS", "", []),
            ("SHEQU_PLUGINS_DISABLE", "b", ["a", "c"]),
            ("SHEQU_PLUGINS_DISABLE", "a,c-plugin", ["b"]),
            ("SHEQU_PLUGINS_DISABLE", "", ["a", "b", "c"]),
        ],
    )
    def test_the_environment_says_which_are_loaded(
        self, variable: str, value: str, active: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(variable, value)
        host = host_from_environment()
        assert active == self.active(host)
        assert ["a", "b", "c"] == strangers(host)  # the others are listed, too
        assert "population.households" in {item.code for _, item in host.collect("shequ_metrics")}

    @pytest.mark.parametrize("variable", ["SHEQU_PLUGINS", "SHEQU_PLUGINS_DISABLE", "SHEQU_PLUGINS_PREFER"])
    def test_a_name_that_is_that_of_no_plugin_is_an_error_with_a_suggestion(
        self, variable: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(variable, "b-plugn")
        with pytest.raises(Misuse, match=r"no plugin 'b-plugn' is installed.* did you mean b-plugin"):
            host_from_environment()

    def test_the_librarys_own_are_named_as_they_are_listed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        listed = [plugin.name for plugin in PluginHost(discover=False).plugins]
        assert "shequ.reports.word" in listed
        monkeypatch.setenv("SHEQU_PLUGINS_DISABLE", "shequ.reports.wrod")
        with pytest.raises(Misuse, match=r"'shequ\.reports\.wrod' is installed.* did you mean shequ\.reports\.word\?"):
            host_from_environment()

    @pytest.mark.parametrize("said", ["shequ.reports.word", "Shequ_Reports-word"])
    def test_case_and_separators_do_not_count(self, said: str) -> None:
        assert "disabled" == found(PluginHost(discover=False, disable=[said]), "shequ.reports.word").state

    def test_one_that_is_handed_over_needs_no_mention(self) -> None:
        import b_plugin  # type: ignore[import-not-found] # installed by the fixture

        assert ["mine"] == self.active(PluginHost({"mine": b_plugin}, only=[]))

    def test_discovery_can_be_left_out(self) -> None:
        assert [] == strangers(PluginHost(discover=False))


CONFIGURED = """
    from shequ import Metric, hookimpl

    class Plugin:
        @hookimpl
        def shequ_configure(self, settings):
            self.code = settings.get("code", "none.given")

        @hookimpl
        def shequ_metrics(self):
            return [Metric(self.code, "亭", "个")]

    plugin = Plugin()
"""


class TestSettings:
    def code(self, host: PluginHost) -> str:
        (code,) = (item.code for plugin, item in host.collect("shequ_metrics") if not plugin.built_in)
        return str(code)

    def test_a_plugin_takes_its_settings_from_a_file(
        self, install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        install("kiosks", CONFIGURED, target="kiosks:plugin")
        assert "none.given" == self.code(host_from_environment())
        (tmp_path / "settings.toml").write_text('[kiosks]\ncode = "kiosks.count"\n', encoding="utf-8")
        monkeypatch.setenv("SHEQU_PLUGINS_SETTINGS", str(tmp_path / "settings.toml"))
        assert "kiosks.count" == self.code(host_from_environment())

    @pytest.mark.parametrize("content", ["kiosks = 1", "kiosks", None])
    def test_a_file_of_settings_that_is_none_is_bad_data(
        self, content: str | None, install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        install("kiosks", CONFIGURED, target="kiosks:plugin")
        file = tmp_path / "settings.toml"
        if content is not None:
            file.write_text(content, encoding="utf-8")
        monkeypatch.setenv("SHEQU_PLUGINS_SETTINGS", str(file))
        with pytest.raises(BadData, match="settings"):
            host_from_environment()

    def test_settings_that_nobody_takes_are_an_error(self, install: Install) -> None:
        install("z-good", GOOD)
        with pytest.raises(Misuse, match=r"there are settings for z-good \(z-good 1\.0\), which takes none"):
            PluginHost(settings={"z-good": {"colour": "red"}})


def test_the_command_line_lists_each_with_state_version_hooks_and_what_it_offers(
    install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("z-good", GOOD, version="1.2")
    install("a-broken", BROKEN["misspelt hook"][0], version="0.3")
    assert 1 == run(["plugins", "--json"])
    document = json.loads(capsys.readouterr().out)
    listed = {plugin["name"]: plugin for plugin in document["plugins"]}
    assert ("shequ.plugins/1", "1.0") == (document["format"], document["api"])
    good = listed["z-good"]
    assert ("active", "z-good", "1.2") == (good["state"], good["distribution"], good["version"])
    assert (["shequ_metrics", "shequ_plugin_info"], "门球场") == (good["hooks"], good["description"])
    assert {"metrics": ["courts.count"]} == good["offers"]
    assert "failed" == listed["a-broken"]["state"]
    assert "did you mean shequ_metrics?" in listed["a-broken"]["error"]
    assert {"stores": ["memory"]} == listed["shequ.store.memory"]["offers"]
    assert {"rule_sets": ["national"]} == listed["shequ.rules.national"]["offers"]
    assert 1 == run(["plugins"])
    shown = capsys.readouterr()
    assert "did you mean shequ_metrics?" in shown.err
    assert "a-broken (a-broken 0.3)" in shown.err


def test_the_command_line_lists_a_conflict_with_both(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install("one", metric("a.a"))
    install("two", metric("a.a"))
    assert 1 == run(["plugins", "--json"])
    errors = {plugin["name"]: plugin["error"] for plugin in json.loads(capsys.readouterr().out)["plugins"]}
    assert {"one", "two"} == {name for name, error in errors.items() if error}
    assert "SHEQU_PLUGINS_PREFER" in errors["one"]


class TestAnswersKnowTheirPlugin:
    def test_a_measurement_names_plugin_distribution_and_version(self, install: Install) -> None:
        install("z-good", GOOD, version="1.2")
        with shequ.open("memory:", "d1", host=PluginHost()) as register:
            ours = register.measure("courts.count", at="2026-01-05")
            own = register.measure("population.households", at="2026-01-05")
        assert "z-good (z-good 1.2)" == ours.plugin == ours.as_json()["plugin"]
        assert f"shequ.metrics.catalogue (shequ {shequ.__version__})" == own.plugin
        assert "指标出自：z-good (z-good 1.2)" in ours.explain()

    def test_a_finding_names_the_plugin_whose_rules_judged(self, install: Install) -> None:
        install(
            "courts",
            """
            from shequ import hookimpl
            from shequ.rules import Rule, RuleSet, Severity

            def judge(judged, rule):
                yield judged.finding(rule, judged.tree.root, "没有门球场")

            @hookimpl
            def shequ_rule_sets():
                rule = Rule("courts.none", "门球场", "conditions", Severity.ADVICE, "建一个", judge, "courts")
                return [RuleSet("courts", "门球场", "1", (), (rule,))]
            """,
            version="0.9",
        )
        with shequ.open("memory:", "d1", host=PluginHost()) as register:
            (ours,) = (one for one in register.check(at="2026-01-05") if one.rule == "courts.none")
        assert "courts (courts 0.9)" == ours.plugin == ours.as_json()["plugin"]
        assert "courts" == ours.as_json()["rule_set"]

    def test_a_document_names_the_plugin_that_told_it(self, install: Install) -> None:
        install(
            "notes",
            """
            from shequ import hookimpl
            from shequ.reports import Document, Paragraph, Section

            def build(context):
                sections = (Section("一", 1, (Paragraph(("无事。",)),), 1),)
                return Document("便笺", "", sections, context.place, context.period, context.at, context.day)

            @hookimpl
            def shequ_reports():
                return {"note": build}
            """,
            version="0.9",
        )
        with shequ.open("memory:", "d1", host=PluginHost()) as register:
            report = register.report("note", period="2025")
        assert "notes (notes 0.9)" == report.document.plugin
        written = BytesIO()
        report.write("json", written)
        assert "notes (notes 0.9)" == json.loads(written.getvalue())["plugin"]


class TestWhatAPluginGaveFails:
    SOURCE = """
        from shequ import hookimpl

        from shequ.reports import Document

        def fail(*given):
            raise KeyError("no paper")

        def blank(context):
            return Document("空白", "", (), context.place, context.period, context.at, context.day)

        @hookimpl
        def shequ_reports():
            return {"failing": fail, "blank": blank}

        @hookimpl
        def shequ_renderers():
            return {"paper": fail}

        @hookimpl
        def shequ_stores():
            return {"paper": fail}
    """

    @pytest.fixture(autouse=True)
    def installed(self, install: Install) -> None:
        install("paper", self.SOURCE, version="0.1")

    def test_a_report_a_renderer_and_a_store_name_the_plugin_that_failed(self) -> None:
        said = r"plugin paper \(paper 0\.1\): {} raised KeyError: 'no paper'"
        with pytest.raises(PluginFailure, match=said.format("opening paper:")):
            shequ.open("paper:here", host=PluginHost())
        with shequ.open("memory:", "d1", host=PluginHost()) as register:
            with pytest.raises(PluginFailure, match=said.format("report failing")):
                register.report("failing", period="2025")
            with pytest.raises(PluginFailure, match=said.format("renderer paper")):
                register.report("blank", period="2025").write("paper", BytesIO())
