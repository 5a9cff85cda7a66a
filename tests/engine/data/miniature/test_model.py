from pathlib import Path

import pytest
import torch
from transformers import Qwen3VLForConditionalGeneration
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from prism_engine.data.miniature.demonstration import GRADES
from prism_engine.data.miniature.families import FAMILIES
from prism_engine.data.miniature.model import write_model
from prism_engine.data.miniature.picture import render
from prism_engine.data.miniature.scene import seeded
from prism_engine.data.miniature.vocabulary import UNKNOWN, WORDS
from prism_engine.policy.policy import Policy
from prism_engine.policy.processor import Processor


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    write_model(folder, seed=0)
    return folder


def test_transformers_loads_it_as_any_qwen3_vl(folder):
    model = Qwen3VLForConditionalGeneration.from_pretrained(folder)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    assert 400_000 < parameters < 600_000
    assert model.config.text_config.vocab_size == len(WORDS)
    assert model.generation_config.eos_token_id == WORDS.index("<|im_end|>")


def test_a_seed_decides_every_weight(folder, tmp_path):
    write_model(tmp_path / "again", seed=0)
    write_model(tmp_path / "other", seed=1)
    weights = (folder / "model.safetensors").read_bytes()
    assert (tmp_path / "again" / "model.safetensors").read_bytes() == weights
    assert (tmp_path / "other" / "model.safetensors").read_bytes() != weights


def test_every_word_has_an_id_and_comes_back_as_it_was_written(folder):
    processor = Processor.load(folder)
    unknown = WORDS.index(UNKNOWN)
    for name, family in FAMILIES.items():
        for seed in range(60):
            problem = family.problem(seed, 1 + seed % 3)
            texts = [write(problem, seeded(name, seed)).text for write in GRADES.values()]
            for text in [problem.question, *texts]:
                ids = processor.encode_text(text)
                assert unknown not in ids, text
                assert processor.decode(ids) == text
                assert processor.encode_text(processor.decode(ids)) == ids


def test_an_image_is_nine_tokens_and_patched_as_transformers_does(folder):
    picture = render(FAMILIES["counting"].problem(0, 2).scene)
    processor = Processor.load(folder)
    prompt = processor.pad([processor.encode_prompt("Count red, circle, blue", [picture])])
    assert prompt.token_types.sum() == 9
    theirs = Qwen2VLImageProcessorPil.from_pretrained(folder)([picture], return_tensors="pt")
    assert torch.equal(prompt.pixel_values, theirs["pixel_values"])
    assert prompt.grid_thw.tolist() == theirs["image_grid_thw"].tolist() == [[1, 6, 6]]


def test_the_engine_trains_on_it_as_on_any_policy(folder):
    policy = Policy.load(folder, torch.float32, torch.device("cpu"))
    banned = {WORDS[number] for number in policy.processor.banned_ids}
    assert banned == {
        "<|endoftext|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>",
    }  # fmt: skip
