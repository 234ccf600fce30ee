"""A document as PDF/A (ISO 19005-2, level U). The same document, the same bytes, on every machine."""

import importlib
import logging
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import assert_never

from fpdf import FPDF, FontFace
from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import TTFFont

from activities.compliance.document import Block, Document, Fields, Grid, Heading, Words

_FONTS = {"sans": {"": "notos", "B": "notosbo"}, "others": {"": "figo", "B": "figbo"}}
"""Noto Sans has Latin, Greek and Cyrillic letters; FiraGO adds Arabic, Devanagari, Georgian, Hebrew and Thai ones."""
_FONT_FILES = importlib.import_module("pymupdf_fonts")  # it has no types
_BLUE, _GREY, _LINE, _PALE = (31, 78, 121), (90, 98, 106), (200, 206, 214), (233, 239, 245)

# It warns of tables for hinting that it leaves away.
logging.getLogger("fontTools.subset").setLevel(logging.ERROR)


class _Pages(FPDF):
    """Pages with the document's name above and their number below."""

    def __init__(self, document: Document, folder: Path) -> None:
        super().__init__(enforce_compliance="PDF/A-2U")
        self._document = document
        self._add_fonts("sans", folder)
        # Half of a second's work, which most reports do without.
        if not {ord(letter) for letter in f"{document.name}{document.blocks}"} <= self._drawable:
            self._add_fonts("others", folder)
            self.set_fallback_fonts(["others"], exact_match=False)
        self.set_text_shaping(True)
        self.set_title(document.title)
        self.set_subject(document.name)
        self.set_keywords(document.digest)
        self.set_lang("en")
        self.set_creator("Signoff")
        self.set_creation_date(document.at)
        # Its own would say when the file is written, and the same report would be other bytes each time.
        self.set_xmp_metadata(_metadata(document))
        self.set_margins(18, 18)
        self.set_auto_page_break(True, 20)

    def _add_fonts(self, family: str, folder: Path) -> None:
        for style, name in _FONTS[family].items():
            file = folder / f"{name}.ttf"
            file.write_bytes(_FONT_FILES.myfont(name))
            self.add_font(family, style, file)
        self._drawable = self._of("") & self._of("B")

    def _of(self, style: str) -> set[int]:
        """What fonts of a style can draw."""
        fonts = (self.fonts[name] for family in _FONTS if (name := f"{family}{style}") in self.fonts)
        return {letter for font in fonts if isinstance(font, TTFFont) for letter in font.cmap}

    def header(self) -> None:
        """On all pages but the first."""
        if self.page_no() > 1:
            self._small(self._document.name, 10)

    def footer(self) -> None:
        """Page, and the digest's beginning, so that pages of two reports are not mixed up."""
        self._small(f"Digest {self._document.digest[:16]}, page {self.page_no()} of {{nb}}", -12)

    def readable(self, text: str) -> str:
        """The text, with what no font can draw as its code point: `[U+682A]`. Nothing is left away."""
        return "".join(letter if ord(letter) in self._drawable else f"[U+{ord(letter):04X}]" for letter in text)

    def _small(self, text: str, y: float) -> None:
        self.set_y(y)
        self.set_font("sans", "", 8)
        self.set_text_color(*_GREY)
        self.cell(0, 5, self.readable(text), align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_text_color(0)
        if y > 0:
            self.ln(4)


def as_pdf(document: Document) -> bytes:
    """All pages. The fonts are read from files, so they are laid into a folder for as long as it takes."""
    with TemporaryDirectory() as folder:
        return _drawn(_Pages(document, Path(folder)), document)


def _drawn(pages: _Pages, document: Document) -> bytes:
    pages.add_page()
    pages.set_font("sans", "B", 22)
    pages.set_text_color(*_BLUE)
    pages.ln(24)
    pages.multi_cell(0, 11, pages.readable(document.title), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pages.set_text_color(0)
    pages.set_font("sans", "", 11)
    pages.multi_cell(0, 7, pages.readable(document.name), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pages.ln(8)
    for block in document.blocks:
        _draw(pages, block)
    return bytes(pages.output())


def _draw(pages: _Pages, block: Block) -> None:
    match block:
        case Heading(text=text, is_part=is_part):
            if is_part or pages.will_page_break(40):
                pages.add_page()
            pages.ln(3)
            pages.set_font("sans", "B", 14 if is_part else 11)
            pages.set_text_color(*_BLUE)
            pages.start_section(pages.readable(text), 0)
            pages.multi_cell(0, 7, pages.readable(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            pages.set_text_color(0)
        case Words(text=text):
            pages.set_font("sans", "", 10)
            pages.multi_cell(0, 5.2, pages.readable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            pages.ln(2)
        case Fields(rows=rows):
            _table(pages, (), rows, (30, 70))
        case Grid(head=head, rows=rows, widths=widths):
            _table(pages, head, rows, widths)
        case _:
            assert_never(block)


def _table(pages: _Pages, head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], widths: tuple[int, ...]) -> None:
    pages.set_font("sans", "", 8.5 if head else 9.5)
    pages.set_draw_color(*_LINE)
    pages.set_line_width(0.2)
    style = FontFace(emphasis="BOLD", fill_color=_PALE)
    with pages.table(
        col_widths=widths,
        first_row_as_headings=bool(head),
        headings_style=style,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        line_height=4.6,
        padding=1,
        text_align="LEFT",
    ) as table:
        for cells in ([head] if head else []) + list(rows):
            row = table.row()
            for cell in cells:
                row.cell(pages.readable(cell))
    pages.ln(3)


def _metadata(document: Document) -> str:
    """The XMP packet (ISO 16684-1) that PDF/A asks for."""
    at = f"{document.at:%Y-%m-%dT%H:%M:%S}+00:00"
    return f"""<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<rdf:Description rdf:about="" xmp:CreatorTool="Signoff" xmp:CreateDate="{at}" xmp:ModifyDate="{at}"
 xmp:MetadataDate="{at}" pdf:Keywords="{escape(document.digest)}">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(document.title)}</rdf:li></rdf:Alt></dc:title>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{escape(document.name)}</rdf:li></rdf:Alt></dc:description>
</rdf:Description></rdf:RDF></x:xmpmeta>"""
