"""The checks of a compliance report, and the report as HTML and PDF."""
