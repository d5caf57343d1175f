"""A lifecycle as a diagram, drawn from its table."""

from shequ.lifecycle.machine import Lifecycle

__all__ = ["diagram"]


def diagram(lifecycle: Lifecycle) -> str:
    """The table as a Mermaid state diagram: states and events with their Chinese labels."""
    lines = ["stateDiagram-v2"]
    lines += [f"    {state.name} : {state.label}" for state in lifecycle.states]
    lines.append(f"    [*] --> {lifecycle.initial.name}")
    for transition in lifecycle.transitions:
        for source in transition.sources:
            lines.append(f"    {source.name} --> {transition.target.name} : {transition.label} ({transition.event})")
    lines += [f"    {state.name} --> [*]" for state, row in lifecycle.table.items() if not row]
    return "\n".join(lines)
