// What pages do beyond htmx. Without it they work, too: forms are sent, links lead on.
"use strict";

// A filter takes effect when it is chosen.
for (const form of document.querySelectorAll("form[data-auto]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// One press of a button is one decision.
for (const form of document.querySelectorAll("form.decide")) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => { sent = false; });
}

// A text of one line is shown whole, in as many lines as that takes, and gets no line break of its own.
for (const line of document.querySelectorAll("textarea.line")) {
  line.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
}

// j and k go through the list.
addEventListener("keydown", (event) => {
  const step = { j: 1, k: -1 }[event.key];
  const typing = event.target.closest("input, textarea, select");
  if (!step || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = [...document.querySelectorAll("a.open")];
  const next = rows.indexOf(document.activeElement) + step;
  const row = rows[Math.min(Math.max(next, 0), rows.length - 1)];
  if (row) {
    row.focus();
    event.preventDefault();
  }
});

// The number is said when it changes, not at each look.
const count = document.getElementById("count");
function tell() {
  const total = document.getElementById("rows")?.dataset.total;
  if (count && total && count.textContent !== total) count.textContent = total;
}

// Times are UTC, as in the record; pointed at, they are this place's.
function localise() {
  for (const time of document.querySelectorAll("time[datetime]:not([title])")) {
    time.title = new Date(time.dateTime).toLocaleString();
  }
}

const away = document.getElementById("away");
function isAway(text) {
  away.textContent = text;
  away.hidden = text === "";
}

document.addEventListener("htmx:afterSettle", () => { tell(); localise(); });
document.addEventListener("htmx:sendError", () => isAway("The inbox does not answer. What is shown here may be old."));
document.addEventListener("htmx:responseError", (event) => {
  const gone = event.detail.xhr.status === 401;
  isAway(gone ? "You are signed out. Copy what you typed, then open a new link." : "What is shown here may be old: it could not be read anew.");
});
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) isAway(""); });
localise();
