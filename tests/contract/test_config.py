import pytest

from prism_engine.contract.config import PRODUCES, InvalidRecipe, Pipeline, Problem, read_pipeline
from prism_engine.contract.resources import Resources
from prism_engine.contract.settings import FromModel, FromRun

RECIPE = """
name: two-stages
seed: 7
runs:
  evaluate: {kind: evaluate, policy: {run: align}, data: held-out}
  align:
    kind: align
    policy: {run: sft}
    discriminator: {run: warmup}
    data: curated
  warmup: {kind: warmup, policy: {run: sft}, data: curated}
  sft: {kind: sft, policy: {model: base}, data: public}
"""


def problems(recipe: object) -> dict[str, str]:
    with pytest.raises(InvalidRecipe) as caught:
        read_pipeline(recipe)
    return {problem.field: problem.message for problem in caught.value.problems}


def one_run(**settings: object) -> dict[str, object]:
    run = {"kind": "sft", "policy": {"model": "base"}, "data": "public"} | settings
    return {"name": "x", "runs": {"sft": run}}


def test_the_best_checkpoint_needs_a_metric_with_a_direction() -> None:
    assert read_pipeline(one_run(best_by="loss")).runs["sft"].best_by == "loss"
    field = "runs.sft.best_by"
    assert problems(one_run(best_by="ratio"))[field].startswith(
        "neither more nor less of 'ratio' is better; name one of: accuracy, "
    )
    assert "there is no metric 'los'; name one of" in problems(one_run(best_by="los"))[field]


def test_several_nodes_want_several_processes() -> None:
    nodes = {"resources": {"nodes": 2}}
    assert "one process cannot be on several nodes" in problems(one_run(**nodes))["runs.sft"]
    spread = read_pipeline(one_run(**nodes, distribution={"kind": "deepspeed", "stage": 3}))
    assert spread.runs["sft"].resources.nodes == 2
    assert "runs.x" in problems(
        {"name": "x", "runs": {"x": {"kind": "evaluate", "policy": {"model": "m"}, "data": "d",
                                     "resources": {"nodes": 2}}}}
    )  # fmt: skip


def test_zero_3_has_no_copies_to_compute_with() -> None:
    run = one_run(dtype="bfloat16", distribution={"kind": "deepspeed", "stage": 3})
    assert "in bfloat16 choose stage 2" in problems(run)["runs.sft"]
    for distribution in ({"kind": "fsdp2"}, {"kind": "deepspeed"}, {"kind": "ddp"}):
        read_pipeline(one_run(dtype="bfloat16", distribution=distribution))


def test_a_recipe_knows_its_edges_and_their_order() -> None:
    pipeline = read_pipeline(RECIPE)
    assert pipeline.edges() == [
        ("evaluate", "policy", "align"),
        ("align", "policy", "sft"),
        ("align", "discriminator", "warmup"),
        ("warmup", "policy", "sft"),
    ]
    assert pipeline.in_order() == ["sft", "warmup", "align", "evaluate"]
    assert pipeline.runs["sft"].policy == FromModel(model="base")
    assert pipeline.runs["align"].policy == FromRun(run="sft")


def test_runs_stand_as_written_wherever_their_parents_allow_it() -> None:
    evaluate = {"kind": "evaluate", "data": "held-out"}
    rlvr = {"kind": "rlvr", "data": "public", "policy": {"run": "sft"}}
    runs = {
        "sft": {"kind": "sft", "policy": {"model": "base"}, "data": "public"},
        "grpo": rlvr,
        "test-grpo": evaluate | {"policy": {"run": "grpo"}},
        "test-base": evaluate | {"policy": {"model": "base"}},
        "test-dapo": evaluate | {"policy": {"run": "dapo"}},
        "dapo": rlvr,
    }
    assert read_pipeline({"name": "x", "runs": runs}).in_order() == [
        "sft", "grpo", "test-grpo", "test-base", "dapo", "test-dapo",
    ]  # fmt: skip


def test_a_recipe_survives_the_journey_through_json() -> None:
    pipeline = read_pipeline(RECIPE)
    assert read_pipeline(pipeline.model_dump_json()) == pipeline


