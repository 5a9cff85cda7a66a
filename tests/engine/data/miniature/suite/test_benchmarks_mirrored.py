"""Each family has the structure that makes its benchmark's own metrics what they are."""

from collections import Counter, defaultdict

from prism_engine.data.miniature.suite import SUITE


def group(benchmark, seed):
    (family,) = SUITE[benchmark].values()
    return family.group(seed)


def test_mathvista_has_every_type_of_answer():
    fields = [f.group(s)[0].published for f in SUITE["mathvista"].values() for s in range(60)]
    types = Counter((each["question_type"], each["answer_type"]) for each in fields)
    assert types.keys() == {
        ("free_form", "integer"), ("free_form", "float"), ("free_form", "list"),
        ("multi_choice", "text"),
    }  # fmt: skip
    for each in fields:
        assert (each["precision"] == 1.0) == (each["answer_type"] == "float")
        assert (each["choices"] is not None) == (each["question_type"] == "multi_choice")


def test_mathverse_moves_conditions_from_the_text_into_the_picture():
    versions = group("mathverse", 3)
    assert [each.published["problem_version"] for each in versions] == [
        "Text Dominant", "Text Lite", "Vision Intensive", "Vision Dominant", "Vision Only",
    ]  # fmt: skip
    assert len({each.published["problem_index"] for each in versions}) == 1
    assert len({each.spoken for each in versions}) == 1
    lengths = [len(each.question) for each in versions]
    assert lengths == sorted(lengths, reverse=True)
    assert len(set(lengths)) == 5
    said = [sum(t.shape != "bar" for t in each.scenes[0].things) for each in versions]
    assert said == [0, 0, 0, 2, 3]


def test_mathvision_is_harder_the_higher_its_level():
    seen = defaultdict(lambda: defaultdict(set))
    for seed in range(400):
        (exercise,) = group("mathvision", seed)
        seen[exercise.published["subject"]][exercise.published["level"]].add(
            len(exercise.scenes[0].things)
        )
    assert len(seen) == 4
    for subject, levels in seen.items():
        sizes = [sizes for _, (sizes) in sorted(levels.items())]
        assert [len(each) for each in sizes] == [1] * 5
        order = [size for (size,) in sizes]
        assert order == sorted(order, reverse=subject == "transformation geometry")


def test_wemath_groups_share_an_id_and_end_with_all_steps_at_once():
    for seed in range(30):
        steps = group("wemath", seed)
        fields = [each.published for each in steps]
        kind = "3steps" if seed % 3 == 0 else "2steps"
        keys = [f"{kind}_{n}" for n in range(1, int(kind[0]) + 1)]
        assert [each["key"] for each in fields] == [*keys, f"{kind}_multi"]
        assert {each["ID"] for each in fields} == {f"{kind}_{seed}"}
        concepts = [each["knowledge concept"] for each in fields]
        assert concepts[-1] == ";".join(concepts[:-1])
        for each in steps:
            parts = each.published["option"].split("; ")
            assert parts == [f"{'ABCD'[n]}. {t}" for n, t in enumerate(each.answer.choices)]


def test_mmmu_has_several_pictures_pictures_as_options_and_open_questions():
    found = [group("mmmu", seed)[0] for seed in range(40)]
    assert Counter(len(each.scenes) for each in found) == {1: 30, 2: 10}
    for each in found:
        if len(each.scenes) == 2:
            assert sorted(each.answer.choices) == ["<image 1>", "<image 2>"]
    types = Counter(each.published["question_type"] for each in found)
    assert types == {"open": 20, "multiple-choice": 20}
    lists = [each for each in found if str(each.published.get("answer")).startswith("[")]
    assert len(lists) == 10
    assert all(len(each.answer.aliases) == 1 for each in lists)


def test_mmmu_pro_asks_the_same_in_text_and_in_the_picture():
    for seed in range(20):
        standard, vision = group("mmmu_pro", seed)
        assert [e.published["setting"] for e in (standard, vision)] == [
            "standard (10 options)",
            "vision",
        ]
        assert standard.published["options"] == vision.published["options"]
        assert len(standard.answer.choices) == 10
        assert (vision.question, vision.scenes[0].side) == ("Solve", 4)
        assert standard.spoken == vision.spoken


def test_hallusionbench_pairs_an_original_with_an_edited_figure():
    changed = Counter()
    for seed in range(90):
        rows = group("hallusion_bench", seed)
        fields = [each.published for each in rows]
        assert len({(f["category"], f["subcategory"], f["set_id"]) for f in fields}) == 1
        by_figure = {f["figure_id"]: f["gt_answer"] for f in fields if f["question_id"] == "0"}
        # In VS figure 0 is none at all; in VD it is the original.
        original, edited = ("1", "2") if fields[0]["category"] == "VS" else ("0", "1")
        assert by_figure[original] != by_figure[edited]
        assert {f["visual_input"] for f in fields if f["figure_id"] == edited} == {"2"}
        assert {f["visual_input"] for f in fields if f["figure_id"] == original} == {"1"}
        assert [each.scenes == () for each in rows] == [f["visual_input"] == "0" for f in fields]
        changed[by_figure[original]] += 1
        if fields[0]["category"] == "VD":
            first, edited = rows[0].scenes[0], rows[2].scenes[0]
            assert {t.fact for t in first.things} != {t.fact for t in edited.things}
            assert len(rows) == 4
        else:
            assert sorted(by_figure) == ["0", "1", "2"]
    assert 30 < changed["1"] < 60
