// The openai client for JavaScript against a server: `node openai_node.cjs URL` prints one JSON object.
const { OpenAI } = require("openai");

const question = [{ role: "user", content: "What does the Wren carry?" }];
const schema = { type: "object", properties: { kg: { type: "integer" } }, required: ["kg"] };

async function main(url) {
  const client = new OpenAI({ baseURL: url, apiKey: "none", maxRetries: 0 });
  const how = { model: "tunebook/rag", messages: question, stop: ["weighs"], max_tokens: 40 };
  const whole = await client.chat.completions.create(how);
  const cited = whole.choices[0].tunebook.citations[0].document;
  let streamed = "";
  for await (const chunk of await client.chat.completions.create({ ...how, stream: true })) {
    streamed += chunk.choices[0]?.delta?.content ?? "";
  }
  const form = await client.chat.completions.create({
    model: "tunebook/base",
    messages: [{ role: "user", content: 'Say {"kg": 80}' }],
    response_format: { type: "json_schema", json_schema: { name: "load", schema } },
  });
  const kg = JSON.parse(form.choices[0].message.content).kg;
  const vectors = (await client.embeddings.create({ model: "tunebook/embedder", input: ["a b", "c"] })).data.length;
  const used = whole.usage.total_tokens;
  console.log(JSON.stringify({ whole: whole.choices[0].message.content, streamed, kg, vectors, used, cited }));
}

main(process.argv[2]);
