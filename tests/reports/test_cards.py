"""The cards that people hold in their hands: which are printed, what stands on them, how they lie on the sheet."""

import re
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import attrs
import pytest
import segno
from card_world import (
    CLERK,
    NAME,
    NUMBER,
    PHONE,
    READER,
    badge,
    contact,
    context_for,
    district,
    record,
    registration,
    sheets_of,
    slip,
)
from hypothesis import given
from hypothesis import strategies as st

from shequ.calendars import Period
from shequ.errors import BackendError, BadData, Misuse, UnknownFormat
from shequ.model import AppointmentState, ContactState, ServiceRecordState
from shequ.reports import CardPrint, CardSheets, deal
from shequ.reports.cards.html import write_html
from shequ.reports.cards.kinds import KINDS
from shequ.reports.cards.layout import A4, Form, Grid, Layout, Line, Words, type_size
from shequ.reports.cards.word import write_docx

WORLDS = {
    "appointment": badge(),
    "registration": [registration()],
    "record": [record(1)],
    "contact": [contact()],
    "slip": slip(),
}


def text_of(sheets: CardSheets) -> str:
    """Everything that stands on the cards."""
    told = []
    for card in sheets.cards:
        for face in card.faces:
            told += [face.over, face.title]
            for part in (*face.beside, *face.below):
                match part:
                    case Line(label, text):
                        told += [label, text]
                    case Words(text):
                        told.append(text)
                    case Form(rows):
                        told += [text for row in rows for pair in row for text in pair]
                    case Grid(_, rows):
                        told += [cell for row in rows for cell in row]
    return "\n".join(told)


def docx_text(content: bytes) -> str:
    with zipfile.ZipFile(BytesIO(content)) as package:
        body = package.read("word/document.xml").decode()
    return re.sub("<[^>]+>", "", body)


class TestWhichArePrinted:
    @pytest.mark.parametrize("kind", KINDS)
    def test_each_kind_has_its_card(self, kind: str) -> None:
        sheets = sheets_of(kind, district(*WORLDS[kind]))
        assert [1] == [card.running for card in sheets.cards]
        assert f"演示街道2025年上半年{KINDS[kind].label}" == sheets.title

    @pytest.mark.parametrize(
        ("state", "basis", "printed"),
        [
            (ContactState.COMPILED, None, 0),
            (ContactState.SIGNED, None, 0),
            (ContactState.SEEN, "consent", 0),
            (ContactState.WITHHELD, "consent", 0),
            (ContactState.SIGNED, "consent", 1),
            (ContactState.SENT, "duty", 1),
        ],
    )
    def test_a_letter_is_printed_only_with_a_basis_and_a_signature(
        self, state: ContactState, basis: str | None, printed: int
    ) -> None:
        sheets = sheets_of("contact", district(contact(state=state, basis=basis)))
        assert (printed, 1 - printed) == (len(sheets.cards), sum(count for _, count in sheets.left_out))

    def test_a_letter_of_another_half_year_is_not_of_this_one(self) -> None:
        sheets = sheets_of("contact", district(contact()), period=Period.parse("2025H2"))
        assert ((), ()) == (sheets.cards, sheets.left_out)

    @pytest.mark.parametrize(
        ("state", "days", "printed"),
        [
            (AppointmentState.ON_DUTY, {}, 1),
            (AppointmentState.OFFERED, {}, 0),
            (AppointmentState.ENDED, {}, 0),
            (AppointmentState.ON_DUTY, {"since": date(2025, 7, 1)}, 0),
            (AppointmentState.ON_DUTY, {"since": date(2024, 2, 1), "until": date(2025, 6, 30)}, 0),
            (AppointmentState.ON_DUTY, {"since": date(2024, 2, 1), "until": date(2025, 7, 1)}, 1),
        ],
    )
    def test_a_badge_is_of_somebody_appointed_on_the_last_day(
        self, state: AppointmentState, days: dict[str, date], printed: int
    ) -> None:
        assert printed == len(sheets_of("appointment", district(*badge(state=state, **days))).cards)

    def test_a_booklet_holds_what_was_confirmed_in_the_period(self) -> None:
        records = [
            record(1),
            record(2, state=ServiceRecordState.LOGGED),
            record(3, date(2025, 7, 1)),
            record(4, state=ServiceRecordState.CONFIRMED),
            record(5, corrects="s4"),
        ]
        said = text_of(sheets_of("record", district(*records)))
        assert ["清洁家园1", "清洁家园5"] == re.findall("清洁家园.", said)
        assert "本期共服务 2 次、3 小时，服务 24 人次" in said

    def test_a_booklet_goes_on_on_further_pages(self) -> None:
        sheets = sheets_of("record", district(*(record(n, date(2025, 1, n)) for n in range(1, 21))))
        assert ["m1"] * 3 == [card.number for card in sheets.cards]
        assert "第 3 页，共 3 页" in text_of(sheets)

    def test_wanted_numbers_keep_their_running_number(self) -> None:
        context = context_for(district(*badge("A-1"), *badge("A-2")[1:]))
        sheets = deal("appointment", KINDS["appointment"], context, day=date(2026, 1, 5), numbers=["A-2"])
        assert [("A-2", 2)] == [(card.number, card.running) for card in sheets.cards]

    def test_a_number_that_no_card_has_is_named(self) -> None:
        with pytest.raises(BadData, match="没有编号 X-9"):
            deal("contact", KINDS["contact"], context_for(district()), day=date(2026, 1, 5), numbers=["X-9"])

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_district_without_records_gives_no_card_and_a_page_that_says_so(self, kind: str) -> None:
        sheets = sheets_of(kind, district())
        assert () == sheets.cards
        assert f"没有可以打印的{KINDS[kind].label}" in write_html(sheets)
        assert f"没有可以打印的{KINDS[kind].label}" in docx_text(write_docx(sheets))


