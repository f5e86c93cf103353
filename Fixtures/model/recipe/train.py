"""Trains the embedded model until a given clock time, on one schedule.

Owns the losses and the schedule: a short warm-up, then a linear fall to zero, after a plateau
if `--decay-share` is below 1. Each worker is a forked process with one thread; all of them update one model
in shared memory, one at a time, from gradients that are at most one step of the others old. On a
busy machine this wastes nothing, where threads inside one process would wait for each other.
Saves weights, their running average and the optimiser's state, so that a run
that was stopped goes on where it was (`--resume`). The end time is a promise: batches get no larger
or smaller to meet it, the schedule follows the clock.

    python train.py --data DATA --output RUN --end 17:40 [--start CHECKPOINT | --resume]
"""

import argparse
import copy
import datetime
import multiprocessing
import random
import time
from collections import defaultdict
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

import dialect
from model import EmbeddedModel, MixtureOfExperts
from optimiser import Optimiser
from samples import NO_LABEL, Batch, Pool, collate

POINTER_LAYERS = (1, 3)
COLOUR_TOKEN_WEIGHT = 6.0
LOOK_TOKEN_WEIGHT = 2.0
CHARACTER_LOSS, POINTER_LOSS, COLOUR_LOSS = 0.5, 0.2, 0.4
AVERAGE_DECAY = 0.99          # per step of worker 0
SAVE_SECONDS, VALIDATION_SECONDS = 300, 1200
BALANCE_STEP = 0.002
# Share of the batches by kind at the start and at the end of a run.
MIX_START = {"line": 0.86, "wall": 0.03, "crop": 0.03, "panel": 0.03, "page": 0.04, "mobile": 0.01}
MIX_END = {"line": 0.80, "wall": 0.03, "crop": 0.04, "panel": 0.05, "page": 0.07, "mobile": 0.01}
MIX_READING = {"line": 0.8, "wall": 0.1, "panel": 0.05, "crop": 0.05}
# bfloat16 where the processor multiplies it; elsewhere torch is ten times slower with it than with float32.
DTYPE = torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32

# Share of the steps that train the vision tower alone, up to `EARLY` of the run and after it.
EARLY, EARLY_READING, LATE_READING = 0.25, 0.30, 0.08

LOOK_CLASSES = ("size-13 size-15 size-16 compact roomy sharp soft grotesk neutral humanist friendly "
                "wide serif book").split()


def token_weights() -> Tensor:
    """Loss weight of every token id."""
    weights = torch.ones(dialect.VOCABULARY_SIZE)
    weights[list(dialect.COLOUR_IDS)] = COLOUR_TOKEN_WEIGHT
    for name in LOOK_CLASSES:
        weights[[dialect.RANK_OF[name.encode()], dialect.RANK_OF[b" " + name.encode()]]] = LOOK_TOKEN_WEIGHT
    return weights


TOKEN_WEIGHTS = token_weights()
IS_CHARACTER = torch.zeros(dialect.VOCABULARY_SIZE, dtype=torch.bool)
IS_CHARACTER[list(dialect.CHARACTER_IDS)] = True
IS_COLOUR = torch.zeros(dialect.VOCABULARY_SIZE, dtype=torch.bool)
IS_COLOUR[list(dialect.COLOUR_IDS)] = True


def losses(model: EmbeddedModel, batch: Batch) -> tuple[dict[str, Tensor], Tensor]:
    """The four losses, and the top choices [batch, token]."""
    with torch.autocast("cpu", DTYPE, enabled=DTYPE != torch.float32):
        logits, patches, pointers = model(batch.images, batch.ids, DTYPE, POINTER_LAYERS)
        found = vision_losses(model, batch, patches)
    real = batch.ids != dialect.PADDING
    target = batch.ids[real]
    weight = TOKEN_WEIGHTS[target]
    token = F.cross_entropy(logits[real].float(), target, reduction="none")
    found["token"] = (token * weight).sum() / weight.sum()
    cells = batch.cells.flatten()
    # A batch of icons points nowhere; a mean over nothing would be no number.
    count = (cells != NO_LABEL).sum().clamp(min=1)
    found["pointer"] = sum(F.cross_entropy(scores.flatten(0, 1), cells, ignore_index=NO_LABEL, reduction="sum")
                           for scores in pointers) / len(pointers) / count
    return found, logits.argmax(-1)


