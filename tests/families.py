"""Tiny random models of other architectures than the starter's, in a folder as a hub has them, and chat templates of their kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SIZES = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
}
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
THINKING = CHATML.replace("assistant\n{% endif %}", "assistant\n<think>\n{% endif %}")
GEMMA = (
    "<bos>{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n{{ m.content | trim }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
PHI = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% else %}{{ eos_token }}{% endif %}"
)
SPECIAL = {
    CHATML: ["<|im_end|>", "<|im_start|>"],
    THINKING: ["<|im_end|>", "<|im_start|>", "<think>", "</think>"],
    GEMMA: ["<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>"],
    PHI: ["<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"],
}


def tokenizer(template: str = CHATML, special: list[str] | None = None) -> Any:
    """Of one token a byte; the first of the special ones is its EOS."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    special = special or SPECIAL[template]
    vocabulary = [*special, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    made = Tokenizer(models.BPE({token: place for place, token in enumerate(vocabulary)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([token for token in special if "think" not in token])
    made.add_tokens([token for token in special if "think" in token])
    found = PreTrainedTokenizerFast(tokenizer_object=made, eos_token=special[0])
    found.chat_template = template
    return found


def tiny(architecture: str = "Llama", **config: Any) -> Any:
    """A causal model with weights large enough that its answers differ."""
    import torch
    import transformers

    torch.manual_seed(0)
    kind = getattr(transformers, f"{architecture}TextConfig", None) or getattr(transformers, f"{architecture}Config")
    model = getattr(transformers, f"{architecture}ForCausalLM", None) or transformers.GPT2LMHeadModel
    made = model(kind(**{"vocab_size": 264, "eos_token_id": 0, "pad_token_id": 0, **SIZES, **config})).float().eval()
    with torch.no_grad():
        for name, weight in made.named_parameters():
            if weight.ndim > 1:
                weight.normal_(std=0.5 if "embed" in name else 0.2)
    return made


def family(folder: Path, architecture: str = "Llama", template: str = CHATML, **config: Any) -> Path:
    tiny(architecture, **config).save_pretrained(folder)
    tokenizer(template).save_pretrained(folder)
    return folder
