// Tune: the run with its curve, adapters with promote and roll back, examples beside what the desk found.

import { api } from "./api.js";
import { lossChart } from "./chart.js";
import { count, empty, failure, find, h, notice, pager, percent, seconds, swatch, table, when } from "./dom.js";
import "./frame.js";
import { follow, startJob } from "./jobs.js";

const LIMIT = 20;
const KINDS = { turns: "chat out of order", leak: "leak into the cases", "template-token": "template token", "near-duplicate": "near duplicate", "personal-data": "personal data", "repeats-prompt": "repeats the prompt", facts: "teaches a fact" };
let offset = 0;
let kind = "";

const hooks = { each: curve, done: finished };
adapters();
examples();
follow(find("#job"), "tune", hooks);

function runner(found) {
  const target = h("select", { name: "target" }, h("option", { value: "tuned" }, "tuned: form alone, no documents"), h("option", { value: "hybrid" }, "hybrid: to answer from passages"), h("option", { value: "retriever" }, "retriever: to find passages"));
  const go = h("button", { type: "button", class: "primary", "data-starts": "tune", onclick: () => startJob(find("#job"), "tune", { target: target.value }, hooks) }, "Start tuning");
  find("#run").replaceChildren(h("div", {}, h("p", {}, `${count(found.used, "example")} of ${found.examples} can be learnt from. `, found.used < 50 ? "Under some 50, tuning has too little to learn from: prompt first." : "", " Ability elsewhere is measured before and after."), h("label", {}, "Adapter for", target)), h("div", { class: "do" }, go));
}

async function curve() {
  const live = await api.curve().catch(() => null);
  const place = find("#curve");
  if (!live?.adapter) return;
  const drawn = lossChart({ train: live.train, validation: live.validation }, live.adapter.split("-")[0], live.steps);
  place.replaceChildren(drawn ? h("figure", {}, h("figcaption", {}, h("h3", {}, `Loss of ${live.adapter}`), h("p", { class: "soft" }, "Nats a token of the completions; lower is better. Validation decides which step is kept.")), drawn) : "");
}

async function finished(job) {
  if (job.state === "done") find("#curve").replaceChildren(told(job.result ?? {}));
  await adapters();
}

function told({ refused, reused, target }) {
  if (refused) return notice("Tuned, and not in use.", "", `Refused: ${refused}.`);
  if (target === "retriever") return notice("Tuned. The next sync builds the library with it.", "good");
  if (reused) return notice("Nothing has changed since this adapter was made: it is used again.", "good");
  return notice("Tuned. The new adapter answers from now on; roll back if it should not.", "good");
}

async function adapters() {
  const place = find("#adapters");
  try {
    const made = await api.adapters();
    place.replaceChildren(made.length ? list(made) : empty("No adapter yet", h("p", {}, "Start a run above. An adapter is a small file beside the base model. It answers as soon as it is made, and one click brings the one before it back.")));
  } catch (error) {
    place.replaceChildren(failure(error));
  }
}

function list(made) {
  const columns = [{ title: "Adapter" }, { title: "State", wide: true }, { title: "Examples", num: true }, { title: "Loss", num: true }, { title: "Time", num: true }, { title: "Actions", hidden: true, acts: true }];
  const rows = made.map((one) => {
    const loss = one.loss?.validation?.find(([step]) => step === one.loss.best_step)?.[1] ?? null;
    const state = [h("span", { class: `tag ${one.in_use ? "good" : "none"}` }, one.in_use ? "in use" : "kept"), one.stale?.length ? [" ", h("span", { class: "tag bad" }, "stale"), h("small", {}, one.stale.join("; "))] : null, one.refused ? [" ", h("span", { class: "tag bad" }, "refused"), h("small", {}, one.refused)] : null, one.forgetting?.verdict ? h("small", {}, one.forgetting.verdict) : null];
    const second = one.target === "retriever" || made.filter((other) => other.target === one.target).length > 1;
    const acts = one.in_use ? (second ? h("button", { type: "button", "aria-label": `Roll back ${one.target} to the adapter before`, onclick: () => change(() => api.rollBack(one.target)) }, "Roll back") : null)
      : one.refused ? null : h("button", { type: "button", "aria-label": `Promote ${one.adapter}`, onclick: () => change(() => api.promote(one.adapter)) }, "Promote");
    return [[swatch(one.target), one.adapter, h("small", {}, `${when(one.created)}, on ${one.base.split("/").at(-1)}`), curveOf(one)], state, one.examples?.used ?? "–", loss === null ? "–" : loss.toFixed(2), seconds(one.seconds), acts];
  });
  return table("Adapters", columns, rows);
}

