"""The nouns of tunebook: frozen values that flow from one part to the next.

    Document ─split→ Passage ─search→ Hit ─answer→ Answer with Citations
    Example ─train→ Adapter            Case × approach ─score→ Score

Example: the passage "carries up to 80 kg" of a sheet has `document.text[p.start:p.end] == p.text`, always.

Left out on purpose: behaviour.  A value knows its own fields and how to be written as JSON, nothing else.
Scores and embeddings are no part of a document's identity.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal
from unicodedata import normalize

Kind = Literal["knowledge", "behaviour"]
EVERYONE = "*"  # how a store marks what everyone may read; no group is called so
Message = Mapping[str, str]  # {"role": "system" | "user" | "assistant", "content": …}


def content_hash(*parts: str) -> str:
    """32 hex digits of SHA-256 over the parts, each closed by a zero byte."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()[:32]


def document_id(name: str) -> str:
    """A document's name with its accents within their letters (NFC): a Mac gives them to files as characters of their own."""
    return normalize("NFC", name)


def may_read(groups: Sequence[str], reader: Sequence[str] | None) -> bool:
    """Whether what is for these groups (none: for everyone) may be read by a reader in those (None: reads everything)."""
    return reader is None or not groups or not set(groups).isdisjoint(reader)


@dataclass(frozen=True, slots=True)
class Page:
    """Characters `start:end` of a document's text are page `number`, counted from 1."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """One text that a team knows something from.

    `id` is the path relative to the project folder, or a row's `_id`.  `groups` is who may read it; empty means
    everyone.  `pages` is empty where the format has none.
    """

    id: str
    title: str
    text: str
    pages: tuple[Page, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    groups: tuple[str, ...] = ()

    @property
    def hash(self) -> str:
        """Changes when anything that a reader could see changes."""
        pages = ",".join(f"{page.number}:{page.start}:{page.end}" for page in self.pages)
        metadata = json.dumps(dict(self.metadata), sort_keys=True, default=str)
        return content_hash(self.id, self.title, self.text, pages, metadata, *self.groups)


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document, sized for the embedder: `document.text[start:end] == text`."""

    document: str
    title: str
    heading: str  # path of headings above it, "Policies > Refunds", or ""
    page: int | None
    start: int
    end: int
    text: str
    groups: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Equal content at an equal place has an equal id, in every run."""
        return content_hash(self.document, str(self.start), self.heading, self.text)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found; `stages` and `ranks` hold each stage's own score and order, for explanation.

    `version` is the hash of its document when it was found, for citations; "" where nobody looked.
    """

    rank: int  # from 1
    score: float  # fused, in [0, 1]; comparable within one query only
    passage: Passage
    stages: Mapping[str, float] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)
    repeats: int | None = None  # rank of the hit that this one nearly repeats
    version: str = ""

    def explained(self) -> dict[str, Any]:
        """`as_json` with {stage: {rank, score}} and what the hit repeats."""
        stages = {name: {"rank": rank, "score": round(self.stages[name], 6)} for name, rank in self.ranks.items()}
        return self.as_json() | {"stages": stages, "repeats": self.repeats}

    def as_json(self) -> dict[str, Any]:
        p = self.passage
        return {
            "rank": self.rank,
            "score": round(self.score, 6),
            "document": p.document,
            "title": p.title,
            "page": p.page,
            "start": p.start,
            "end": p.end,
            "text": p.text,
        }


