"""Verifiable rewards, each one channel.

To add one, write its file with a function of the type `reward.Reward`, name it here, and add its
name to `REWARDS` in `contract/rewards.py`. Another package adds one by an entry point of the group
`prism_engine.rewards`; see `installed.py`.
"""

from __future__ import annotations

from prism_engine.contract.rewards import REWARD_PLUGINS
from prism_engine.rewards.answer import answer_reward
from prism_engine.rewards.format import format_reward
from prism_engine.rewards.installed import load_installed
from prism_engine.rewards.reward import Judge, Reward, judge_each

REWARDS: dict[str, Reward] = {"answer": answer_reward, "format": format_reward}


def load_reward(name: str) -> Judge:
    """The judge of one channel. Raises `InvalidReward` if an installed one cannot be loaded."""
    if name in REWARDS:
        return judge_each(REWARDS[name])
    return load_installed(REWARD_PLUGINS, name)
