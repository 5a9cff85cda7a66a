"""Every word of the miniature world, in the order of their ids."""

from prism_engine.data.miniature.scene import CELLS, COLOURS, SHAPES

PAD = "<|endoftext|>"
END = "<|im_end|>"
IMAGE = "<|image_pad|>"
VIDEO = "<|video_pad|>"
VISION_START = "<|vision_start|>"
VISION_END = "<|vision_end|>"

UNKNOWN = "<|unknown|>"

SPECIAL = (PAD, "<|im_start|>", END, VISION_START, VISION_END, IMAGE, VIDEO)
"""Named as in Qwen's vocabulary."""

TAGS = tuple(f"{start}{tag}>" for tag in ("caption", "think", "answer") for start in ("<", "</"))

BULLET = "\n-"

WORDS = (
    *SPECIAL, UNKNOWN, *TAGS, "\n", BULLET, ",", "=", "user", "assistant",
    *(str(number) for number in range(-9, 10)), *CELLS, *COLOURS, *SHAPES, "bar", "none",
    "Count", "Compare", "Tallest", "Read", "colour", "shape", "of", "minus", "tallest",
    "let", "me", "see",
)  # fmt: skip

SUITE_WORDS = (
    *WORDS, *(str(number) for number in range(10, 21)), "1.0", "1.5", "2.0", "3.0",
    *"ABCDEFGHIJ", *(f"{column}4" for column in "abcd"), *(f"d{row}" for row in "123"),
    "<image", "1>", "2>", "plus", "times", "over", "equals", "more",
    "Solve", "Sum", "Perimeter", "Area", "Triangle", "Rectangle", "Odd", "Missing", "Where",
    "Which", "Is", "yes", "no",
)  # fmt: skip
"""What a policy has to know for the suite: the same words with the same ids, and more."""
