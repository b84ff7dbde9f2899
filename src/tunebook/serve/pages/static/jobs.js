// A job as people see it: how far it is, what it says, a button that stops it.  Asked for once a second while it runs.
//   follow(find("#job"), "sync", { done: reload })

import { api } from "./api.js";
import { failure, h, say, seconds } from "./dom.js";

const EVERY_MS = 1000;
const OVER = new Set(["done", "failed", "cancelled"]);
const NAMES = { sync: "Sync", tune: "Tuning", trial: "Trial", propose: "Proposing cases" };

/** Starts a job and shows it; `each` is called with every report, `done` with the last. */
export async function startJob(place, kind, given, hooks = {}) {
  try {
    const job = await api.start(kind, given);
    say(`${NAMES[kind] ?? kind} has started.`);
    await watch(place, job.id, hooks);
  } catch (error) {
    place.replaceChildren(failure(error));
  }
}

/** Shows the newest job of a kind that still runs, or that failed last. */
export async function follow(place, kind, hooks = {}) {
  const [newest] = await api.jobs(kind).catch(() => []);
  if (!newest || newest.state === "done" || newest.state === "cancelled") return;
  await watch(place, newest.id, hooks);
}

async function watch(place, id, { each, done } = {}) {
  const card = new Card(id);
  place.replaceChildren(card.element);
  while (true) {
    const job = await api.job(id).catch((error) => ({ id, state: "lost", error }));
    if (job.state !== "lost") {
      card.show(job);
      rest(job);
      await each?.(job);
      if (OVER.has(job.state)) {
        say(card.title.textContent);
        await done?.(job, place);
        return;
      }
    } else card.words.replaceChildren(failure(job.error));
    await new Promise((resolve) => { setTimeout(resolve, EVERY_MS); });
  }
}

/** While a job runs, what would start another of its kind waits. */
function rest(job) {
  for (const button of document.querySelectorAll(`button[data-starts="${job.kind}"]`)) button.disabled = !OVER.has(job.state);
}

class Card {
  constructor(id) {
    this.stage = {};
    this.title = h("span", {}, "Starting");
    this.stop = h("button", { type: "button", onclick: () => this.cancel(id) }, "Stop");
    this.bar = h("progress", { "aria-label": "Progress" });
    this.words = h("p", { class: "soft num" });
    this.log = h("pre", { tabindex: "0" });
    this.details = h("details", { ontoggle: () => this.read(id) }, h("summary", {}, "Log"), this.log);
    this.element = h("div", { class: "job" }, h("h3", {}, this.title, this.stop), this.bar, this.words, this.details);
  }

  show(job) {
    const over = OVER.has(job.state);
    const name = NAMES[job.kind] ?? job.kind;
    const at = job.progress ?? {};
    this.title.textContent = over ? `${name}: ${job.state}` : job.state === "queued" ? `${name} waits for its turn` : `${name} is running`;
    this.stop.hidden = over;
    this.bar.hidden = over;
    if (at.total) { this.bar.max = at.total; this.bar.value = at.done; } else this.bar.removeAttribute("value");
    if (at.what !== this.stage.what) this.stage = { what: at.what, began: Date.now(), from: at.done ?? 0 };
    this.words.textContent = over ? "" : [at.what, at.total ? `${at.done} of ${at.total}` : at.done || "", at.note, left(this.stage, at)].filter(Boolean).join(", ");
    if (job.state === "failed") {
      this.words.replaceChildren(failure(job.error ?? { message: "It ended without saying why." }));
    }
    if (this.details.open && !over) this.read(job.id);
  }

  async read(id) {
    if (!this.details.open) return;
    this.log.textContent = (await api.log(id).catch((error) => error.message)) || "Nothing yet.";
    this.log.scrollTop = this.log.scrollHeight;
  }

  async cancel(id) {
    this.stop.disabled = true;
    await api.cancel(id).catch((error) => this.words.replaceChildren(failure(error)));
  }
}

/** Time left of the stage that runs, from how it went since it began. */
function left(stage, { done, total }) {
  const gone = (Date.now() - stage.began) / 1000; // not a number before the job has told where it is
  if (!total || done <= stage.from || done >= total || gone < 3) return "";
  return `about ${seconds((gone / (done - stage.from)) * (total - done))} left`;
}
