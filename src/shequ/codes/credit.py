"""Unified social credit codes of organisations (GB 32100)."""

__all__ = ["CREDIT_ALPHABET", "credit_check", "credit_code_problem"]

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The characters of a code, each of the value of its place."""


def credit_check(first17: str) -> str:
    """The check character of seventeen: weights 3^i mod 31, check (31 − Σ mod 31) mod 31."""
    total = sum(CREDIT_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(first17))
    return CREDIT_ALPHABET[(31 - total % 31) % 31]


def credit_code_problem(code: str) -> str | None:
    """What is wrong with a code, in Chinese; ``None`` if nothing is.

    Eighteen characters of an alphabet without I, O, S, V and Z, the last of which checks the others.
    """
    if len(code) != 18 or any(char not in CREDIT_ALPHABET for char in code):
        return "统一社会信用代码应为 18 位数字或大写字母（不含 I、O、S、V、Z）"
    expected = credit_check(code[:17])
    if code[17] != expected:
        return f"统一社会信用代码校验码错误：末位是 {code[17]}，应为 {expected}"
    return None