class TestWhatStandsOnThem:
    def test_the_letter_counts_those_served_and_goes_to_the_employers_branch(self) -> None:
        said = text_of(sheets_of("contact", district(contact())))
        for text in (
            "中共供电公司党支部：",
            f"党员{NAME}同志",
            "3 次",
            "3.5 小时",
            "35 人次",
            "本人单独同意",
            "联系卡回执",
        ):
            assert text in said

    @pytest.mark.parametrize(("services", "size", "whole"), [(2, 14, True), (14, 11, True), (120, 10, False)])
    def test_a_long_list_makes_the_letter_smaller_and_then_ends_early(
        self, services: int, size: float, whole: bool
    ) -> None:
        activities = tuple(f"2025年{n}月望溪社区志愿便民服务" for n in range(services))
        card = attrs.evolve(cast("Any", contact()), activities=activities)
        (made,) = sheets_of("contact", district(card)).cards
        (letter, _) = made.faces
        (told,) = [part.text for part in letter.below if isinstance(part, Words) and part.text.startswith("服务内容")]
        assert size == letter.size
        assert whole is (activities[-1] in told)
        assert whole or f"等共 {services} 项" in told

    def test_the_slip_names_who_answers_for_the_household(self) -> None:
        said = text_of(sheets_of("slip", district(*slip())))
        for text in ("0012", "幸福里 3 号楼 402", "包片干部", "陈干部", "0574-1234567"):
            assert text in said

    def test_who_may_not_see_names_gets_them_masked(self) -> None:
        records = district(*(one for world in WORLDS.values() for one in world))
        for kind in KINDS:
            said = text_of(sheets_of(kind, records, READER))
            assert NAME not in said
            assert PHONE not in said
            assert "幸福里 3 号楼 402" not in said
            assert kind == "slip" or "张**" in said
        assert "138****1234" in text_of(sheets_of("registration", records, READER))
        assert PHONE in text_of(sheets_of("registration", records, CLERK))

    def test_no_card_shows_an_identity_number(self) -> None:
        records = district(*(one for world in WORLDS.values() for one in world))
        assert all(NUMBER not in text_of(sheets_of(kind, records)) for kind in KINDS)

    def test_what_was_shown_unmasked_is_known_for_the_log(self) -> None:
        for viewer, seen in ((CLERK, ("居民的姓名",)), (READER, ())):
            context = context_for(district(*badge()), viewer)
            deal("appointment", KINDS["appointment"], context, day=date(2026, 1, 5))
            assert seen == context.seen

    @pytest.mark.parametrize("kind", KINDS)
    def test_each_card_names_the_record_that_it_is_of(self, kind: str) -> None:
        records = district(*WORLDS[kind])
        sheets = sheets_of(kind, records)
        of_kind = {record.id for record in records if record.__record__.name == KINDS[kind].subject}
        assert 1 == len(sheets.records)
        assert set(sheets.records) <= of_kind

    def test_pages_of_one_booklet_are_of_one_record(self) -> None:
        sheets = sheets_of("record", district(*(record(number) for number in range(1, 40))))
        assert (True, ("m1",)) == (len(sheets.cards) > 1, sheets.records)

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_code_carries_the_number_and_nothing_else(self, kind: str) -> None:
        sheets = sheets_of(kind, district(*WORLDS[kind]))
        (card,) = sheets.cards
        path = re.search(r' d="[^"]+"', segno.make_qr(card.number, error="m").svg_inline(border=2, omitsize=True))
        assert path is not None
        assert len(card.faces) == write_html(sheets).count(path[0])

    @pytest.mark.parametrize("name", ["阿" * 40, "𠮷田㛃", "买买提·吐尔逊<b>&", 'O\'Neill "x"'])
    def test_long_names_and_rare_characters_are_printed_whole(self, name: str) -> None:
        sheets = sheets_of("appointment", district(*badge(), name=name))
        page = write_html(sheets)
        assert "<b>&" not in page
        assert name in page.replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"').replace(
            "&#39;", "'"
        ).replace("&amp;", "&")
        assert name in docx_text(write_docx(sheets)).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")

    def test_characters_that_xml_cannot_hold_do_not_stop_the_printing(self) -> None:
        assert "张明" in docx_text(write_docx(sheets_of("appointment", district(*badge(), name="张\x0b明"))))

    @given(st.text(min_size=1, max_size=60), st.floats(10, 80), st.integers(1, 3))
    def test_the_type_is_never_larger_than_asked_nor_smaller_than_can_be_read(
        self, text: str, width: float, lines: int
    ) -> None:
        assert 6.5 <= type_size(text, width, 12, lines=lines) <= 12


