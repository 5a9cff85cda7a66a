"""Every number that a run may report, declared once.

A name that is not declared is refused by `EventLog`, so that a chart never shows a number whose
meaning nobody can look up.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from prism_engine.contract.rewards import REWARDS, reward_names


class Metric(NamedTuple):
    """What a number means."""

    name: str
    title: str
    meaning: str
    unit: str = ""
    better: Literal["up", "down", "neither"] = "neither"
    timing: bool = False
    """A timing differs between two runs with the same seed; everything else must not."""


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in [
        # Optimisation
        Metric("loss", "Loss", "Mean loss of the step's tokens", better="down"),
        Metric("gradient_norm", "Gradient norm", "Norm of the policy's gradient before clipping"),
        Metric("learning_rate", "Learning rate", "Learning rate of the policy in this step"),
        Metric("tokens", "Tokens", "Response tokens that the step learned from", "tokens"),
        Metric("useful_share", "Useful share", "Share of the places that the model computes which hold a token and no padding", better="up"),
        Metric("entropy", "Entropy", "Mean entropy of the policy per response token", "nats"),
        Metric("kl", "KL divergence", "Mean k3 estimate of the divergence from the policy that the run started from", "nats"),
        Metric("clip_fraction", "Clipped share", "Share of tokens whose ratio was clipped"),
        Metric("clip_fraction_low", "Clipped share, low", "Share of tokens whose ratio had fallen below the lower bound, against their advantage"),
        Metric("clip_fraction_high", "Clipped share, high", "Share of tokens whose ratio had risen above the upper bound"),
        Metric("ratio", "Probability ratio", "Mean ratio of the policy's probability to the one before it learned from the step's rollouts"),
        Metric("sampler_gap", "Sampler gap", "Mean difference, sign left out, of the learner's and the sampler's log-probabilities", "nats"),
        Metric("mismatch_weight", "Mismatch weight", "Mean weight of a token's loss that corrects for the sampler's probabilities"),
        Metric("mismatch_masked", "Mismatch masked", "Share of tokens not learned from because the sampler's probabilities were too far off"),
        Metric("updates", "Updates", "Optimizer steps of the policy within the step", "updates"),
        # Rollouts
        Metric("reward", "Reward", "Mean of the weighted rewards of the step's rollouts", better="up"),
        Metric("reward_answer", "Answer reward", "Mean answer reward", better="up"),
        Metric("reward_format", "Format reward", "Mean format reward", better="up"),
        Metric("reward_overlong", "Overlong punishment", "Mean punishment of long responses, from 0 down to -1", better="up"),
        *[Metric(f"reward_{name}", f"Reward {name}", f"Mean of the installed reward {name} over the rollouts that it applies to", better="up") for name in reward_names() if name not in REWARDS],
        Metric("reward_deviation", "Reward deviation", "Mean deviation of the weighted rewards within a group"),
        Metric("reward_perception", "Perception reward", "Mean perception score of valid rollouts", better="up"),
        Metric("reward_reasoning", "Reasoning reward", "Mean reasoning score of valid rollouts", better="up"),
        Metric("reward_response", "Response reward", "Mean score of valid rollouts by a discriminator that reads them whole", better="up"),
        Metric("accuracy", "Accuracy", "Share of the step's rollouts with the right answer", better="up"),
        Metric("valid_share", "Well-formed share", "Share of rollouts in the caption, think, answer form", better="up"),
        Metric("unparsed_share", "Unparsed share", "Share of verified answers that are not of the gold's type", better="down"),
        Metric("timeout_share", "Verification timeouts", "Share of verified answers that took too long to compare", better="down"),
        Metric("mixed_groups", "Mixed groups", "Share of groups whose rewards are not all equal"),
        Metric("draws", "Draws", "Times that the step drew prompts until it had enough groups to learn from", "draws"),
        Metric("groups_kept", "Groups kept", "Groups that the step learned from", "groups"),
        Metric("truncated_share", "Cut share", "Share of rollouts that were cut at the longest length", better="down"),
        Metric("rollout_tokens", "Tokens drawn", "Response tokens of all rollouts that the step drew", "tokens"),
        Metric("response_tokens", "Response length", "Mean response length", "tokens"),
        Metric("response_tokens_longest", "Longest response", "Length of the longest response", "tokens"),
        Metric("caption_recall", "Caption recall", "Share of the demonstration's caption items that the rollout's caption states", better="up"),
        Metric("caption_precision", "Caption precision", "Share of the rollout's caption items that the demonstration's caption states", better="up"),
        Metric("caption_items", "Items per caption", "Mean number of caption items", "items"),
        Metric("reasoning_steps", "Reasoning steps", "Mean number of reasoning steps", "steps"),
        # The game
        Metric("gap_perception", "Perception reward gap", "Mean perception score of demonstrations minus that of rollouts; nears 0 as the policy becomes indistinguishable", better="down"),
        Metric("gap_reasoning", "Reasoning reward gap", "Mean reasoning score of demonstrations minus that of rollouts; nears 0 as the policy becomes indistinguishable", better="down"),
        Metric("gap_response", "Response reward gap", "Mean score of whole demonstrations minus that of whole rollouts; nears 0 as the policy becomes indistinguishable", better="down"),
        Metric("discriminator_accuracy_perception", "Perception accuracy", "Share of pairs, ties left out, in which the demonstration's caption scores higher"),
        Metric("discriminator_accuracy_reasoning", "Reasoning accuracy", "Share of pairs, ties left out, in which the demonstration's reasoning scores higher"),
        Metric("discriminator_accuracy_response", "Response accuracy", "Share of pairs, ties left out, in which the whole demonstration scores higher"),
        Metric("discriminator_loss", "Discriminator loss", "Bradley-Terry loss of all that is read, with its penalties"),
        Metric("discriminator_gradient_norm", "Discriminator gradient norm", "Norm of the discriminator's gradient before clipping"),
        Metric("score_spread_perception", "Perception score spread", "Standard deviation of the perception scores of both sides"),
        Metric("score_spread_reasoning", "Reasoning score spread", "Standard deviation of the reasoning scores of both sides"),
        Metric("score_spread_response", "Response score spread", "Standard deviation of the scores of whole responses of both sides"),
        Metric("tie_share_perception", "Perception ties", "Share of pairs with equal perception scores"),
        Metric("tie_share_reasoning", "Reasoning ties", "Share of pairs with equal reasoning scores"),
        Metric("tie_share_response", "Response ties", "Share of pairs whose whole responses have equal scores"),
        # Evaluation
        Metric("score", "Score", "The number by which a benchmark's authors rank", better="up"),
        Metric("accuracy_greedy", "Greedy accuracy", "Share of items answered right by greedy decoding", better="up"),
        Metric("accuracy_pairs", "Question pair accuracy", "Share of questions answered right about every figure that they are asked about (qAcc)", better="up"),
        Metric("accuracy_figures", "Figure accuracy", "Share of figures about which every question is answered right (fAcc)", better="up"),
        Metric("figures_inconsistent", "Inconsistent figures", "Share of figures about which some answers are right and some wrong"),
        Metric("figures_wrong", "Figures misread", "Share of figures about which no answer is right", better="down"),
        Metric("yes_share", "Share of yes", "Share of yes among the answers that say yes or no"),
        Metric("false_positive_share", "False positives", "Share of wrong answers whose gold is no"),
        Metric("language_hallucinations", "Language hallucinations", "Share of failures in which a prior outweighs what is seen"),
        Metric("visual_illusions", "Visual illusions", "Share of failures in which the figure is misread"),
        Metric("mixed_failures", "Mixed failures", "Share of failures that either may be to blame for"),
        Metric("accuracy_sampled", "Sampled accuracy", "Mean share of right answers over the samples of an item", better="up"),
        Metric("pass_at_2", "pass@2", "How likely at least one of two samples of an item is right", better="up"),
        Metric("pass_at_4", "pass@4", "How likely at least one of four samples of an item is right", better="up"),
        Metric("pass_at_8", "pass@8", "How likely at least one of eight samples of an item is right", better="up"),
        Metric("caption_items_wasserstein", "Distance of items per caption", "Wasserstein-1 between the numbers of caption items of policy and supervision on the same items", "items", better="down"),
        Metric("caption_items_kolmogorov_smirnov", "KS of items per caption", "Largest difference of the cumulative distributions of caption items of policy and supervision on the same items", better="down"),
        Metric("reasoning_steps_wasserstein", "Distance of reasoning steps", "Wasserstein-1 between the numbers of reasoning steps of policy and supervision on the same items", "steps", better="down"),
        Metric("reasoning_steps_kolmogorov_smirnov", "KS of reasoning steps", "Largest difference of the cumulative distributions of reasoning steps of policy and supervision on the same items", better="down"),
        Metric("caption_faithfulness", "Faithfulness", "Share of answers that follow from the policy's own caption", better="up"),
        # Evaluation on We-Math
        Metric("wemath_score_strict", "We-Math score, strict", "Share of groups, less half of inadequate generalisation, all of insufficient knowledge, and composed problems right though a step is wrong", better="up"),
        Metric("wemath_score_loose", "We-Math score, loose", "The same, less composed problems right though all steps are wrong", better="up"),
        Metric("wemath_insufficient_knowledge", "Insufficient knowledge", "Share of groups with a step wrong and the composed problem wrong", better="down"),
        Metric("wemath_inadequate_generalisation", "Inadequate generalisation", "Share of groups with all steps right and the composed problem wrong", better="down"),
        Metric("wemath_complete_mastery_strict", "Complete mastery, strict", "Share of groups with all steps right and the composed problem right", better="up"),
        Metric("wemath_complete_mastery_loose", "Complete mastery, loose", "Share of groups with any step right and the composed problem right", better="up"),
        Metric("wemath_rote_memorisation_strict", "Rote memorisation, strict", "Share of right composed problems of whose steps one is wrong", better="down"),
        Metric("wemath_rote_memorisation_loose", "Rote memorisation, loose", "Share of right composed problems of whose steps all are wrong", better="down"),
        Metric("wemath_concept_accuracy", "Concept accuracy", "Mean over a domain's knowledge concepts of the accuracy on their one-step problems", better="up"),
        # Curation
        Metric("items_given", "Items given", "Items that came to the gate", "items"),
        Metric("items_kept", "Items kept", "Items that passed the gate", "items"),
        Metric("requests", "Requests", "Requests to endpoints so far", "requests"),
        Metric("spent", "Spent", "What requests have cost so far, or may have", "USD"),
        # Timings
        Metric("step_seconds", "Step time", "Wall time of the step", "s", "down", timing=True),
        Metric("rollout_seconds", "Rollout time", "Time spent drawing rollouts", "s", "down", timing=True),
        Metric("judge_seconds", "Judge time", "Time spent scoring rollouts and teaching the judge", "s", "down", timing=True),
        Metric("update_seconds", "Update time", "Time spent updating the policy", "s", "down", timing=True),
        Metric("rollout_share", "Rollouts' share of time", "Share of the step's time that drawing rollouts took", timing=True),
        Metric("judge_share", "Judge's share of time", "Share of the step's time that scoring rollouts and teaching the judge took", timing=True),
        Metric("update_share", "Update's share of time", "Share of the step's time that updating the policy took", timing=True),
        Metric("rollout_tokens_per_second", "Throughput of rollouts", "Response tokens drawn per second of drawing them", "tokens/s", "up", timing=True),
        Metric("judge_tokens_per_second", "Throughput of the judge", "Response tokens of rollouts per second of scoring them and teaching the judge", "tokens/s", "up", timing=True),
        Metric("update_utilisation", "Model FLOPs utilisation", "Operations that the update needs as a share of those that the GPU would do in its time as one large product of matrices, which is timed as the run starts; absent on a CPU", better="up", timing=True),
        Metric("update_tokens_per_second", "Throughput of the update", "Response tokens learned from per second of updating the policy", "tokens/s", "up", timing=True),
        Metric("tokens_per_second", "Throughput", "Response tokens learned from per second", "tokens/s", "up", timing=True),
    ]
}  # fmt: skip
