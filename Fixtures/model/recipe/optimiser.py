"""Muon for the matrices inside the layers, AdamW for everything else.

Muon replaces a matrix's momentum by its nearest orthogonal matrix (four Newton-Schulz steps, in
bfloat16 where the processor has it); matrices of one shape go through as one batch. Both share one schedule factor.
All state lies in shared memory, so that forked workers update one set of moments.
"""

import torch
from torch import Tensor, nn

NEWTON_SCHULZ = (
    (4.0848, -6.8946, 2.9270), (3.9505, -6.3029, 2.6377),
    (3.7418, -5.5913, 2.3037), (2.8769, -3.1427, 1.2046),
)


def orthogonal(matrices: Tensor) -> Tensor:
    """[matrix, row, column] -> the nearest matrices with singular values about 1."""
    x = matrices.bfloat16() if torch.cpu._is_avx512_bf16_supported() else matrices
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    x = x / (x.norm(dim=(-2, -1), keepdim=True) * 1.02 + 1e-7)
    for a, b, c in NEWTON_SCHULZ:
        square = x @ x.mT
        x = a * x + (b * square + c * (square @ square)) @ x
    return (x.mT if tall else x).float()


class Optimiser:
    def __init__(self, model: nn.Module, matrix_rate: float, other_rate: float):
        self.matrix_rate, self.other_rate = matrix_rate, other_rate
        self.by_shape: dict[tuple[int, int], list[tuple[nn.Parameter, Tensor]]] = {}
        decayed, plain = [], []
        for name, parameter in model.named_parameters():
            inside = ".layers." in name or ".blocks." in name or name.startswith("mm_projector")
            if parameter.dim() >= 2 and inside and not name.endswith("mlp.gate.weight"):
                rows, columns = parameter.shape[-2:]
                if name.endswith("wqkv.weight"):
                    rows //= 3
                group = self.by_shape.setdefault((rows, columns), [])
                group.append((parameter, torch.zeros_like(parameter).share_memory_()))
            else:
                (decayed if parameter.dim() >= 2 else plain).append(parameter)
        groups = [{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}]
        self.adam = torch.optim.AdamW(groups, lr=other_rate, betas=(0.9, 0.97), fused=True)
        for parameter in decayed + plain:
            self.adam.state[parameter] = {
                "step": torch.zeros(()).share_memory_(),
                "exp_avg": torch.zeros_like(parameter).share_memory_(),
                "exp_avg_sq": torch.zeros_like(parameter).share_memory_(),
            }

    @torch.no_grad()
    def step(self, factor: float) -> None:
        """One step at `factor` times the peak rates; parameters without a gradient stay as they are."""
        for group in self.adam.param_groups:
            group["lr"] = self.other_rate * factor
        self.adam.step()
        rate = self.matrix_rate * factor
        for (rows, columns), members in self.by_shape.items():
            members = [member for member in members if member[0].grad is not None]
            if not members:
                continue
            updates = []
            for parameter, momentum in members:
                gradient = parameter.grad
                momentum.mul_(0.95).add_(gradient)
                updates.append((gradient + 0.95 * momentum).view(-1, rows, columns))
            steps = orthogonal(torch.cat(updates)).split([len(update) for update in updates])
            scale = -rate * max(1, rows / columns) ** 0.5
            for (parameter, _), step in zip(members, steps):
                parameter.mul_(1 - rate * 0.02).add_(step.view_as(parameter), alpha=scale)

    def state(self) -> dict:
        momenta = [[momentum for _, momentum in members] for members in self.by_shape.values()]
        return {"adam": self.adam.state_dict(), "momenta": momenta}

    def load(self, state: dict) -> None:
        for parameter, saved in zip(self.adam.state, state["adam"]["state"].values()):
            for name, value in saved.items():
                self.adam.state[parameter][name].copy_(value)
        for members, saved in zip(self.by_shape.values(), state["momenta"]):
            for (_, momentum), value in zip(members, saved):
                momentum.copy_(value)