def reading_losses(model: EmbeddedModel, batch: Batch) -> dict[str, Tensor]:
    """The two losses of the vision tower alone: a fifth of the cost of a whole step."""
    with torch.autocast("cpu", DTYPE, enabled=DTYPE != torch.float32):
        patches, _, _ = model.vision_tower(batch.images, DTYPE)
        return vision_losses(model, batch, patches)


def vision_losses(model: EmbeddedModel, batch: Batch, patches: Tensor) -> dict[str, Tensor]:
    """Characters and main colour of the patches, from the two auxiliary heads."""
    occupied = batch.characters[..., 0] > 0
    chosen = occupied | (torch.rand(occupied.shape) < 0.08)
    characters = model.character_head(patches[chosen]).unflatten(-1, (batch.characters.shape[2], -1))
    found = {"character": F.cross_entropy(characters.float().flatten(0, 1), batch.characters[chosen].flatten())}
    if (batch.colours != NO_LABEL).any():
        colours = model.colour_head(patches).float().flatten(0, 1)
        found["colour"] = F.cross_entropy(colours, batch.colours.flatten(), ignore_index=NO_LABEL)
    return found


def total_loss(found: dict[str, Tensor]) -> Tensor:
    weights = {"token": 1.0, "character": CHARACTER_LOSS, "pointer": POINTER_LOSS, "colour": COLOUR_LOSS}
    return sum(weights[name] * loss for name, loss in found.items())


def balance_experts(model: EmbeddedModel) -> None:
    """Nudges each router's correction bias towards equal load, as DeepSeek-V3 does."""
    for layer in model.language_model.model.layers:
        if isinstance(layer.mlp, MixtureOfExperts) and layer.mlp.load is not None:
            load = layer.mlp.load.float()
            layer.mlp.gate.e_score_correction_bias += BALANCE_STEP * torch.sign(load.mean() - load)


def update_average(average: EmbeddedModel, model: EmbeddedModel, step: int) -> None:
    decay = min(AVERAGE_DECAY, (step + 1) / (step + 10))
    pairs = list(zip(average.parameters(), model.parameters()))
    torch._foreach_lerp_([a.data for a, _ in pairs], [m.data for _, m in pairs], 1 - decay)
    for kept, live in zip(average.buffers(), model.buffers()):
        kept.copy_(live)


@torch.no_grad()
def validate(model: EmbeddedModel, pool: Pool, most: int = 48) -> dict[str, dict[str, float]]:
    """Teacher-forced accuracy by kind: characters, colours, everything else."""
    model.eval()
    result = {}
    for kind, sizes in pool.samples.items():
        right, count = defaultdict(float), defaultdict(int)
        for group in sizes.values():
            group = sorted(group[:most], key=lambda sample: len(sample.ids))
            for start in range(0, len(group), 8):
                batch = collate(group[start:start + 8])
                _, choices = losses(model, batch)
                real, correct = batch.ids != dialect.PADDING, choices == batch.ids
                character, colour = IS_CHARACTER[batch.ids], IS_COLOUR[batch.ids]
                for name, mask in (("character", character), ("colour", colour),
                                   ("other", real & ~character & ~colour)):
                    right[name] += correct[mask].sum().item()
                    count[name] += mask.sum().item()
        result[kind] = {name: round(right[name] / max(1, count[name]), 4) for name in right}
    model.train()
    return result


def end_time(text: str) -> float:
    hour, minute = map(int, text.split(":"))
    now = datetime.datetime.now()
    end = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return (end if end > now else end + datetime.timedelta(days=1)).timestamp()


def draw_kind(progress: float, reading: bool) -> str:
    if reading:
        return random.choices(list(MIX_READING), list(MIX_READING.values()))[0]
    shares = [MIX_START[kind] * (1 - progress) + MIX_END[kind] * progress for kind in MIX_START]
    return random.choices(list(MIX_START), shares)[0]


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="directory with train/ and val/")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--end", required=True, help="clock time HH:MM at which the run is over")
    parser.add_argument("--start", type=Path, help="weights to begin from: a checkpoint.pt or weights.safetensors")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --output")
    parser.add_argument("--matrix-rate", type=float, default=0.008)
    parser.add_argument("--other-rate", type=float, default=1e-3)
    parser.add_argument("--decay-share", type=float, default=1.0)
    parser.add_argument("--warm-up-steps", type=int, default=40)
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()


