"""How a register is opened: the environment is read here."""

import os
from collections.abc import Callable, Iterable
from datetime import datetime

from shequ.errors import InvalidRules, UnknownScheme
from shequ.model import RECORD_TYPES, Schema, Viewer
from shequ.plugins import PluginHost
from shequ.register.casework import Casework
from shequ.register.holding import catalogue_of, read_rule_file
from shequ.register.printing import Printing
from shequ.register.records import Records
from shequ.register.reporting import Reporting
from shequ.rules import RuleSet
from shequ.store import Store

__all__ = ["Register", "host_from_environment", "open"]


class Register(Records, Casework, Printing, Reporting):
    """A district's records with everything that can be asked of them; use :func:`open` to get one.

    It is put together from what each module of this package says: :class:`~shequ.register.holding.Holding` has the
    arguments.
    """


def host_from_environment() -> PluginHost:
    """The installed plugins, as ``SHEQU_PLUGINS_DISABLE`` and ``SHEQU_PLUGINS_STRICT`` ask for them."""
    named = [name for name in os.environ.get("SHEQU_PLUGINS_DISABLE", "").split(",") if name]
    return PluginHost(disable=named, strict=os.environ.get("SHEQU_PLUGINS_STRICT", "") == "1")


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
    schemes = host.by_name("shequ_stores", "store scheme")
    scheme = url.partition(":")[0] if ":" in url else ""
    if scheme not in schemes:
        raise UnknownScheme(url, scheme, tuple(sorted(schemes)))
    cycles = [cycle for _, cycle in host.collect("shequ_lifecycles")]
    sets: dict[str, RuleSet] = {}
    for file in rules:
        found = read_rule_file(file, cycles, catalogue_of(host))
        if found.name in sets:
            raise InvalidRules(
                found.source,
                None,
                f"规则集名称 {found.name!r} 与 {sets[found.name].source} 重复",
                remedy="给其中一个另起 name，或只给一个文件",
            )
        sets[found.name] = found
    schema = Schema(
        [*RECORD_TYPES, *(cls for _, cls in host.collect("shequ_record_types"))],
        [step for _, step in host.collect("shequ_migrations")],
    )
    _, factory = schemes[scheme]
    store: Store = factory(url, schema)
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
