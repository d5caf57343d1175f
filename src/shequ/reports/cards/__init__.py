"""The cards that people hold in their hands: dealt from records, laid out on sheets, printed as pages or Word files."""

from shequ.reports.cards.dealing import CardContext, CardKind, CardSheets, CardWriter, Dealt
from shequ.reports.cards.layout import Blank, Card, Face, Form, Grid, Layout, Line, Part, Words
from shequ.reports.cards.printing import CardPrint, deal

__all__ = [
    "Blank",
    "Card",
    "CardContext",
    "CardKind",
    "CardPrint",
    "CardSheets",
    "CardWriter",
    "Dealt",
    "Face",
    "Form",
    "Grid",
    "Layout",
    "Line",
    "Part",
    "Words",
    "deal",
]
