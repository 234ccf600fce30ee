"""The processes that chaos plays. A new process is one more file and one more line here."""

from tests.chaos.played import Played
from tests.chaos.processes.best_draft import PLAYED as BEST_DRAFT
from tests.chaos.processes.compliance_report import PLAYED as COMPLIANCE_REPORT
from tests.chaos.processes.customer_onboarding import PLAYED as CUSTOMER_ONBOARDING
from tests.chaos.processes.journey import PLAYED as JOURNEY
from tests.chaos.processes.notice import PLAYED as NOTICE
from tests.chaos.processes.research import PLAYED as RESEARCH
from tests.chaos.processes.sales_follow_up import PLAYED as SALES_FOLLOW_UP
from tests.chaos.processes.travel_booking import PLAYED as TRAVEL_BOOKING
from tests.chaos.processes.troubleshooting import PLAYED as TROUBLESHOOTING

PLAYED: dict[str, Played] = {
    played.process.name: played
    for played in (
        SALES_FOLLOW_UP,
        BEST_DRAFT,
        CUSTOMER_ONBOARDING,
        COMPLIANCE_REPORT,
        RESEARCH,
        TRAVEL_BOOKING,
        TROUBLESHOOTING,
        JOURNEY,
        NOTICE,
    )
}
"""Those of the catalogue, a saga, and one that may be approved in advance."""