class TestOnTheSheet:
    @pytest.mark.parametrize("kind", KINDS)
    def test_the_cards_of_a_kind_fit_on_a_sheet(self, kind: str) -> None:
        layout = KINDS[kind].layout
        assert layout.left + layout.columns * layout.width <= A4[0]
        assert layout.top + layout.rows * layout.height <= A4[1]
        (card,) = sheets_of(kind, district(*WORLDS[kind])).cards
        assert layout.height == pytest.approx(sum(face.height for face in card.faces))

    def test_cards_that_do_not_fit_are_refused(self) -> None:
        with pytest.raises(Misuse, match="do not fit"):
            Layout(100, 50, 2, 6)

    @pytest.mark.parametrize(("cards", "pages"), [(1, 1), (10, 1), (11, 2), (25, 3)])
    def test_each_sheet_is_a_page_of_its_own(self, cards: int, pages: int) -> None:
        worlds = [one for n in range(cards) for one in badge(f"N-{n:02d}")]
        sheets = sheets_of("appointment", district(*{one.id: one for one in worlds}.values()))
        assert pages == len(sheets.sheets)
        assert pages == write_html(sheets).count('<section class="sheet">')
        with zipfile.ZipFile(BytesIO(write_docx(sheets))) as package:
            body = package.read("word/document.xml").decode()
            codes = [name for name in package.namelist() if name.startswith("word/media/code")]
        assert pages - 1 == body.count('w:type="page"')
        assert cards == len(codes)

    def test_a_sheet_is_cut_between_letter_and_receipt(self) -> None:
        layout, (card,) = KINDS["contact"].layout, sheets_of("contact", district(contact())).cards
        across, down = layout.cuts(card.faces)
        assert (2, 3) == (len(across), len(down))
        assert down[1] == layout.top + card.faces[0].height

    def test_the_page_loads_nothing_from_elsewhere(self) -> None:
        page = write_html(sheets_of("contact", district(contact())))
        assert [] == re.findall(r'(?:src|href)="|url\(|@import', page)

    def test_printing_again_gives_the_same_page(self) -> None:
        one, two = (write_html(sheets_of("contact", district(contact()))) for _ in range(2))
        assert one == two


class TestSaving:
    PRINT = CardPrint(sheets_of("contact", district(contact())), {"html": write_html})

    def test_a_folder_is_made(self, tmp_path: Path) -> None:
        (path,) = self.PRINT.save(tmp_path / "new" / "cards")
        assert (tmp_path / "new" / "cards" / "contact.html", True) == (path, path.stat().st_size > 1000)

    def test_an_unknown_format_writes_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(UnknownFormat, match="可用的格式：html"):
            self.PRINT.save(tmp_path / "cards", "html", "pdf")
        assert not (tmp_path / "cards").exists()

    def test_a_folder_that_cannot_be_made_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x")
        with pytest.raises(BackendError, match="无法建立文件夹"):
            self.PRINT.save(tmp_path / "file" / "cards")
