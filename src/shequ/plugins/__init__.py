"""The plugin host: finds plugins, loads each apart from the others, and asks them.

A host belongs to one register; importing shequ loads no plugin. The library's own come through the same hooks as a
stranger's, which are found through the entry points of installed distributions.
"""

from shequ.plugins.host import BUILT_IN, ENTRY_POINT_GROUP, PluginHost
from shequ.plugins.loaded import LoadedPlugin, State

__all__ = ["BUILT_IN", "ENTRY_POINT_GROUP", "LoadedPlugin", "PluginHost", "State"]