class Run:
    """One training run: what the workers share, and what a run leaves on disk."""

    def __init__(self, options: argparse.Namespace):
        self.options, self.path = options, options.output / "checkpoint.pt"
        self.model = EmbeddedModel().share_memory().train()
        self.optimiser = Optimiser(self.model, options.matrix_rate, options.other_rate)
        self.average = copy.deepcopy(self.model)
        self.begin, self.end = time.time(), end_time(options.end)
        self.step = multiprocessing.Value("i", 0)
        self.seen = {kind: multiprocessing.Value("i", 0) for kind in (*MIX_START, "reading")}
        self.lock = multiprocessing.Lock()
        if options.resume:
            saved = torch.load(self.path)
            self.model.load_state_dict(saved["weights"])
            self.average.load_state_dict(saved["model"])
            self.optimiser.load(saved["optimiser"])
            self.begin, self.step.value = saved["begin"], saved["step"]
            for kind, count in saved["samples_seen"].items():
                self.seen[kind].value = count
        elif options.start:
            is_file = options.start.suffix == ".safetensors"
            self.model.load_state_dict(load_file(options.start) if is_file else torch.load(options.start)["model"])
            self.average.load_state_dict(self.model.state_dict())
        self.first_step = self.step.value

    def factor(self, progress: float) -> float:
        """Share of the peak rates: up over the first steps, flat, then down to zero at the end."""
        warm_up = min(1.0, (self.step.value - self.first_step + 1) / self.options.warm_up_steps)
        return warm_up * min(1.0, (1 - progress) / self.options.decay_share)

    def save(self) -> None:
        with self.lock:
            content = {
                "model": self.average.state_dict(), "weights": self.model.state_dict(),
                "optimiser": self.optimiser.state(), "begin": self.begin, "step": self.step.value,
                "samples_seen": {kind: count.value for kind, count in self.seen.items()},
            }
            partial = self.path.with_suffix(".partial")
            torch.save(content, partial)
            partial.rename(self.path)


def work(run: Run, worker: int, pool: Pool, validation: Pool) -> None:
    """Trains until the end of the run; worker 0 also averages, validates and saves."""
    random.seed(time.time_ns() + worker)
    torch.manual_seed(time.time_ns() % 2**31 + worker)
    model, own_step = run.model, 0
    report, last_report, last_save, last_validation = defaultdict(list), *[time.time()] * 3
    while (now := time.time()) < run.end:
        progress = (now - run.begin) / (run.end - run.begin)
        reading = random.random() < (EARLY_READING if progress < EARLY else LATE_READING)
        batch = pool.draw(kind := draw_kind(progress, reading))
        found = reading_losses(model, batch) if reading else losses(model, batch)[0]
        total_loss(found).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        with run.lock, torch.no_grad():
            run.optimiser.step(run.factor(progress))
            if not reading:
                balance_experts(model)
            run.step.value += 1
            run.seen["reading" if reading else kind].value += len(batch.ids)
        model.zero_grad(set_to_none=True)
        own_step += 1
        if worker == 0:
            update_average(run.average, model, own_step)
        report["reading" if reading else kind].append([loss.item() for loss in found.values()])
        if own_step % 50 == 0:
            rate, last_report = 50 / (time.time() - last_report), time.time()
            parts = "; ".join(f"{name} " + " ".join(f"{sum(column) / len(column):.3f}" for column in zip(*rows))
                              for name, rows in sorted(report.items()))
            print(f"{datetime.datetime.now():%H:%M:%S} worker {worker} step {run.step.value} {progress:.3f} "
                  f"{rate:.2f}/s {parts}", flush=True)
            report.clear()
            pool.refresh()
        if worker == 0 and time.time() - last_save > SAVE_SECONDS:
            last_save = time.time()
            run.save()
        if worker == 0 and time.time() - last_validation > VALIDATION_SECONDS:
            last_validation = time.time()
            print("validation of the average", validate(run.average, validation, 24), flush=True)


def main() -> None:
    options = parse_options()
    torch.set_num_threads(1)
    options.output.mkdir(parents=True, exist_ok=True)
    run = Run(options)
    pool, validation = Pool(options.data / "train"), Pool(options.data / "val")
    print("samples", pool.counts(), "validation", validation.counts(), flush=True)
    others = [multiprocessing.get_context("fork").Process(target=work, args=(run, worker, pool, validation))
              for worker in range(1, options.workers)]
    for process in others:
        process.start()
    work(run, 0, pool, validation)
    for process in others:
        process.join()
    run.save()
    print("end", run.step.value, {kind: count.value for kind, count in run.seen.items()}, flush=True)
    print("validation of the average", validate(run.average, validation), flush=True)
    print("validation of the weights", validate(run.model, validation), flush=True)


if __name__ == "__main__":
    main()
