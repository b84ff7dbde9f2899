// Cases: what waits for review, writing one, and those that count.

import { api } from "./api.js";
import { count, empty, failure, find, h, lastOffset, notice, pager, percent, say, when } from "./dom.js";
import "./frame.js";
import { follow, startJob } from "./jobs.js";

const LIMIT = 20;
const FIELDS = ["id", "prompt", "messages", "kind", "answerable", "answers", "sources", "checks", "group"]; // others stay in the file
const THUMB = { up: ["good", "thumb up"], down: ["bad", "thumb down"], none: ["part", "proposed"] };
let offset = 0;
let documents = [];

find("#write").replaceChildren(h("details", { class: "card" }, h("summary", {}, "A new case"), form({}, "Add the case", async (row, place) => {
  const kept = await api.writeCase(row);
  place.reset();
  say(`Case ${kept.id} was added.`);
  await list();
})));
list();
review();
follow(find("#job"), "propose", { done: proposed });
offerDocuments();

async function offerDocuments() {
  const found = await api.library({ limit: 1000 }).catch(() => ({ documents: [] }));
  documents = found.documents.filter((one) => one.passages).map((one) => one.document);
  document.body.append(h("datalist", { id: "documents" }, documents.map((name) => h("option", { value: name }))));
}

// review

async function review() {
  const place = find("#proposals");
  try {
    const found = (await api.thumbs()).filter((row) => row.state === "new");
    place.replaceChildren(found.length ? h("div", {}, h("p", { class: "soft" }, `${count(found.length, "proposal")}. Nothing counts before you accept it.`), found.map(proposal), more()) : nothing());
  } catch (error) {
    place.replaceChildren(failure(error));
  }
}

const nothing = () => empty("Nothing waits for review", h("p", {}, "Thumbs under an answer on ", h("a", { href: "/" }, "Ask"), " come here, with their reasons. Or let the model write questions for your documents: those that find their passage again, and whose answer it bears out, come here too."), more());

const more = () => h("p", {}, h("button", { type: "button", onclick: () => startJob(find("#job"), "propose", { count: 10 }, { done: proposed }) }, "Propose ten from the documents"));

function proposed(job, place) {
  if (job.state !== "done") return;
  const gone = Object.entries(job.result.dropped).map(([why, number]) => `${number} ${why}`).join(", ");
  place.replaceChildren(notice(`${count(job.result.proposed, "case")} proposed.`, "good", gone ? `Of ${job.result.passages} passages dropped: ${gone}.` : ""));
  review();
}

function proposal(row) {
  const said = h("div", { class: "seen" }, h("p", { class: "soft" }, `${row.approach} said:`), h("p", { class: "text", dir: "auto" }, row.answer || "nothing"),
    row.sources?.length ? h("p", { class: "soft" }, `from ${row.sources.join(", ")}`) : null);
  const settle = async (state, given) => {
    await api.settle(row.id, state, given);
    say(state === "accepted" ? "Accepted: it counts from now on." : "Dismissed.");
    await Promise.all([review(), list()]);
  };
  const dismiss = h("button", { type: "button", onclick: () => settle("dismissed").catch((error) => dismiss.after(failure(error))) }, "Dismiss");
  const draft = row.case ?? { prompt: row.question, sources: row.sources };
  return h("article", { class: "card", "aria-label": row.question }, h("p", { class: "prompt", dir: "auto" }, row.question),
    h("p", {}, h("span", { class: `tag ${THUMB[row.thumb][0]}` }, THUMB[row.thumb][1]), " ", h("span", { class: "soft" }, [row.reason, when(row.at)].filter(Boolean).join(". "))),
    said, form(draft, "Accept as a case", (given) => settle("accepted", given), dismiss));
}

// the form of a case

