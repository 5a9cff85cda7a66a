"""The memory estimate as arithmetic. That it agrees with what is measured is tests/engine's."""

from __future__ import annotations

import pytest

from prism_engine.contract.activations import Batch
from prism_engine.contract.config import read_pipeline
from prism_engine.contract.estimate import Judge, Lengths, Memory, estimate_pipeline
from prism_engine.contract.shape import known_shapes

MODEL = "Qwen/Qwen3-VL-4B-Instruct"
SHAPE = known_shapes()[MODEL]
WEIGHTS = 4 * 4_437_815_808


def memory(kind: str = "sft", lengths: Lengths | None = None, **settings) -> Memory:
    run = {"kind": kind, "policy": {"model": MODEL}, "data": "any", **settings}
    pipeline = read_pipeline({"name": "one", "runs": {"run": run}})
    found = estimate_pipeline(pipeline, known_shapes(), lengths or Lengths())["run"]
    assert found is not None
    return found


def test_training_takes_sixteen_bytes_for_every_weight_that_learns():
    found = memory()
    assert found.parameters == {"policy": 4_437_815_808}
    assert found.held == {"policy": WEIGHTS, "moments": 2 * WEIGHTS}
    assert found.phases["learning"]["gradients"] == WEIGHTS
    assert found.total == sum(found.held.values()) + sum(found.phases["learning"].values())


def test_what_is_frozen_has_neither_gradients_nor_moments():
    frozen = memory(tuning={"frozen": ["vision", "projector"]})
    language = 4 * SHAPE.language.parameters
    assert frozen.held == {"policy": WEIGHTS, "moments": 2 * language}
    assert frozen.phases["learning"]["gradients"] == language
    adapters = memory(tuning={"lora": {"rank": 8}}).phases["learning"]["gradients"]
    assert adapters == 4 * 36 * 8 * (
        (2560 + 4096) + 2 * (2560 + 1024) + (4096 + 2560) + 3 * (2560 + 9728)
    )


