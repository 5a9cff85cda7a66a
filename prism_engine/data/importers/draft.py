"""What an importer makes of a row, and how a record is made of that.

A record's images belong to its first question, and stand before it or where it says so.
Placeholders that lead that question therefore go. Where later questions have images of their own,
all of them are shown with the first, and a placeholder becomes `[image 2]`, so that each sentence
still says which image it means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from prism_engine.contract.runs import IMAGE_MARK
from prism_engine.data.answers import Answer
from prism_engine.data.gold import gold_problem, type_gold
from prism_engine.data.importers.pictures import Picture
from prism_engine.data.importers.refusal import RefusedRow
from prism_engine.data.records import Record, Turn
from prism_engine.data.response import Malformed, read_response

Role = Literal["system", "user", "assistant"]
_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)


@dataclass(frozen=True)
class Said:
    """What somebody says; between two segments of it stands one image."""

    role: Role
    segments: tuple[str, ...]

    @classmethod
    def text(cls, role: Role, text: str) -> Said:
        """Words in which `<image>` stands for an image."""
        return cls(role, tuple(text.split(IMAGE_MARK)))

    @property
    def images(self) -> int:
        return len(self.segments) - 1


@dataclass(frozen=True)
class Draft:
    """A row as its format understands it, before images are stored and texts are checked."""

    said: Sequence[Said]
    pictures: Sequence[Picture] = ()
    id: str | None = None
    gold: object = None  # text, a number, or an answer that has its type already
    choices: Sequence[str] = ()
    rollouts: Sequence[str] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    unmarked: bool = False  # images may stand in no text, and then belong to the first question
    demonstrates: bool = False  # what is said last must have the form of a response

    def record(self, id: str, images: Sequence[str]) -> Record:
        """The record with its images in the data set's folder.

        Raises:
            RefusedRow: the turns, the demonstration or the gold answer are not what they must be.
        """
        metadata = {key: value for key, value in self.metadata.items() if value is not None}
        system, turns = self._turns()
        if system:
            metadata["system"] = system
        try:
            return Record(
                id=id,
                images=list(images),
                answer=self._answer(),
                rollouts=list(self.rollouts),
                metadata=metadata,
                **self._spoken(turns),
            )
        except ValidationError as error:
            raise RefusedRow("wrong_shape", error.errors()[0]["msg"]) from error

    def check_placeholders(self) -> None:
        """Raises `RefusedRow` unless every image is spoken of where it may be."""
        marked = sum(said.images for said in self.said)
        words = (text for said in self.said if said.role == "user" for text in said.segments)
        if any(IMAGE_MARK in text for text in words):
            raise RefusedRow("placeholders", f"a text says {IMAGE_MARK} and shows no image there")
        if any(said.images for said in self.said if said.role == "assistant"):
            raise RefusedRow("placeholders", "the assistant's words hold a placeholder of an image")
        if marked != len(self.pictures) and not (self.unmarked and marked == 0):
            message = f"{marked} placeholders stand for {len(self.pictures)} images"
            raise RefusedRow("placeholders", message)

    def _turns(self) -> tuple[str, list[Turn]]:
        """What the system says, and the conversation with its placeholders resolved."""
        system = [IMAGE_MARK.join(said.segments) for said in self.said if said.role == "system"]
        spoken = [said for said in self.said if said.role != "system"]
        asked = [said for said in spoken if said.role == "user"]
        scattered = any(said.images for said in asked[1:])
        turns, shown = list[Turn](), 0
        for said in spoken:
            text = _named(said, shown) if scattered else _in_place(said)
            turns.append(Turn(role=said.role, content=text))
            shown += said.images
        return "\n\n".join(system), turns

    def _spoken(self, turns: list[Turn]) -> dict[str, Any]:
        """Question and demonstration, or the conversation where there is another one."""
        roles = [turn.role for turn in turns]
        if roles not in (["user"], ["user", "assistant"] * (len(roles) // 2)) or not roles:
            raise RefusedRow("wrong_shape", f"turns go {', '.join(roles) or 'nowhere'}")
        question = turns[0].content
        if not question:
            raise RefusedRow("wrong_shape", "the question is empty")
        if len(turns) == 1:
            return {"question": question}
        read = read_response(turns[-1].content)
        if len(turns) == 2 and not isinstance(read, Malformed):
            return {"question": question, "response": turns[1].content}
        if self.demonstrates and isinstance(read, Malformed):
            message = f"the demonstration has not the form: {read} (character {read.at})"
            raise RefusedRow("demonstration", message)
        return {"question": question if len(turns) == 2 else "", "messages": turns}

    def _answer(self) -> Answer | None:
        """The gold answer with its type, if the row has one."""
        if self.gold is None:
            return None
        answer = _typed(self.gold, self.choices)
        if problem := gold_problem(answer):
            raise RefusedRow("gold", problem)
        return answer


def _typed(gold: object, choices: Sequence[str]) -> Answer:
    if isinstance(gold, dict):
        try:
            return _ANSWER.validate_python(gold)
        except ValidationError as error:
            raise RefusedRow("gold", f"the gold answer: {error.errors()[0]['msg']}") from error
    if not isinstance(gold, str | int | float):
        raise RefusedRow("gold", f"the gold answer is a {type(gold).__name__} and should be a text")
    if answer := type_gold(str(gold), choices):
        return answer
    raise RefusedRow("gold", "the gold answer is empty, too long, or none of the choices")


def _in_place(said: Said) -> str:
    """The words with their images where they stand; those that lead need not be said."""
    if said.role == "assistant":
        return said.segments[0]
    *before, last = said.segments
    if not any(text.strip() for text in before):
        return last.strip()
    return IMAGE_MARK.join(said.segments).strip()


def _named(said: Said, shown: int) -> str:
    """The words with a name in place of each image, `shown` of which stand before them."""
    if said.role == "assistant":
        return said.segments[0]
    first, *others = said.segments
    named = (f"[image {shown + place}]{text}" for place, text in enumerate(others, start=1))
    return "".join((first, *named)).strip()
