"""Unified social credit codes of organisations (GB 32100)."""

__all__ = ["credit_code_problem"]

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_code_problem(code: str) -> str | None:
    """What is wrong with a code, in Chinese; ``None`` if nothing is.

    Eighteen characters of an alphabet without I, O, S, V and Z; weights 3^i mod 31, check (31 − Σ mod 31) mod 31.
    """
    if len(code) != 18 or any(char not in _ALPHABET for char in code):
        return "统一社会信用代码应为 18 位数字或大写字母（不含 I、O、S、V、Z）"
    total = sum(_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(code[:17]))
    expected = _ALPHABET[(31 - total % 31) % 31]
    if code[17] != expected:
        return f"统一社会信用代码校验码错误：末位是 {code[17]}，应为 {expected}"
    return None
