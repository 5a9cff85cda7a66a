"""Runs inside the scorer's environment: the script as it is, and what it found as JSON."""

import json
import runpy
import sys

checkout = sys.argv[1]
sys.path.insert(0, checkout)
found = runpy.run_path(f"{checkout}/evaluation.py", run_name="__main__")

figures, failures = found["fig_all"], found["all_data"]
blamed = {kind: failures[f"{kind}_cg"] for kind in ("LH", "VI", "Mix")}
shares = {kind: round(100 * count / sum(blamed.values()), 4) for kind, count in blamed.items()}
rows = sorted(found["data"], key=lambda row: row["number"])
with open("found.json", "w") as file:
    json.dump(
        {
            "correct": [bool(row["correct"]) for row in rows],
            "aAcc": found["q_acc_gpt"],
            "qAcc": found["pair_acc_gpt"],
            "fAcc": found["figure_acc_gpt"],
            "easy": found["easy_acc_gpt"],
            "hard": found["hard_acc_gpt"],
            "inconsistent": round(100 * figures["inconsistent"] / figures["total"], 4),
            "wrong": round(100 * figures["wrong"] / figures["total"], 4),
            "LH": shares["LH"],
            "VI": shares["VI"],
            "Mixed": shares["Mix"],
        },
        file,
    )
