"""The gates that ask, against a real server whose replies each test writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from prism_engine.contract.addresses import ALLOWED
from prism_engine.contract.curation import Blind as BlindSettings
from prism_engine.contract.curation import Panel as PanelSettings
from prism_engine.contract.curation import Teacher
from prism_engine.curation.asking import Crew, Stopped
from prism_engine.curation.blind import Blind
from prism_engine.curation.choice import Choose
from prism_engine.curation.gold import TypeGold
from prism_engine.curation.ingest import Ingest
from prism_engine.curation.panel import Panel
from prism_engine.curation.prompts import short_answer
from prism_engine.curation.teaching import Teaching
from prism_engine.curation.verification import SUSPECT, Verify
from prism_engine.endpoints.keys import Keys
from prism_engine.endpoints.session import open_session
from prism_engine.interruption import Interruption
from tests.engine.curation.conftest import MakeCandidate
from tests.engine.endpoints.conftest import endpoint
from tests.engine.endpoints.server import Act, Call, ChatServer, completion

GOOD = "<caption>\n- a\n- b\n</caption>\n<think>t</think>\n<answer>{}</answer>"


@pytest.fixture
def crew(monkeypatch: pytest.MonkeyPatch) -> Crew:
    monkeypatch.setenv(ALLOWED, "127.0.0.1")
    return Crew(Interruption())


async def test_ingest_and_gold(candidate: MakeCandidate, tmp_path: Path) -> None:
    broken = candidate("broken")
    (tmp_path / "images" / "broken.png").write_bytes(b"no image")
    found = await Ingest().sift([candidate("good"), candidate("none", picture=None), broken])
    assert {one.id: one.reason for one in found.dropped} == {
        "none": "no image",
        "broken": "an image that does not decode",
    }
    number = candidate("number", answer={"type": "text", "value": "\\boxed{12}"})
    empty = candidate("empty", answer={"type": "text", "value": " "})
    typed = await TypeGold().sift([number, empty])
    (kept,) = typed.kept
    assert kept.record.answer is not None
    assert (kept.record.answer.type, kept.record.answer.value) == ("integer", 12)
    assert typed.notes == {"integer": 1}
    assert [one.id for one in typed.dropped] == ["empty"]


async def test_the_panel_is_asked_until_one_is_right(
    candidate: MakeCandidate, crew: Crew, tmp_path: Path
) -> None:
    def act(call: Call) -> Act:
        solved = "easy" in call.text and call.body["model"] == "b"
        return Act(reply=completion(f"so\n**Answer: {3 if solved else 4}**"))

    server = ChatServer(act)
    with server.running() as url:
        models = [endpoint(url, model="a"), endpoint(url, model="b")]
        async with open_session(tmp_path / "l.sqlite", Keys({})) as session:
            panel = Panel(
                PanelSettings(first=models[0], second=models[1], samples=3),
                [session.client(one) for one in models],
                crew,
            )
            found = await panel.sift([candidate("hard", "hard"), candidate("easy", "easy")])
    assert [(one.id, one.panel) for one in found.kept] == [("hard", (0, 6))]
    assert found.reasons == {"solved by the panel": 1}
    assert len(server.calls) == 6 + 2
    assert all(call.images == 1 for call in server.calls)


async def test_blind_questions_are_asked_without_the_image(
    candidate: MakeCandidate, crew: Crew, tmp_path: Path
) -> None:
    def act(call: Call) -> Act:
        lucky = "lucky" in call.text and call.body["seed"] == 0
        answer = 3 if "textual" in call.text or lucky else 5
        return Act(reply=completion(f"Answer: {answer}"))

    server = ChatServer(act)
    with server.running() as url:
        async with open_session(tmp_path / "l.sqlite", Keys({})) as session:
            blind = Blind(
                BlindSettings(endpoint=endpoint(url)), session.client(endpoint(url)), crew
            )
            names = ("textual", "lucky", "visual")
            found = await blind.sift([candidate(name, name) for name in names])
    assert [one.id for one in found.kept] == ["lucky", "visual"]
    assert found.reasons == {"solved without the image": 1}
    assert {call.images for call in server.calls} == {0}


REPLIES = {
    "good": [completion(GOOD.format(3))],
    "suspect": [completion(GOOD.format(5))],
    "wrong": [completion(GOOD.format(5)), completion(GOOD.format(6))],
    "refused": [completion(None, refusal="no")],
    "cut": [completion("<caption>- a", finish="length")],
    "repairable": [completion(GOOD.format(3).replace("</think>", ""))],
    "invented": [completion(GOOD.format(3).replace("</think>", "") + "invented")],
    "hopeless": [completion("forty")],
}


async def test_the_teacher_is_parsed_repaired_verified_and_chosen_from(
    candidate: MakeCandidate, crew: Crew, tmp_path: Path
) -> None:
    def act(call: Call) -> Act:
        if "IMPOSSIBLE" in call.text:
            if "forty" in call.text:
                return Act(reply=completion("IMPOSSIBLE"))
            think = "tt" if "invented" in call.text else "t"
            return Act(reply=completion(GOOD.format(3).replace(">t<", f">{think}<")))
        replies = REPLIES[call.text.rpartition("\n")[2]]
        return Act(reply=replies[call.body["seed"] % len(replies)])

    server = ChatServer(act)
    with server.running() as url:
        settings = Teacher(endpoint=endpoint(url), samples=2)
        async with open_session(tmp_path / "l.sqlite", Keys({})) as session:
            teaching = Teaching(settings, session.client(settings.endpoint), crew)
            taught = await teaching.sift([candidate(name, name) for name in REPLIES])
    assert {one.id: one.reason for one in taught.dropped} == {
        "refused": "refused",
        "cut": "cut at the longest length",
        "invented": "malformed (unclosed)",
        "hopeless": "malformed (missing)",
    }
    assert taught.notes == {
        "in the form": 6, "repaired": 2, "refused": 2, "cut at the longest length": 2,
        "malformed (unclosed)": 2, "malformed (missing)": 2,
    }  # fmt: skip
    # The teacher must not see the gold answer.
    assert not any("3" in call.text for call in server.calls if "IMPOSSIBLE" not in call.text)
    verified = await Verify(crew).sift(taught.kept)
    assert {one.id: one.reason for one in verified.dropped} == {
        "suspect": SUSPECT,
        "wrong": "wrong answer",
    }
    chosen = await Choose(2).sift(verified.kept)
    assert [(one.id, one.record.response) for one in chosen.kept] == [
        ("good", GOOD.format(3)),
        ("repairable", GOOD.format(3)),
    ]
    strict = await Choose(3).sift(verified.kept)
    assert strict.reasons == {"the caption has fewer than 3 items": 2}


async def test_a_stop_waits_for_what_is_under_way() -> None:
    interruption = Interruption()
    done = []

    async def work(number: int) -> int:
        interruption.requested = True
        done.append(number)
        return number

    with pytest.raises(Stopped):
        await Crew(interruption).each(range(1000), work)
    assert len(done) == 1


def test_the_last_line_that_is_an_answer_counts() -> None:
    assert short_answer("Answer: 3\nno\n**Answer:** 4 ") == "4"
    assert short_answer("ANSWER: $\\frac12$.") == "$\\frac12$."
    assert short_answer("the answer is 3") is None
