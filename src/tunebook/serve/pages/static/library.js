// Library: what is in it and in which state, upload, sync, forget with its receipt.

import { api } from "./api.js";
import { bytes, count, empty, failure, find, h, lastOffset, manages, notice, pager, say, table, when } from "./dom.js";
import "./frame.js";
import { follow, startJob } from "./jobs.js";

const LIMIT = 50;
const STATES = { current: ["good", "read"], changed: ["part", "changed"], new: ["part", "not read yet"], failed: ["bad", "failed"], gone: ["none", "file gone"] };
const filter = find("#filter");
let offset = 0;
let asked = 0; // typed quickly, the list asked last is shown, whichever arrives last

filter.addEventListener("input", () => { offset = 0; later(); });
filter.addEventListener("submit", (event) => event.preventDefault());
load();
if (manages) {
  find("#sync").addEventListener("click", sync);
  watchDrops();
  follow(find("#job"), "sync", { done: synced });
}

let timer = 0;
function later() { clearTimeout(timer); timer = setTimeout(load, 200); }

async function load() {
  const place = find("#documents");
  const { text, state } = Object.fromEntries(new FormData(filter));
  const mine = ++asked;
  try {
    const found = await api.library({ text, state, after: offset, limit: LIMIT });
    if (mine !== asked) return;
    if (offset && !found.documents.length) { offset = lastOffset(found.total, LIMIT); await load(); return; }
    summary(found, text || state);
    place.replaceChildren(found.documents.length ? list(found) : nothing(found, text || state));
  } catch (error) {
    place.replaceChildren(failure(error));
  }
}

function summary(found, filtered) {
  const all = Object.values(found.counts).reduce((sum, number) => sum + number, 0);
  find("#summary").textContent = all ? `${count(all, "document")}: ${Object.entries(found.counts).map(([state, number]) => `${number.toLocaleString("en")} ${STATES[state][1]}`).join(", ")}.` : "What the answers are read from.";
  find("#shown").textContent = filtered ? `${count(found.total, "document matches", "documents match")}.` : "";
  if (manages) find("#synced").textContent = found.synced ? `Last sync: ${when(found.synced)}` : "Never synced.";
  const select = filter.elements.state;
  const chosen = select.value;
  select.replaceChildren(h("option", { value: "" }, "any"), ...Object.keys(found.counts).map((state) => h("option", { value: state }, `${STATES[state][1]} (${found.counts[state]})`)));
  select.value = chosen;
}

function list(found) {
  const columns = [{ title: "Document" }, { title: "State", wide: true }, { title: "Passages", num: true }, { title: "Size", num: true }, { title: "Actions", hidden: true, acts: true }];
  const rows = found.documents.map((one) => {
    const [kind, words] = STATES[one.state];
    const state = [h("span", { class: `tag ${kind}` }, words), one.why ? h("small", {}, one.why) : null];
    const link = `/library/read?document=${encodeURIComponent(one.document)}`;
    const name = one.passages ? h("a", { href: link }, one.title) : one.title;
    const acts = one.passages && manages ? h("button", { type: "button", class: "danger", "aria-label": `Forget ${one.title}`, onclick: (event) => askForget(one, event.currentTarget) }, "Forget") : null;
    return [[name, h("small", {}, one.document, one.groups.length ? `, for ${one.groups.join(", ")}` : "")], state, one.passages || "–", one.bytes ? bytes(one.bytes) : "–", acts];
  });
  return h("div", {}, table("Documents", columns, rows), pager(found.total, offset, LIMIT, (to) => { offset = to; load(); find("#documents-title").scrollIntoView(); }));
}

const nothing = (found, filtered) => (filtered
  ? empty("No document matches", h("p", {}, "Take a word out of the search, or choose any state."))
  : !manages ? empty("There is nothing here that you may read", h("p", {}, "Ask whoever runs this server which groups your key is in."))
  : empty("The library is empty", h("p", {}, "Drop files above, or put them into the project's ", h("code", {}, "documents"), " folder. Then press ", h("b", {}, "Sync now"), ": tunebook reads, splits and indexes them.")));

function sync() {
  startJob(find("#job"), "sync", {}, { done: synced });
}

