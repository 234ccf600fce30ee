"""The processes and the tools that ship. A new one is one more line here."""

from typing import Any

from contracts.agents import CONVERSATION_SUMMARY
from contracts.best_draft import BEST_DRAFT
from contracts.calendar import NEXT_WORKING_TIME, PROPOSE_SLOT
from contracts.compliance.findings import CHECK_TRANSACTIONS
from contracts.compliance.report import PUBLISH_REPORT
from contracts.compliance.sections import CHECK_SECTION
from contracts.compliance_report import COMPLIANCE_REPORT
from contracts.credit import READ_CREDIT
from contracts.crm import LOG_FOLLOW_UP, READ_LEAD
from contracts.customer_onboarding import CUSTOMER_ONBOARDING
from contracts.customers import CREATE_CUSTOMER
from contracts.diagnose import DIAGNOSE_DISK, DIAGNOSE_DNS, DIAGNOSE_HTTP, DIAGNOSE_TCP, DIAGNOSE_TLS
from contracts.files import READ_FILE
from contracts.http import HTTP_GET, HTTP_POST
from contracts.knowledge import READ_SECTIONS, SEARCH_KNOWLEDGE
from contracts.library import SEARCH_LIBRARY
from contracts.logs import PARSE_LOG
from contracts.mail import SEND_EMAIL
from contracts.outputs import OutputContract
from contracts.processes import Process
from contracts.research import RESEARCH
from contracts.sales_follow_up import SALES_FOLLOW_UP
from contracts.screening import READ_RULES, SCREEN_NAME
from contracts.tickets import CLOSE_TICKET, READ_TICKET
from contracts.tools import Tool
from contracts.travel import BOOK_FLIGHT, BOOK_HOTEL, CANCEL_FLIGHT, CANCEL_HOTEL
from contracts.travel_booking import TRAVEL_BOOKING
from contracts.travel_desk import (
    FILE_COMPLAINT,
    FIND_BOOKINGS,
    RANK_TRIPS,
    READ_INVENTORY,
    SEARCH_FLIGHTS,
    SEARCH_HOTELS,
    UNDERSTAND_TRIP,
)
from contracts.troubleshooting import TROUBLESHOOTING

PROCESSES: dict[str, Process] = {
    process.name: process
    for process in (
        SALES_FOLLOW_UP,
        BEST_DRAFT,
        TROUBLESHOOTING,
        RESEARCH,
        CUSTOMER_ONBOARDING,
        TRAVEL_BOOKING,
        COMPLIANCE_REPORT,
    )
}

OUTPUTS: dict[str, OutputContract[Any, Any]] = {
    output.name: output
    for output in (CONVERSATION_SUMMARY, *(one for process in PROCESSES.values() for one in process.outputs))
}

TOOLS: tuple[Tool, ...] = (
    BOOK_FLIGHT,
    BOOK_HOTEL,
    CANCEL_FLIGHT,
    CANCEL_HOTEL,
    CHECK_SECTION,
    CHECK_TRANSACTIONS,
    CLOSE_TICKET,
    CREATE_CUSTOMER,
    DIAGNOSE_DISK,
    DIAGNOSE_DNS,
    DIAGNOSE_HTTP,
    DIAGNOSE_TCP,
    DIAGNOSE_TLS,
    FILE_COMPLAINT,
    FIND_BOOKINGS,
    HTTP_GET,
    HTTP_POST,
    LOG_FOLLOW_UP,
    NEXT_WORKING_TIME,
    PARSE_LOG,
    PROPOSE_SLOT,
    RANK_TRIPS,
    READ_CREDIT,
    PUBLISH_REPORT,
    READ_FILE,
    READ_INVENTORY,
    READ_LEAD,
    READ_RULES,
    READ_SECTIONS,
    READ_TICKET,
    SCREEN_NAME,
    SEARCH_FLIGHTS,
    SEARCH_HOTELS,
    SEARCH_KNOWLEDGE,
    SEARCH_LIBRARY,
    SEND_EMAIL,
    UNDERSTAND_TRIP,
)
"""Each with its policy; a worker does not start with one that is not here."""
