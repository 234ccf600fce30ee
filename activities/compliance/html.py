"""A document as one HTML page without scripts, pictures or links to elsewhere. The same document, the same bytes."""

from html import escape
from typing import assert_never

from activities.compliance.document import Block, Document, Fields, Grid, Heading, Words

_STYLE = """
body { font: 11pt/1.45 "Noto Sans", system-ui, sans-serif; color: #1b1f24; max-width: 56rem; margin: 2rem auto }
h1 { font-size: 1.7rem; margin-bottom: 0.2rem } h2 { font-size: 1.2rem; margin: 2rem 0 0.5rem }
h2.part { border-top: 2px solid #1f4e79; padding-top: 1rem }
table { border-collapse: collapse; width: 100%; margin: 0.7rem 0; font-size: 0.88rem }
th, td { border: 1px solid #c8ced6; padding: 0.25rem 0.5rem; text-align: left; vertical-align: top }
td { overflow-wrap: anywhere } thead th { background: #e9eff5 } tr { break-inside: avoid }
@media print { body { max-width: none; margin: 0 } h2.part { break-before: page } }
"""


def as_html(document: Document) -> bytes:
    """UTF-8, with the digest that was signed in its head."""
    body = "\n".join(_block(block) for block in document.blocks)
    title = escape(document.title)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="signoff-digest" content="{escape(document.digest)}">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{title}</h1>
<p>{escape(document.name)}</p>
{body}
</body>
</html>
""".encode()


def _block(block: Block) -> str:
    match block:
        case Heading(text=text, is_part=is_part):
            kind = ' class="part"' if is_part else ""
            return f"<h2{kind}>{escape(text)}</h2>"
        case Words(text=text):
            return f"<p>{escape(text)}</p>"
        case Fields(rows=rows):
            lines = (f'<tr><th scope="row">{escape(label)}</th><td>{escape(value)}</td></tr>' for label, value in rows)
            return f"<table>{''.join(lines)}</table>"
        case Grid(head=head, rows=rows):
            titles = "".join(f'<th scope="col">{escape(title)}</th>' for title in head)
            lines = (f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
            return f"<table><thead><tr>{titles}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
        case _:
            assert_never(block)
