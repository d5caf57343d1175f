"""How a register is opened: the environment is read here."""

import os
import tomllib
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from shequ.errors import BadData, InvalidRules, Misuse, UnknownScheme
from shequ.model import Viewer
from shequ.plugins import PluginHost
from shequ.register.casework import Casework
from shequ.register.holding import declared, read_rule_file
from shequ.register.printing import Printing
from shequ.register.records import Records
from shequ.register.reporting import Reporting
from shequ.rules import RuleSet
from shequ.store import COMMIT_HOOKS, GuardedStore, Store
from shequ.system_faults import cause

__all__ = ["Register", "host_from_environment", "open"]


class Register(Records, Casework, Printing, Reporting):
    """A district's records with everything that can be asked of them; use :func:`open` to get one.

    It is put together from what each module of this package says: :class:`~shequ.register.holding.Holding` has the
    arguments.
    """


def host_from_environment() -> PluginHost:
    """The installed plugins, as the environment asks for them.

    ``SHEQU_PLUGINS`` (only these; none if it is empty), ``SHEQU_PLUGINS_DISABLE`` and ``SHEQU_PLUGINS_PREFER`` name
    plugins or their distributions, with commas between; ``SHEQU_PLUGINS_STRICT=1`` makes a failure an error;
    ``SHEQU_PLUGINS_SETTINGS`` is a TOML file with a table for each plugin that takes settings.

    Raises:
        Misuse: If a name is that of no plugin, or ``SHEQU_PLUGINS_STRICT`` is neither 0 nor 1.
        BadData: If the file of settings cannot be read.
    """
    only = os.environ.get("SHEQU_PLUGINS")
    return PluginHost(
        only=None if only is None else _names(only),
        disable=_names(os.environ.get("SHEQU_PLUGINS_DISABLE", "")),
        prefer=_names(os.environ.get("SHEQU_PLUGINS_PREFER", "")),
        settings=_settings(os.environ.get("SHEQU_PLUGINS_SETTINGS", "")),
        strict=_switch("SHEQU_PLUGINS_STRICT"),
    )


def _names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",") if name.strip()]


def _switch(variable: str) -> bool:
    said = os.environ.get(variable, "").strip()
    if said not in ("", "0", "1"):
        raise Misuse(f"{variable}={said!r} is neither 0 nor 1", remedy=f"set {variable}=1, or leave it out for 0")
    return said == "1"


def _settings(path: str) -> dict[str, dict[str, Any]]:
    if not path:
        return {}
    try:
        settings = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadData(f"无法读取插件设置 {path}：{cause(error)}", remedy="核对路径；文件应为 UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise BadData(f"插件设置 {path} 不符合 TOML 语法（{error}）", remedy="更正该文件") from error
    for name, table in settings.items():
        if not isinstance(table, dict):
            raise BadData(f"插件设置 {path} 中的 {name} 不是一节", remedy=f"写在 [{name}] 一节之下")
    return settings


def open(  # noqa: A001 - shequ.open is the public name
    url: str,
    district: str | None = None,
    *,
    actor: str | None = None,
    host: PluginHost | None = None,
    clock: Callable[[], datetime] | None = None,
    rules: Iterable["str | os.PathLike[str]"] = (),
    viewer: Viewer | None = None,
) -> Register:
    """Open a register over a store.

    Args:
        url: Where records are kept: ``memory:``, ``sqlite:///street.db``, or any scheme a plugin offers.
        district: The district; may be left out when the store holds exactly one, or none yet.
        actor: Who works with it; the login name if none is given.
        host: The plugins; those that are installed if none is given.
        clock: Gives the present moment; the system's if none is given.
        rules: TOML files of further rule sets, the last of which overrides.
        viewer: Whose rights decide what may be read; ``None`` for a program that answers for that itself.

    Raises:
        UnknownScheme: If no plugin offers a store for the URL.
        InvalidRules: If a rule file breaks its form.
    """
    host = host or host_from_environment()
    schema, catalogue = declared(host)
    schemes = host.by_name("shequ_stores")
    scheme = url.partition(":")[0] if ":" in url else ""
    if scheme not in schemes:
        raise UnknownScheme(url, scheme, tuple(sorted(schemes)))
    cycles = [cycle for _, cycle in host.collect("shequ_lifecycles")]
    sets: dict[str, RuleSet] = {}
    for file in rules:
        found = read_rule_file(file, cycles, catalogue)
        if found.name in sets:
            raise InvalidRules(
                found.source,
                None,
                f"规则集名称 {found.name!r} 与 {sets[found.name].source} 重复",
                remedy="给其中一个另起 name，或只给一个文件",
            )
        sets[found.name] = found
    plugin, factory = schemes[scheme]
    store: Store = plugin.run(f"opening {scheme}:", factory, url, schema)
    if host.has_say(*COMMIT_HOOKS):
        store = GuardedStore(store, host)
    return Register(
        store,
        host=host,
        schema=schema,
        district=district,
        actor=actor or _login(),
        clock=clock,
        rules=sets.values(),
        viewer=viewer,
    )


def _login() -> str:
    for name in ("SHEQU_ACTOR", "LOGNAME", "USER", "USERNAME"):
        if os.environ.get(name):
            return os.environ[name]
    return "unknown"
