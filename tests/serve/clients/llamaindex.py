"""LlamaIndex's OpenAI-like client against a server: `llamaindex.py URL` prints one JSON object."""

import json
import sys

from llama_index.core.llms import ChatMessage
from llama_index.embeddings.openai_like import OpenAILikeEmbedding
from llama_index.llms.openai_like import OpenAILike

QUESTION = "What does the Wren carry?"


def main(url: str) -> None:
    how = {"api_base": url, "api_key": "none", "is_chat_model": True, "max_tokens": 40}
    chat = OpenAILike(model="tunebook/rag", additional_kwargs={"stop": ["weighs"]}, **how)
    messages = [ChatMessage(role="user", content=QUESTION)]
    whole = chat.chat(messages)
    streamed = "".join(piece.delta or "" for piece in chat.stream_chat(messages))
    kg = json.loads(OpenAILike(model="tunebook/base", **how).complete('Say {"kg": 80}').text)["kg"]
    embedder = OpenAILikeEmbedding(model_name="tunebook/embedder", api_base=url, api_key="none")
    vectors = embedder.get_text_embedding_batch(["a b", "c"])
    used = whole.raw.usage.total_tokens
    told = {"whole": whole.message.content, "streamed": streamed, "kg": kg, "vectors": len(vectors), "used": used}
    print(json.dumps(told))


main(sys.argv[1])
