"""Verifiable rewards, each one channel.

To add one, write its file with a function of the type `reward.Reward`, name it here, and add its
name to `Rlvr.rewards` in `contract/config.py`.
"""

from __future__ import annotations

from prism_engine.rewards.answer import answer_reward
from prism_engine.rewards.format import format_reward
from prism_engine.rewards.reward import Reward

REWARDS: dict[str, Reward] = {"answer": answer_reward, "format": format_reward}
