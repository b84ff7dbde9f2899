"""LangChain's OpenAI client against a server: `langchain.py URL` prints one JSON object."""

import json
import sys

from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel

QUESTION = "What does the Wren carry?"


class Load(BaseModel):
    kg: int


def main(url: str) -> None:
    chat = ChatOpenAI(base_url=url, api_key="none", model="tunebook/rag", max_tokens=40, stop=["weighs"])
    whole = chat.invoke(QUESTION)
    streamed = "".join(str(piece.content) for piece in chat.stream(QUESTION))
    form = ChatOpenAI(base_url=url, api_key="none", model="tunebook/base")
    load = form.with_structured_output(Load, method="json_schema").invoke('Say {"kg": 80}')
    embeddings = OpenAIEmbeddings(
        base_url=url, api_key="none", model="tunebook/embedder", check_embedding_ctx_length=False
    )
    vectors = embeddings.embed_documents(["a b", "c"])
    used = whole.usage_metadata["total_tokens"]
    print(
        json.dumps({"whole": whole.content, "streamed": streamed, "kg": load.kg, "vectors": len(vectors), "used": used})
    )


main(sys.argv[1])
