"""Chinese labels of what a text field names by its code: a record type, a step, a state.

Which fields do is declared with them (``names``). What a step and a state are called depends on the lifecycle of the
record that it is about.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from shequ.lifecycle.machine import Lifecycle
from shequ.model import EVERY_TYPE, FieldSpec, Naming, Schema

__all__ = ["Labels"]

_OF = "subject_type"
"""The field that says of which type the step or state is."""


class Labels:
    """Labels of types, steps and states.

    Args:
        schema: The record types.
        lifecycles: Their lifecycles.
    """

    def __init__(self, schema: Schema, lifecycles: Iterable[Lifecycle]) -> None:
        self._types = {declared.name: declared.label for declared in schema} | {EVERY_TYPE: "全部类型"}
        self._lifecycles = {lifecycle.name: lifecycle for lifecycle in lifecycles}

    def told(self, spec: FieldSpec, values: Mapping[str, Any]) -> str | None:
        """What a field names, in Chinese; ``None`` if it names nothing, or nothing that is known.

        Args:
            spec: The field.
            values: The record's values by field.
        """
        code = values.get(spec.name)
        if spec.names is None or not isinstance(code, str):
            return None
        if spec.names is Naming.TYPE:
            return self._types.get(code)
        lifecycle = self._lifecycles.get(str(values.get(_OF)))
        if lifecycle is None:
            return None
        if spec.names is Naming.EVENT:
            return lifecycle.labels.get(code)
        return next((state.label for state in lifecycle.states if str(state) == code), None)
