"""Times PyTorch on the vision tower and projector of Kimi-VL's shape, bfloat16, random weights: one line, seconds.

    python Tests/Trials/peers_torch.py 448x448 2

Needs torch and transformers with the architecture kimi_k25 (5.23 has it). Run by peers.py.
"""

import sys
import time


def declare_torchvision() -> None:
    """transformers imports torchvision, whose operators may be built for another device: their names are enough."""
    import torch

    library = torch.library.Library("torchvision", "DEF")
    boxes = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
    library.define("nms" + boxes)
    library.define("qnms" + boxes)
    kept.append(library)


kept: list = []


def main() -> None:
    width, height = map(int, sys.argv[1].split("x"))
    declare_torchvision()
    import torch
    from transformers import Kimi_K25Config
    from transformers.models.kimi_k25.modeling_kimi_k25 import Kimi_K25MultimodalProjection, Kimi_K25VisionModel

    torch.set_num_threads(int(sys.argv[2]))
    torch.manual_seed(0)
    text = {"model_type": "deepseek_v3", "hidden_size": 2048, "num_hidden_layers": 1}
    config = Kimi_K25Config(text_config=text)
    config.vision_config._attn_implementation = "sdpa"
    tower = Kimi_K25VisionModel._from_config(config.vision_config).eval().to(torch.bfloat16)
    projector = Kimi_K25MultimodalProjection(config).eval().to(torch.bfloat16)
    grid = torch.tensor([[1, height // 14, width // 14]])
    patches = torch.randn(int(grid.prod()), 3, 14, 14).to(torch.bfloat16)
    times = []
    with torch.no_grad():
        for _ in range(3):
            start = time.perf_counter()
            projector(tower(patches, grid_thw=grid).pooler_output)
            times.append(time.perf_counter() - start)
    # The first one also lays out weights.
    print(sorted(times[1:])[0])


main()
