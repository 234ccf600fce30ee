-- The tables as the first version made them, in SQLite's words. Never edited.
CREATE TABLE effects (
    key TEXT NOT NULL,
    tool TEXT NOT NULL,
    digest TEXT NOT NULL,
    state TEXT NOT NULL,
    fence INTEGER NOT NULL,
    claimed_by TEXT NOT NULL,
    claimed_at DATETIME NOT NULL,
    over_at DATETIME NOT NULL,
    presumed JSON NOT NULL,
    receipt JSON,
    done_at DATETIME,
    settled_by TEXT,
    PRIMARY KEY (key)
);
CREATE TABLE leads (
    lead_id TEXT NOT NULL,
    name TEXT NOT NULL,
    salutation TEXT NOT NULL,
    email TEXT NOT NULL,
    company TEXT NOT NULL,
    timezone TEXT NOT NULL,
    interest TEXT NOT NULL,
    notes TEXT NOT NULL,
    owner JSON NOT NULL,
    PRIMARY KEY (lead_id)
);
CREATE TABLE meetings (
    key TEXT NOT NULL,
    owner_email TEXT NOT NULL,
    starts DATETIME NOT NULL,
    ends DATETIME NOT NULL,
    weekly BOOLEAN NOT NULL,
    PRIMARY KEY (key)
);
CREATE INDEX ix_meetings_owner_email ON meetings (owner_email);
CREATE TABLE spending (
    key TEXT NOT NULL,
    process TEXT NOT NULL,
    tenant TEXT,
    nano_usd BIGINT NOT NULL,
    entered_at DATETIME NOT NULL,
    billed_by DATETIME NOT NULL,
    settled BOOLEAN NOT NULL,
    PRIMARY KEY (key)
);
CREATE INDEX spending_of_fleet ON spending (billed_by, nano_usd);
CREATE INDEX spending_of_process ON spending (process, billed_by, nano_usd);
CREATE INDEX spending_of_tenant ON spending (tenant, billed_by, nano_usd);
CREATE INDEX spending_under_way ON spending (entered_at) WHERE settled = 0;
CREATE TABLE follow_ups (
    key TEXT NOT NULL,
    lead_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    logged_at DATETIME NOT NULL,
    PRIMARY KEY (key),
    FOREIGN KEY(lead_id) REFERENCES leads (lead_id)
);
CREATE INDEX ix_follow_ups_lead_id ON follow_ups (lead_id);