def test_defaults_are_the_papers() -> None:
    pipeline = read_pipeline(RECIPE)
    align, warmup = pipeline.runs["align"], pipeline.runs["warmup"]
    assert (align.steps, align.prompts_per_step, align.rollouts_per_prompt) == (500, 4, 16)
    assert (align.perception_weight, align.format_penalty, align.kl_coefficient) == (0.5, 1.5, 0.0)
    assert (align.game.score_clip, align.game.score_penalty) == (10.0, 0.001)
    assert align.game.optimizer.learning_rate == align.optimizer.learning_rate == 1e-6
    assert (warmup.discriminator.experts, warmup.discriminator.experts_per_token) == (4, 2)


@pytest.mark.parametrize(
    ("recipe", "field", "message"),
    [
        (one_run(stepz=3), "runs.sft.stepz", "did you mean 'steps'?"),
        (one_run() | {"dr_grpo": []}, "dr_grpo", "there is no setting 'dr_grpo' here"),
        (one_run(qqqqqqqq=3), "runs.sft.qqqqqqqq", "remove it"),
        (one_run(steps="many"), "runs.sft.steps", "valid integer"),
        (one_run(optimizer={"learning_rate": 0}), "runs.sft.optimizer.learning_rate", "greater"),
        (one_run(kind="sing"), "runs.sft", "'sft', 'warmup', 'align', 'rlvr', 'evaluate'"),
        (one_run(policy={"run": "nobody"}), "runs.sft.policy.run", "no run 'nobody'"),
        (one_run(policy={"run": "sft"}), "runs.sft.policy.run", "would wait for itself"),
        ({"name": "X y", "runs": {}}, "name", "pattern"),
        ("a: [", "", "not YAML"),
        ("just text", "", "valid dictionary"),
    ],
)
def test_a_bad_recipe_names_the_field_and_the_remedy(
    recipe: object, field: str, message: str
) -> None:
    assert message in problems(recipe)[field]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"endpoint": {"url": "", "model": "m"}}, {"endpoint.url": "'' is no address"}),
        ({"endpoint": {"url": "http://h/v1"}}, {"endpoint.model": "Field required"}),
        ({"model": ""}, {"model": "at least 1 character"}),
        ({"run": "A b"}, {"run": "match pattern"}),
        ({}, dict.fromkeys(("model", "run", "checkpoint", "endpoint"), "Field required")),
    ],
)
def test_a_bad_reference_is_blamed_for_the_kind_that_it_is_of(
    policy: object, expected: dict[str, str]
) -> None:
    run = {"kind": "evaluate", "data": "test", "policy": policy}
    found = problems({"name": "served", "runs": {"test": run}})
    assert found.keys() == {f"runs.test.policy.{field}" for field in expected}
    for field, message in expected.items():
        assert message in found[f"runs.test.policy.{field}"]
    assert not any("Value error" in message for message in found.values())


def test_a_parent_of_the_wrong_kind_is_refused_with_the_ones_that_would_do() -> None:
    wrong = RECIPE.replace("discriminator: {run: warmup}", "discriminator: {run: sft}")
    assert problems(wrong) == {
        "runs.align.discriminator.run": (
            "run 'sft' is of kind sft, which gives no discriminator; name one of: warmup"
        )
    }


def test_a_run_may_be_named_like_a_kind_without_losing_its_path() -> None:
    recipe = {"name": "x", "runs": {"grpo": one_run(stepz=1)["runs"]["sft"]}}
    assert list(problems(recipe)) == ["runs.grpo.stepz"]


def test_more_experts_per_token_than_experts_is_refused() -> None:
    recipe = read_pipeline(RECIPE).model_dump()
    recipe["runs"]["warmup"]["discriminator"]["experts"] = 2
    recipe["runs"]["warmup"]["discriminator"]["experts_per_token"] = 3
    assert "only 2 experts" in problems(recipe)["runs.warmup.discriminator"]


def test_every_kind_says_what_it_produces() -> None:
    (runs,) = Pipeline.model_json_schema()["properties"]["runs"]["patternProperties"].values()
    assert runs["discriminator"]["mapping"].keys() == PRODUCES.keys()


def test_a_problem_reads_as_field_and_message() -> None:
    error = InvalidRecipe([Problem(field="runs.a", message="is wrong")])
    assert str(error) == "runs.a: is wrong"


def test_a_run_names_every_data_set_that_it_reads() -> None:
    mixed = read_pipeline(one_run(mixed_with={"charts": 0.5, "public": 2}))
    assert mixed.runs["sft"].data_sets() == {
        "data": "public", "mixed_with.charts": "charts", "mixed_with.public": "public",
    }  # fmt: skip
    assert read_pipeline(RECIPE).runs["align"].data_sets() == {"data": "curated"}
    assert (
        "greater than 0"
        in problems(one_run(mixed_with={"charts": 0}))["runs.sft.mixed_with.charts"]
    )


