"""Approvers, and their keys, for tests."""

ANN = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
BOB = "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="
"""Public keys, of tests 1 and 2 of RFC 8032, 7.1."""

WHOLE = f"""
[approvers.ann]
roles = ["sales-lead"]
email = "ann@example.com"
[[approvers.ann.keys]]
id = "ann-2025"
public = "{BOB}"
revoked = 2026-12-01T09:00:00Z
[[approvers.ann.keys]]
id = "ann-2026"
public = "{ANN}"
[approvers.bob]
roles = ["preparer", "sales-lead"]
[approvers."Carol O'Neil"]

[gates.sales-follow-up.review-email]
stages = [{{ who = ["role:preparer"] }}, {{ who = ["role:sales-lead", "Carol O'Neil"], needed = 2 }}]
separate = true
deadline = "48h"
remind_every = 90
escalations = [{{ after = "36h", to = ["role:head"] }}]
silence = "no"
signed = true
bound = true

[notices]
inbox = "https://signoff.example.com/"
from = "Signoff <s@example.com>"
webhook = "https://chat.example.com/hook-token"
"""
"""A file that uses all that there is."""
