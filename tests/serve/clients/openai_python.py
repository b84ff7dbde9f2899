"""The openai client for Python against a server: `openai_python.py URL` prints one JSON object."""

import json
import sys

from openai import NotFoundError, OpenAI

QUESTION = [{"role": "user", "content": "What does the Wren carry?"}]
SCHEMA = {"type": "object", "properties": {"kg": {"type": "integer"}}, "required": ["kg"]}


def main(url: str) -> None:
    client = OpenAI(base_url=url, api_key="none", max_retries=0)
    how = {"model": "tunebook/rag", "messages": QUESTION, "stop": ["weighs"], "max_tokens": 40, "seed": 1}
    assert len(client.chat.completions.create(n=2, temperature=0.5, **how).choices) == 2
    whole = client.chat.completions.create(**how)
    citations = whole.choices[0].tunebook["citations"]
    streamed = ""
    for chunk in client.chat.completions.create(stream=True, stream_options={"include_usage": True}, **how):
        for choice in chunk.choices:
            streamed += choice.delta.content or ""
            if choice.finish_reason:
                assert choice.tunebook["citations"] == citations
        used = chunk.usage
    assert used == whole.usage
    form = client.chat.completions.create(
        model="tunebook/base",
        messages=[{"role": "user", "content": 'Say {"kg": 80}'}],
        response_format={"type": "json_schema", "json_schema": {"name": "load", "schema": SCHEMA}},
    )
    kg = json.loads(form.choices[0].message.content)["kg"]
    vectors = client.embeddings.create(model="tunebook/embedder", input=["a b", "c"]).data
    assert "tunebook/rag" in [model.id for model in client.models.list()]
    code = ""
    try:
        client.chat.completions.create(model="gpt", messages=QUESTION)
    except NotFoundError as error:
        code = str(error.code)
    assert code == "model_not_found"
    told = {"whole": whole.choices[0].message.content, "streamed": streamed, "kg": kg, "vectors": len(vectors)}
    print(json.dumps(told | {"used": used.total_tokens, "cited": citations[0]["document"]}))


main(sys.argv[1])