def test_who_draws_is_told_by_its_kind() -> None:
    sampling = {"sampler": {"kind": "vllm", "memory_share": 0.3}}
    run = {"kind": "rlvr", "policy": {"model": "base"}, "data": "d", "sampling": sampling}
    read = read_pipeline({"name": "x", "runs": {"rlvr": run}}).runs["rlvr"].sampling
    assert (read.sampler.kind, read.sampler.memory_share) == ("vllm", 0.3)
    assert read.max_new_tokens == 6144
    served = {"kind": "vllm_server", "url": "http://me:secret@h", "model": "m"}
    field = "runs.rlvr.sampling.sampler.url"
    wrong = run | {"sampling": {"sampler": served}}
    assert "holds no secrets" in problems({"name": "x", "runs": {"rlvr": wrong}})[field]


def test_vllm_does_not_compute_in_float64() -> None:
    run = {"kind": "rlvr", "policy": {"model": "base"}, "data": "d", "dtype": "float64"}
    run["sampling"] = {"sampler": {"kind": "vllm"}}
    assert problems({"name": "x", "runs": {"rlvr": run}})["runs.rlvr"].startswith(
        "vLLM does not compute in float64; set dtype to float32 or bfloat16"
    )


def test_vllm_is_handed_weights_by_one_process() -> None:
    run = {"kind": "rlvr", "policy": {"model": "base"}, "data": "d"}
    run |= {"sampling": {"sampler": {"kind": "vllm"}}, "distribution": {"kind": "ddp"}}
    assert problems({"name": "x", "runs": {"rlvr": run}})["runs.rlvr"].startswith(
        "vLLM is handed the weights by one process; set distribution to single"
    )
    read_pipeline({"name": "x", "runs": {"rlvr": run | {"distribution": {"kind": "offloaded"}}}})


def test_flash_attention_computes_in_bfloat16_alone() -> None:
    read_pipeline(one_run(attention="flash_attention_2", dtype="bfloat16"))
    assert problems(one_run(attention="flash_attention_3"))["runs.sft"] == (
        "flash_attention_3 computes in bfloat16 alone; set dtype to bfloat16, or attention to sdpa"
    )


def test_something_must_learn() -> None:
    everything = ["vision", "projector", "language"]
    found = problems(one_run(tuning={"frozen": everything}))
    assert "nothing learns; take a part out, or add lora" in found["runs.sft.tuning"]
    for tuning in ({"frozen": everything, "lora": {"rank": 2}}, {"frozen": everything[:2]}):
        assert read_pipeline(one_run(tuning=tuning)).runs["sft"].tuning.frozen


def test_a_run_waits_in_the_default_queue_for_any_slot_unless_it_says_otherwise() -> None:
    resources = read_pipeline(one_run()).runs["sft"].resources
    assert resources == Resources(queue="default", gpus=None, gpu_memory=None, priority=0)
    assert problems(one_run(resources={"gpu_memory": 80})) == {
        "runs.sft.resources": "gpu_memory is that of each GPU: say in gpus how many, at least 1"
    }


def question(**settings: object) -> dict[str, object]:
    asked = {"kind": "ask", "policy": {"model": "m"}, "question": "How many?", "images": ["a.png"]}
    return {"name": "x", "runs": {"before": asked | settings}}


def test_a_question_needs_words_and_images_and_no_data() -> None:
    read = read_pipeline(question()).runs["before"]
    assert (read.data_sets(), read.samples_per_item, read.discriminator) == ({}, 3, None)
    assert "white space" in problems(question(question=" \n"))["runs.before.question"]
    assert "at least 1" in problems(question(images=[]))["runs.before.images"]
    assert "at most 4" in problems(question(images=["a"] * 5))["runs.before.images"]
    assert "there is no setting 'data'" in problems(question(data="d"))["runs.before.data"]


def test_a_question_marks_every_image_or_none() -> None:
    two = question(question="Is <image> like <image>?", images=["a.png", "b.png"])
    assert read_pipeline(two).runs["before"].kind == "ask"
    one = question(question="Is <image> like <image>?")
    assert "2 marks <image> for 1 images" in problems(one)["runs.before"]
