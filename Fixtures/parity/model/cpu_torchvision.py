"""Lets `import torchvision` succeed beside a CPU build of torch.

torchvision's published wheel is a CUDA build whose compiled operators do not load without CUDA; importing it then
fails because `torchvision::nms` was never declared. Declaring the two schemas is enough, nothing here calls them.
Import this module before transformers.
"""

import torch

_library = torch.library.Library("torchvision", "DEF")
_library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
_library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