function curveOf(one) {
  const place = h("div");
  const open = () => place.replaceChildren(lossChart({ train: one.loss?.train ?? [], validation: one.loss?.validation ?? [] }, one.target) ?? "No curve was kept.");
  return h("details", { ontoggle: open }, h("summary", {}, h("small", {}, "Curve")), one.ended ? h("small", {}, `Ended early, ${one.ended}.`) : null, place);
}

async function change(verb) {
  try {
    await verb();
    await adapters();
  } catch (error) {
    find("#adapters").prepend(failure(error));
  }
}

async function examples() {
  const place = find("#examples");
  try {
    const found = await api.examples({ after: offset, limit: LIMIT, finding: kind });
    runner(found);
    place.replaceChildren(desk(found));
  } catch (error) {
    const none = error.status === 400 && /no examples/i.test(error.message);
    place.replaceChildren(none ? empty("No examples yet", h("p", {}, "An example is a prompt and the answer as it should look, one a line of ", h("code", {}, "examples.jsonl"), " in the project's folder. Rows as Alpaca, ShareGPT and others have them are read too. From about 50 on, tuning can learn from them.")) : failure(error));
    find("#run").replaceChildren(h("p", {}, "There is nothing to tune on yet; see Examples below."));
  }
}

function desk(found) {
  const select = h("select", { onchange: (event) => { kind = event.target.value; offset = 0; examples(); } }, h("option", { value: "" }, `all (${found.examples})`), h("option", { value: "*" }, "with any finding"),
    Object.entries(found.findings).map(([name, number]) => h("option", { value: name }, `${KINDS[name] ?? name} (${number})`)));
  select.value = kind;
  const cards = found.rows.map((row) => h("details", { class: "card" },
    h("summary", {}, h("span", { class: "prompt", dir: "auto" }, short(row.prompt)), " ", row.findings.map((one) => [h("span", { class: one.fatal ? "tag bad" : "tag part" }, KINDS[one.kind] ?? one.kind), " "]), h("span", { class: "soft" }, ` ${row.id}`)),
    row.findings.map((one) => h("p", { class: "notice" }, `${one.why}.`, one.fatal ? " It is left out of training." : "")),
    h("p", { class: "text", dir: "auto" }, row.prompt), h("p", { class: "seen text", dir: "auto" }, row.answerable === false ? "It should decline: the trainer writes the abstention." : row.completion ?? ""),
    row.sources.length ? h("p", { class: "soft" }, `Sources: ${row.sources.join(", ")}`) : null));
  return h("div", {}, h("p", {}, found.listed ? `The desk has something to say about ${count(found.listed, "example")} of ${found.examples} (${percent(found.listed / found.examples)}).` : `The desk found nothing wrong with ${count(found.examples, "example")}.`),
    h("div", { class: "filter" }, h("label", {}, "Show", select)), cards, pager(found.total, offset, LIMIT, (to) => { offset = to; examples(); find("#examples-title").scrollIntoView(); }));
}

const short = (text) => { const line = text.replace(/\s+/g, " "); return line.length > 140 ? `${line.slice(0, 139)}…` : line; };