function synced(job, place) {
  load();
  if (job.state !== "done" || !job.result) return;
  const { added, updated, unchanged, deleted, renamed, failed, warnings, left_out: leftOut, names_old: old } = job.result;
  const words = [[added, "added"], [updated, "updated"], [renamed?.length, "renamed"], [deleted, "deleted"], [unchanged, "unchanged"]].filter(([number]) => number).map(([number, what]) => `${number} ${what}`).join(", ");
  const told = notice(`Synced: ${words || "nothing to do"}.`, failed?.length ? "" : "good", failed?.length ? `${count(failed.length, "file")} could not be read; the list says why.` : "");
  const more = [...(warnings ?? []), ...Object.entries(old ?? {}).filter(([, ids]) => ids.length).map(([kind, ids]) => `An old path is still named in ${kind}.jsonl, by ${ids.join(", ")}: put the new one there.`)];
  if (leftOut?.length) more.push(`Left out, as settings or questions beside documents: ${leftOut.join(", ")}.`);
  place.replaceChildren(told, ...more.map((words) => notice(words)));
}

// uploads

function watchDrops() {
  const zone = find("#drop");
  const input = find("#files");
  input.addEventListener("change", () => { upload([...input.files]); input.value = ""; });
  zone.addEventListener("submit", (event) => event.preventDefault());
  for (const kind of ["dragenter", "dragover"]) zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("over"); });
  zone.addEventListener("dragleave", (event) => { if (!zone.contains(event.relatedTarget)) zone.classList.remove("over"); });
  zone.addEventListener("drop", (event) => { event.preventDefault(); zone.classList.remove("over"); upload([...event.dataTransfer.files]); });
}

async function upload(files) {
  let kept = 0;
  for (const file of files) {
    const state = h("span", { class: "soft" }, "uploading");
    const row = h("div", { class: "upload" }, h("b", {}, h("bdi", {}, file.name)), h("span", { class: "soft" }, bytes(file.size)), state);
    find("#uploads").prepend(row);
    try {
      kept += await send(file, false, state);
    } catch (error) {
      refusedUpload(file, error, state);
    }
  }
  if (!kept) return;
  say(`${count(kept, "file")} uploaded.`);
  sync();
}

async function send(file, replace, state) {
  const name = await api.upload(file, replace);
  state.replaceWith(h("span", {}, h("span", { class: "tag good" }, "kept"), ` as documents/${name}`));
  return 1;
}

/** A file that is there already can be put in its place; anything else says why it was refused. */
function refusedUpload(file, error, state) {
  const told = h("span", {}, h("span", { class: "tag bad" }, "refused"), ` ${error.message} `);
  if (error.code === "file_exists") {
    const instead = h("button", { type: "button", onclick: async () => {
      await send(file, true, told).then(sync, (again) => told.append(again.message));
    } }, "Replace it");
    told.append(instead);
  } else told.append(error.hint);
  state.replaceWith(told);
}

// forgetting

function askForget(one, from) {
  const box = find("#forget");
  const close = () => box.close();
  box.addEventListener("close", () => from.isConnected && from.focus(), { once: true });
  const too = h("label", { class: "check" }, h("input", { type: "checkbox" }), "Delete the file as well; else a later sync reads it again");
  const go = h("button", { type: "button", class: "danger", onclick: async () => {
    go.disabled = true;
    try {
      const receipt = await api.forget(one.document, too.querySelector("input").checked);
      box.replaceChildren(h("h2", { id: "forget-title" }, "Forgotten"), receiptOf(receipt), h("button", { type: "button", class: "primary", onclick: close }, "Close"));
      load();
    } catch (error) {
      box.append(failure(error));
    }
  } }, "Forget it");
  box.replaceChildren(h("h2", { id: "forget-title" }, `Forget “${one.title}”?`),
    h("p", {}, "Its text, passages and vectors are erased from the disk, and cached answers and reports with them. Adapters that were tuned on it are marked stale."), h("p", {}, too),
    h("div", { class: "acts-row" }, go, h("button", { type: "button", onclick: close, autofocus: true }, "Keep it")));
  box.showModal();
}

/** What was removed where, what is stale now, what remains: the receipt, item by item. */
function receiptOf(receipt) {
  const words = (name) => name.replaceAll("_", " ");
  const entry = (name, value) => [h("dt", {}, words(name)), h("dd", {}, Array.isArray(value) ? value.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(", ") || "none" : value !== null && typeof value === "object" ? JSON.stringify(value) : String(value))];
  const part = (title, values) => [h("h3", {}, title), h("dl", { class: "receipt" }, Object.entries(values ?? {}).map(([name, value]) => entry(name, value)))];
  return h("div", {}, h("p", {}, h("code", {}, receipt.document)), part("Removed", receipt.removed), part("Stale now", receipt.stale),
    receipt.remains?.length ? [h("h3", {}, "Remains"), h("ul", {}, receipt.remains.map((line) => h("li", {}, line)))] : null);
}