@dataclass(frozen=True, slots=True)
class Citation:
    """The words of a document behind one sentence of an answer.

    `supported`: True, the quote was checked and holds; False, it was checked and does not; None, cannot tell.
    `version` is the hash of the document as it was found: another one today means that the source has changed since.
    """

    marker: int
    document: str
    page: int | None
    start: int
    end: int
    quote: str
    supported: bool | None
    sentence: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer, `answer.text[start:end]`, held against the hits.

    `score` in [0, 1] is how far its best quote bears it out; `citations` are places in the answer's citations; `why` says
    what is amiss, one short line each.
    """

    sentence: str
    start: int
    end: int
    supported: bool | None
    score: float
    citations: tuple[int, ...] = ()
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seconds:
    """Wall-clock of one answer; None where it was not measured (answers made in a batch)."""

    retrieve: float | None = None
    first_token: float | None = None
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the model read and wrote, in its own tokens; None where its server does not count them."""

    prompt: int | None = 0
    completion: int | None = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What an approach says to one question; `finished` is False where the token limit, or a server's filter, cut it.

    `why` says of an abstention what made it one, and which setting moves that; None of an answer.
    `claims` and `grounded` (in [0, 1]) are there where passages were: how far each sentence, and the whole, rests on them.
    `unsupported` are the sentences that nothing supports, whether the policy left them in the text or took them out.
    `signals` is what the decision to answer may rest on, `confidence` the P(right) that a fitted gate makes of it, or the
    P(answerable) of the gate before the model where that one was not asked; `cost` the price of its tokens where the settings
    know one, `left_out` how many passages and messages the prompt had no room for.
    """

    text: str
    abstained: bool
    approach: str
    model: str
    citations: tuple[Citation, ...] = ()
    hits: tuple[Hit, ...] = ()
    seconds: Seconds = Seconds()
    tokens: Tokens = Tokens()
    finished: bool = True
    claims: tuple[Claim, ...] = ()
    unsupported: tuple[str, ...] = ()
    grounded: float | None = None
    signals: Mapping[str, float] = field(default_factory=dict)
    confidence: float | None = None
    cost: float | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    why: str | None = None
    prompt: tuple[Message, ...] = field(default=(), compare=False)  # as it was sent; for traces, not part of the JSON

    def as_json(self) -> dict[str, Any]:
        return {
            "answer": self.text,
            "abstained": self.abstained,
            "why": self.why,
            "finished": self.finished,
            "citations": [asdict(citation) for citation in self.citations],
            "claims": [asdict(claim) for claim in self.claims],
            "unsupported": list(self.unsupported),
            "grounded": self.grounded,
            "signals": dict(self.signals),
            "confidence": self.confidence,
            "cost": self.cost,
            "left_out": dict(self.left_out),
            "hits": [hit.as_json() for hit in self.hits],
            "approach": self.approach,
            "model": self.model,
            "seconds": asdict(self.seconds),
            "tokens": asdict(self.tokens),
        }


@dataclass(frozen=True, slots=True)
class Source:
    """Where a case's answer stands; page and quote are optional."""

    document: str
    page: int | None = None
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """How an answer should look: `messages` end with the user's, `completion` is the assistant's.

    `answerable` is None where the row says nothing; False means that the trainer writes the abstention.
    """

    row: int  # line of the file, from 1
    id: str
    messages: tuple[Message, ...]
    completion: str | None
    sources: tuple[str, ...] = ()
    answerable: bool | None = None
    group: str = ""
    rejected: str | None = None  # a worse answer to the same
    unread: tuple[str, ...] = ()  # fields of the row that nothing reads

    @property
    def prompt(self) -> str:
        return self.messages[-1]["content"]

    @property
    def knows(self) -> bool:
        """True where the row is about what documents say rather than about form alone."""
        return bool(self.sources) or self.answerable is not None


@dataclass(frozen=True, slots=True)
class Case:
    """What a right answer is."""

    row: int
    id: str
    messages: tuple[Message, ...]
    kind: Kind
    answerable: bool = True
    answers: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    checks: tuple[Mapping[str, Any], ...] = ()
    group: str = ""

    @property
    def prompt(self) -> str:
        return self.messages[-1]["content"]

    @property
    def wants_refusal(self) -> bool:
        """Whether abstaining is what counts: of form, only where there is nothing else to go by."""
        return not self.answerable and (self.kind == "knowledge" or not (self.answers or self.checks))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over cases with its 95 % interval, resampled by group; bounds are None below two groups."""

    mean: float
    low: float | None
    high: float | None
    n: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def points(share: float) -> str:
    """A difference of shares in hundredths: "+18 points", "-1 point"; what is not 0 does not read as 0."""
    told = hundredths(share)
    return f"{told} point{'' if told in ('+1', '-1') else 's'}"


def hundredths(share: float) -> str:
    """ "+18", "-0.3", "0"."""
    value = 100 * share
    if abs(value) < 0.5:
        return f"{value:+.1g}" if abs(value) >= 0.001 else "0"
    return f"{value:+,.0f}"