function form(row, words, save, other = null) {
  const source = typeof row.sources?.[0] === "string" ? { document: row.sources[0] } : row.sources?.[0] ?? {};
  const option = (value, text, chosen) => h("option", { value, selected: value === chosen }, text);
  const made = h("form", { class: "case-form", onsubmit: async (event) => {
    event.preventDefault();
    made.querySelector("[role=alert]")?.remove();
    try {
      await save(rowOf(row, new FormData(made)), made);
    } catch (error) {
      made.append(h("div", { class: "full" }, failure(error)));
    }
  } },
    h("label", { class: "full" }, "What is asked", h("textarea", { name: "prompt", rows: "2", required: true, value: row.prompt ?? "" })),
    h("label", {}, "What counts", h("select", { name: "kind" }, option("knowledge", "the facts in the documents", row.kind), option("behaviour", "the form of the answer", row.kind))),
    h("label", {}, "The documents", h("select", { name: "answerable" }, option("yes", "hold the answer", row.answerable === false ? "no" : "yes"), option("no", "do not hold it: declining is right", row.answerable === false ? "no" : "yes"))),
    h("label", { class: "full" }, "Right answers, one a line. Short ones, in every spelling that you accept", h("textarea", { name: "answers", rows: "2", value: (row.answers ?? []).join("\n") })),
    h("label", {}, "Document that holds it", h("input", { type: "text", name: "document", list: "documents", value: source.document ?? "" })),
    h("label", {}, "Page, if it has pages", h("input", { type: "text", inputmode: "numeric", name: "page", value: source.page ?? "" })),
    h("label", { class: "full" }, "The words in it", h("textarea", { name: "quote", rows: "2", value: source.quote ?? "" })),
    h("div", { class: "full acts-row" }, h("button", { type: "submit", class: "primary" }, words), other));
  return made;
}

/** What the form says, over what the row held beside it (checks, further sources, its id). */
function rowOf(held, given) {
  const row = Object.fromEntries(FIELDS.filter((name) => name in held).map((name) => [name, held[name]]));
  const page = Number.parseInt(given.get("page"), 10);
  const source = given.get("document") ? { document: given.get("document").trim(), ...(page ? { page } : {}), ...(given.get("quote").trim() ? { quote: given.get("quote").trim() } : {}) } : null;
  const written = { ...row, prompt: given.get("prompt").trim(), kind: given.get("kind"), answerable: given.get("answerable") === "yes",
    answers: given.get("answers").split("\n").map((line) => line.trim()).filter(Boolean), sources: [source, ...(row.sources ?? []).slice(1).map(bare)].filter(Boolean) };
  if (row.messages) delete written.prompt;
  return written;
}

const bare = (source) => (typeof source === "string" ? source : { document: source.document, page: source.page, quote: source.quote });

// those that count

async function list() {
  const place = find("#cases");
  try {
    const found = await api.cases({ after: offset, limit: LIMIT });
    if (offset && !found.cases.length) { offset = lastOffset(found.total, LIMIT); await list(); return; }
    place.replaceChildren(found.total ? shown(found) : empty("No cases yet", h("p", {}, "Write the first above: a question that people really ask, and what a right answer holds. Ask a few that the documents do not answer, too: only those show whether an approach can decline."), h("p", {}, "An evaluation set of another tool, or a table, becomes cases with ", h("code", {}, "tunebook cases import FILE"), ".")));
  } catch (error) {
    place.replaceChildren(failure(error));
  }
}

function shown(found) {
  const { knowledge = 0, behaviour = 0, unanswerable } = found.counts;
  const wish = unanswerable < 20 ? notice(`${count(unanswerable, "case")} cannot be answered from the documents.`, "", "About 20 show whether an approach can say that it does not know.") : null;
  return h("div", {}, h("p", {}, `${count(found.total, "case")}: ${knowledge} of knowledge, ${behaviour} of behaviour; ${unanswerable} of them (${percent(unanswerable / found.total)}) are right to decline.`), wish,
    found.cases.map(card), pager(found.total, offset, LIMIT, (to) => { offset = to; list(); find("#cases-title").scrollIntoView(); }));
}

function card(row) {
  const prompt = row.prompt ?? row.messages?.at(-1)?.content ?? "";
  const remove = h("button", { type: "button", class: "danger", onclick: async () => {
    if (remove.textContent === "Delete") { remove.textContent = "Delete it for good"; return; }
    try {
      await api.deleteCase(row.id);
      say("Deleted.");
      await list();
    } catch (error) {
      made.append(failure(error));
    }
  } }, "Delete");
  const made = h("details", { class: "card", ontoggle: () => {
    if (made.open && made.children.length === 1) made.append(form(row, "Save", async (given) => { await api.writeCase(given); say("Saved."); await list(); }, remove));
  } }, h("summary", {}, h("span", { class: "prompt", dir: "auto" }, prompt.length > 160 ? `${prompt.slice(0, 159)}…` : prompt), " ", h("span", { class: "soft" }, `${row.id}, ${row.kind ?? "knowledge"}${row.answerable === false ? ", declining is right" : ""}${row.checks?.length ? `, ${count(row.checks.length, "check")}` : ""}`)));
  return made;
}