def test_bfloat16_adds_a_copy_of_the_weights_and_halves_most_activations():
    half = memory(dtype="bfloat16")
    assert half.held == {**memory().held, "policy as it is read": WEIGHTS // 2}
    single, half = memory().phases["learning"], half.phases["learning"]
    assert half["gradients"] == single["gradients"]
    assert half["activations"] == single["activations"] // 2


def test_checkpointing_keeps_one_layer_and_the_inputs_of_all():
    whole = memory(tuning={"frozen": ["vision"]}).phases["learning"]["activations"]
    kept = memory(tuning={"frozen": ["vision"], "gradient_checkpointing": True})
    tokens = 2048 + 8192
    ends = 3 * tokens * 2560 * 4
    layer = (whole - ends) // 36
    assert kept.phases["learning"]["activations"] == 36 * tokens * 2560 * 4 + layer + ends


def test_the_cache_has_room_for_every_response_from_the_start():
    found = memory("rlvr", prompts_per_step=2, rollouts_per_prompt=3)
    places = 3 * 2048 + 6 * 8192
    assert found.phases["sampling"]["keys and values"] == 36 * places * 8 * 128 * 8
    assert found.phases["sampling"]["logits"] == 6 * 151_936 * 24


def test_behind_adapters_every_row_has_a_copy_of_its_prompt():
    found = memory("rlvr", prompts_per_step=2, rollouts_per_prompt=3, tuning={"lora": {}})
    places = 2 * 2048 + 6 * (2048 + 8192)
    assert found.phases["sampling"]["keys and values"] == 36 * places * 8 * 128 * 8


def test_rows_that_do_not_fit_are_drawn_after_others():
    sampling = {"max_new_tokens": 8192, "tokens_at_a_time": 30_000}
    found = memory("rlvr", prompts_per_step=2, rollouts_per_prompt=3, sampling=sampling)
    places = 3 * 2048 + 2 * 8192
    assert found.phases["sampling"]["keys and values"] == 36 * places * 8 * 128 * 8
    assert found.phases["sampling"]["logits"] == 2 * 151_936 * 24


def test_a_divergence_needs_the_policy_a_second_time():
    assert "reference policy" not in memory("rlvr").held
    assert memory("rlvr", kl_coefficient=0.1).held["reference policy"] == WEIGHTS


def test_nothing_is_taken_to_be_longer_than_the_model_reads():
    short = SHAPE.model_copy(update={"language": SHAPE.language.model_copy(update={"longest": 9})})
    run = {"kind": "evaluate", "policy": {"model": "short"}, "data": "any", "batch_size": 1}
    pipeline = read_pipeline({"name": "one", "runs": {"run": run}})
    found = estimate_pipeline(pipeline, {"short": short}, Lengths())["run"]
    assert found.prompt_tokens == 9
    places = 9 + 4 + 8 * 8192
    assert found.phases["sampling"]["keys and values"] == 36 * places * 8 * 128 * 8
    run = {"kind": "sft", "policy": {"model": "short"}, "data": "any", "batch_size": 1}
    pipeline = read_pipeline({"name": "one", "runs": {"run": run}})
    learning = estimate_pipeline(pipeline, {"short": short}, Lengths())["run"].phases["learning"]
    assert learning["logits"] == 9 * 151_936 * 2 * 4


def test_offloaded_only_copies_and_gradients_stay_on_the_device():
    found = memory(dtype="bfloat16", distribution={"kind": "offloaded"})
    assert found.held == {"policy as it is read": WEIGHTS // 2}
    # The embedding is the largest weight, and larger than a part.
    assert found.phases["descending"] == {
        "gradients": WEIGHTS,
        "a part of weights and moments": 3 * 4 * 151_936 * 2560,
    }
    # In float32 the model computes with its own weights.
    assert memory(distribution={"kind": "offloaded"}).held == {"policy": WEIGHTS}


def over_four(distribution: dict[str, object], **settings) -> Memory:
    """The memory of one of four processes that share six short demonstrations, one a pass."""
    run = {"batch_size": 6, "max_tokens": 200, "tuning": {"tokens_per_pass": 256}, **settings}
    lengths = Lengths(prompt=100, image=64)
    return memory(lengths=lengths, distribution={"processes": 4, **distribution}, **run)


SHARD = WEIGHTS // 4
BUCKET = 4 * 2**25


def test_each_of_several_processes_holds_what_its_strategy_leaves_it():
    ddp, fsdp2 = over_four({"kind": "ddp"}), over_four({"kind": "fsdp2"})
    zero2, zero3 = (over_four({"kind": "deepspeed", "stage": stage}) for stage in (2, 3))
    assert ddp.held == {"policy": WEIGHTS, "moments": 2 * WEIGHTS}
    assert fsdp2.held == {"policy": SHARD, "moments": 2 * SHARD}
    assert zero2.held == {
        "policy": WEIGHTS, "moments": 2 * SHARD, "optimizer's weights": SHARD,
    }  # fmt: skip
    assert zero3.held == {
        "policy": SHARD, "moments": 2 * SHARD, "optimizer's weights": SHARD,
        "gradients' shard": SHARD, "reduced at a time": BUCKET,
    }  # fmt: skip
    assert {found.processes for found in (ddp, fsdp2, zero2, zero3)} == {4}
    narrow = over_four({"kind": "fsdp2"}, dtype="bfloat16").held
    assert narrow == {**fsdp2.held, "policy as it is read": WEIGHTS // 2}


def test_what_learning_takes_beside_that_is_most_where_the_strategy_says():
    ddp, fsdp2 = over_four({"kind": "ddp"}), over_four({"kind": "fsdp2"})
    zero2, zero3 = (over_four({"kind": "deepspeed", "stage": stage}) for stage in (2, 3))
    beside = {name: b for name, b in ddp.phases["learning"].items() if name != "gradients"}
    passing = sum(beside.values())
    # The activations of one demonstration are less than a shard, and than what is reduced.
    assert BUCKET < passing < SHARD
    assert ddp.phases["learning"] == {"gradients": WEIGHTS, **beside}
    # All weights and the gradients that come as activations go, those of the first pass in shards.
    gradients = SHARD + WEIGHTS - passing
    assert fsdp2.phases["learning"] == {
        "gathered weights": WEIGHTS, "gradients": gradients, **beside,
    }  # fmt: skip
    assert zero2.phases["learning"] == {"gradients": WEIGHTS + SHARD + BUCKET}
    # As weights come they are there twice, while gradients of an earlier pass are there.
    assert zero3.phases["learning"] == {"gathered weights": 2 * WEIGHTS, "gradients": WEIGHTS}


def test_what_is_offloaded_is_not_on_the_device():
    zero2, zero3 = (
        over_four({"kind": "deepspeed", "stage": stage, "offload": True}).held for stage in (2, 3)
    )
    assert zero2 == {"policy": WEIGHTS}
    assert zero3 == {"policy": 0, "reduced at a time": BUCKET}


def test_processes_share_the_prompts_of_a_step():
    alone = memory("rlvr", prompts_per_step=2, rollouts_per_prompt=3)
    group = {"prompts_per_step": 7, "rollouts_per_prompt": 3}
    nodes = {"resources": {"gpus": 2, "nodes": 2}, "distribution": {"kind": "ddp"}}
    found = memory("rlvr", **group, **nodes)
    assert found.processes == 4
    assert found.phases["sampling"] == alone.phases["sampling"]
    # Whoever draws has all weights, of which fsdp2 makes a copy as they come.
    sharded = memory("rlvr", **group, **nodes | {"distribution": {"kind": "fsdp2"}})
    assert sharded.phases["sampling"] == {"gathered weights": 2 * WEIGHTS}
    zero3 = memory("rlvr", **group, **nodes | {"distribution": {"kind": "deepspeed", "stage": 3}})
    assert zero3.phases["sampling"] == {"gathered weights": WEIGHTS, **alone.phases["sampling"]}
    unknown = memory("rlvr", **group, distribution={"kind": "ddp"})
    assert unknown.processes == 1


def test_only_what_learns_is_in_shards():
    found = memory("warmup", distribution={"kind": "fsdp2", "processes": 4})
    judge = 4 * 12_506_979_328
    assert found.held == {
        "policy": WEIGHTS,
        "discriminator": judge // 4,
        "discriminator's moments": judge // 2,
    }
    assert "gathered weights" not in found.phases["sampling"]


def test_vllm_takes_its_share_of_a_gpu_that_is_known_and_else_the_least_that_it_can_do_with():
    sampling = {"sampler": {"kind": "vllm", "memory_share": 0.25, "context": 8192}}
    known = memory("rlvr", sampling=sampling, resources={"gpus": 1, "gpu_memory": 80})
    assert known.phases["sampling"] == {"vLLM's share": 20 * 2**30}
    unknown = memory("rlvr", sampling=sampling, dtype="bfloat16")
    assert unknown.phases["sampling"] == {
        "vLLM's weights": WEIGHTS // 2,
        "vLLM's cache, at least": 36 * 8192 * 8 * 128 * 4,
    }
    served = {"sampler": {"kind": "vllm_server", "url": "http://127.0.0.1:1", "model": "p"}}
    assert memory("rlvr", sampling=served).phases["sampling"] == {}


def test_the_discriminator_takes_fewer_tokens_at_a_time_if_asked():
    taken = [
        memory("warmup", rollouts="recorded", game={"tokens_per_pass": tokens})
        for tokens in (16_384, 8192)
    ]
    more, fewer = (found.phases["judging"]["discriminator's activations"] for found in taken)
    assert fewer < 0.7 * more
    gradients = "discriminator's gradients"
    assert taken[1].phases["judging"][gradients] == 4 * 12_506_979_328


def test_gradients_of_a_single_pass_come_as_activations_go():
    several, one = (
        memory(batch_size=size, max_tokens=4096, tuning={"tokens_per_pass": 6200}).phases[
            "learning"
        ]
        for size in (2, 1)
    )
    assert several["gradients"] == WEIGHTS
    kept = {name: taken for name, taken in several.items() if name != "gradients"}
    assert sum(kept.values()) > WEIGHTS
    assert one == kept


def test_recorded_rollouts_are_not_sampled():
    assert set(memory("warmup").phases) == {"sampling", "judging"}
    assert set(memory("warmup", rollouts="recorded").phases) == {"judging"}


@pytest.mark.parametrize(
    ("discriminator", "parameters"),
    [
        ({"kind": "moe"}, 12_506_979_328),
        ({"kind": "text_only", "experts": 2}, 7_127_600_128),
        ({"kind": "dense"}, 4_437_818_368),
        ({"kind": "length_only"}, 0),
    ],
)
def test_discriminators_hold_weights_and_moments_of_their_own(discriminator, parameters):
    found = memory("warmup", discriminator=discriminator)
    assert found.parameters["discriminator"] == parameters
    assert found.held["discriminator"] == 4 * parameters
    assert found.held.get("discriminator's moments", 0) == 8 * parameters


def test_an_alignment_is_judged_by_what_its_warm_up_made():
    align = {
        "kind": "align", "policy": {"model": MODEL}, "data": "any",
        "discriminator": {"run": "warmup"},
    }  # fmt: skip
    warmup = {"kind": "warmup", "policy": {"model": "Qwen/Qwen3-VL-2B-Instruct"}, "data": "any"}
    pipeline = read_pipeline({"name": "two", "runs": {"align": align, "warmup": warmup}})
    found = estimate_pipeline(pipeline, known_shapes(), Lengths())["align"]
    assert found.parameters == {"policy": 4_437_815_808, "discriminator": 5_298_657_280}


def test_nothing_is_said_of_a_model_that_is_not_known():
    runs = {
        "sft": {"kind": "sft", "policy": {"model": "mine"}, "data": "any"},
        "evaluate": {"kind": "evaluate", "policy": {"run": "sft"}, "data": "any"},
        "align": {
            "kind": "align", "policy": {"model": MODEL}, "discriminator": {"model": "mine"},
            "data": "any",
        },
    }  # fmt: skip
    pipeline = read_pipeline({"name": "unknown", "runs": runs})
    found = estimate_pipeline(pipeline, known_shapes(), Lengths())
    assert found == {"sft": None, "evaluate": None, "align": None}


@pytest.mark.parametrize(
    ("most_tokens", "rows", "prompts"),
    [(1, 1, 1), (150, 1, 1), (199, 1, 1), (200, 2, 1), (300, 4, 1), (399, 4, 1), (450, 5, 2),
     (10_000, 12, 3)],
)  # fmt: skip
def test_a_pass_holds_as_many_rows_as_its_tokens_allow(most_tokens, rows, prompts):
    whole = Batch(prompts=3, rows=12, prompt_length=100, row_length=50, image_tokens=0)
    part = whole.within(most_tokens)
    assert (part.rows, part.prompts) == (rows, prompts)


def test_a_control_weighs_nothing():
    run = {"kind": "warmup", "policy": {"model": MODEL}, "data": "any",
           "discriminator": {"kind": "random"}}  # fmt: skip
    settings = read_pipeline({"name": "one", "runs": {"run": run}}).runs["run"].discriminator
    judge = Judge(settings, SHAPE)
    assert (judge.experts, judge.parameters) == (0, 0)


def test_a_question_takes_what_its_responses_and_its_discriminator_do():
    asked = {"kind": "ask", "policy": {"model": MODEL}, "question": "How many?", "images": ["a"]}
    warmup = {"kind": "warmup", "policy": {"model": MODEL}, "data": "any"}
    judged = asked | {"discriminator": {"run": "warmup"}}
    runs = {"warmup": warmup, "asked": asked, "judged": judged}
    found = estimate_pipeline(
        read_pipeline({"name": "one", "runs": runs}), known_shapes(), Lengths()
    )
    assert found["asked"].held == {"policy": WEIGHTS}
    experts = found["warmup"].parameters["discriminator"]
    assert found["judged"].held == {"policy": WEIGHTS, "discriminator": 4 * experts}
    assert found["judged"].phases == found["asked"].phases
    text = SHAPE.language
    assert found["asked"].phases["sampling"]["logits"] == 3 * text.vocabulary * 24
