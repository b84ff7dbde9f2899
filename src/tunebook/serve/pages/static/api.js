// Every call that the pages make, and nothing else that they do: paths, errors and streams in one place.

const csrf = document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/** What the server refused: `message` is one sentence, `hint` says what to do. */
export class Refused extends Error {
  constructor(message, hint = "", status = 0, code = "") {
    super(message);
    this.hint = hint;
    this.status = status;
    this.code = code;
  }
}

async function call(method, path, { body, query, signal, raw } = {}) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const url = given.length ? `${path}?${new URLSearchParams(given)}` : path;
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf;
  const form = body instanceof FormData;
  if (body !== undefined && !form) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(url, { method, headers, signal, body: body === undefined || form ? body : JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("The server does not answer.", "Is it still running? Then try again in a moment.");
  }
  if (!answer.ok) throw await refusal(answer);
  if (raw) return answer;
  return answer.status === 204 ? null : answer.json();
}

async function refusal(answer) {
  if (answer.status === 401 && location.pathname !== "/signin") {
    location.assign(`/signin?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  try {
    return refused((await answer.json()).error, answer.status);
  } catch {
    return new Refused(`The server answered ${answer.status}.`, "Its log says more.", answer.status);
  }
}

const refused = (error, status = 0) => new Refused(sentence(error.message), sentence(error.hint ?? ""), status, error.code);

/** Written as a sentence; a file's name or an address at its beginning stays as it is. */
const sentence = (text) => (text ? text.replace(/^[a-z]+(?=[\s,;])/, (word) => word[0].toUpperCase() + word.slice(1)) + (/[.!?]$/.test(text) ? "" : ".") : "");

const get = (path, query) => call("GET", path, { query });
const post = (path, body = {}, query = undefined) => call("POST", path, { body, query });

export const api = {
  about: () => get("/api/project"),
  approaches: async () => (await get("/api/approaches")).approaches,
  source: async (document) => placed(await get("/api/source", { document })),
  picture: (document, span, page) => get("/api/source/picture", { document, start: span?.raw?.start ?? span?.start ?? 0, end: span?.raw?.end ?? span?.end ?? 0, page }),
  library: (wanted) => get("/api/library", wanted),
  upload: (file, replace) => upload(file, replace),
  forget: (id, file) => call("DELETE", "/api/documents", { query: { id, file } }),
  jobs: async (kind) => (await get("/api/jobs", { limit: 20 })).jobs.filter((job) => job.kind === kind),
  job: (id) => get(`/api/jobs/${id}`),
  log: async (id) => (await call("GET", `/api/jobs/${id}/log`, { raw: true })).text(),
  start: (kind, given) => post(`/api/${kind}`, given),
  cancel: (id) => post(`/api/jobs/${id}/cancel`),
  questions: async () => (await get("/api/advise/questions")).questions,
  advise: (answers) => post("/api/advise", { answers }),
  trials: async () => (await get("/api/trials")).trials,
  trial: (id) => get(`/api/trials/${id}`),
  liveTrial: () => get("/api/trial/live"),
  examples: (wanted) => get("/api/examples/desk", wanted),
  curve: () => get("/api/tune/live"),
  adapters: async () => (await get("/api/adapters")).adapters,
  promote: (adapter) => post(`/api/adapters/${encodeURIComponent(adapter)}/promote`),
  rollBack: (target) => post("/api/adapters/roll-back", {}, { target }),
  thumb: (row) => post("/api/thumbs", row),
  thumbs: async () => (await get("/api/thumbs", { limit: 1000 })).thumbs,
  settle: (id, state, row) => post(`/api/thumbs/${encodeURIComponent(id)}`, { state, case: row }),
  cases: (wanted) => get("/api/cases", wanted),
  writeCase: (row) => call("PUT", "/api/cases", { body: row }),
  deleteCase: (id) => call("DELETE", "/api/cases", { query: { id } }),
  signIn: (key) => post("/api/session", { key }),
  signOut: () => call("DELETE", "/api/session"),
  chat,
};

/** Sends one file; throws what the server has against it. */
async function upload(file, replace) {
  const body = new FormData();
  body.append("files", file);
  body.append("replace", String(replace));
  return (await call("POST", "/api/documents", { body })).saved[0];
}

/** Streams an answer: `onText` gets each piece; returns {text, ...what stands beside the message}; throws where it breaks off. */
async function chat(messages, approach, onText, signal) {
  const body = { model: `tunebook/${approach}`, messages, stream: true };
  const answer = await call("POST", "/v1/chat/completions", { body, signal, raw: true });
  if (!answer.headers.get("content-type").startsWith("text/event-stream")) return whole(await answer.json());
  let text = "";
  let beside = null; // comes with the last piece
  for await (const event of events(answer.body)) {
    if (event.error) throw refused(event.error);
    const choice = event.choices?.[0];
    if (choice?.tunebook) beside = choice.tunebook;
    if (choice?.delta?.content) {
      text += choice.delta.content;
      onText(text);
    }
  }
  if (!beside) throw new Refused("The answer broke off.", "The server was stopped, or the connection was lost. Ask again in a moment.");
  return { ...beside, text };
}

const whole = ({ choices: [choice] }) => ({ ...choice.tunebook, text: choice.message.content });

/** The JSON events of a server-sent stream, up to [DONE], or to where it breaks off. */
async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  while (true) {
    const { value, done } = await reader.read().catch((error) => { if (error.name === "AbortError") throw error; return { done: true }; });
    if (done) return;
    const parts = (rest + value).split(/\r?\n\r?\n/);
    rest = parts.pop();
    for (const part of parts) {
      const data = part.split(/\r?\n/).filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart()).join("\n");
      if (data === "[DONE]") return;
      if (data) yield JSON.parse(data);
    }
  }
}

/** The server counts characters, a string here counts UTF-16 units: offsets are moved where they differ. */
function placed(source) {
  source.at = unitsOf(source.text);
  const move = (span) => ({ ...span, start: source.at(span.start), end: source.at(span.end), raw: { start: span.start, end: span.end } });
  source.pages = source.pages.map(move);
  source.passages = source.passages.map(move);
  source.move = move;
  return source;
}

export function unitsOf(text) {
  if (!/[\ud800-\udbff]/.test(text)) return (offset) => offset;
  const starts = [];
  for (let at = 0; at < text.length; at += text.codePointAt(at) > 0xffff ? 2 : 1) starts.push(at);
  return (offset) => starts[offset] ?? text.length;
}
