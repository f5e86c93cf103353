"""transformers' own classes, filled with a checkpoint's float32 values.

`Kimi_K25ForConditionalGeneration` carries the models with a vision tower, `DeepseekV3ForCausalLM` those without.
transformers reads neither the published vision field names (`vt_hidden_size` and the like fall back to class
defaults in silence) nor several clips of different length at once, so the configuration is translated here and
clips go through the tower one at a time.
"""

import re

import cpu_torchvision  # noqa: F401  must precede transformers
import torch
from transformers import DeepseekV3Config, DeepseekV3ForCausalLM, Kimi_K25Config, Kimi_K25ForConditionalGeneration
from transformers.modeling_outputs import BaseModelOutputWithPooling

import layouts


def configuration(checkpoint):
    """The transformers configuration that says what the published one says."""
    text = dict(checkpoint.text)
    scaling = text.pop("rope_scaling") or {"type": "default"}
    rope = {("rope_type" if key == "type" else key): value for key, value in scaling.items()}
    rope["rope_theta"] = text.pop("rope_theta")
    for key in ("model_type", "architectures", "quantization_config", "torch_dtype"):
        text.pop(key, None)
    text = dict(text, model_type="deepseek_v3", rope_parameters=rope)
    if "vision_config" not in checkpoint.config:
        return DeepseekV3Config(**text, attn_implementation="eager", experts_implementation="eager")
    raw = checkpoint.config["vision_config"]

    def field(name):
        return raw.get("vt_" + name, raw.get(name))

    vision = dict(
        patch_size=raw["patch_size"], pos_emb_height=raw["init_pos_emb_height"],
        pos_emb_width=raw["init_pos_emb_width"], pos_emb_time=raw.get("init_pos_emb_time", 4),
        hidden_size=field("hidden_size"), num_hidden_layers=field("num_hidden_layers"),
        num_attention_heads=field("num_attention_heads"), intermediate_size=field("intermediate_size"),
        merge_kernel_size=raw["merge_kernel_size"], rope_parameters=dict(rope_type="axial", rope_theta=10000.0),
    )  # fmt: skip
    return Kimi_K25Config(
        text_config=text, vision_config=vision, projection_hidden_size=field("hidden_size"),
        projection_layer_norm_eps=raw.get("projector_ln_eps", 1e-5),
        image_token_id=checkpoint.config["media_placeholder_token_id"], video_token_id=layouts.VOCABULARY,
        tie_word_embeddings=text["tie_word_embeddings"], attn_implementation="eager",
        experts_implementation="eager",
    )  # fmt: skip


RENAMED = [
    (r"^language_model\.model\.", "model.language_model."),
    (r"^language_model\.lm_head", "lm_head"),
    (r"^vision_tower\.patch_embed\.pos_emb\.weight", "model.vision_tower.patch_embed.pos_emb.position_embeddings"),
    (r"^vision_tower\.patch_embed", "model.vision_tower.patch_embed"),
    (r"^vision_tower\.encoder\.final_layernorm", "model.vision_tower.final_layernorm"),
    (r"^vision_tower\.encoder\.blocks", "model.vision_tower.layers"),
    (r"^(mm_projector|multi_modal_projector)\.pre_norm", "model.mm_projector.pre_norm"),
    (r"^(mm_projector\.proj\.0|multi_modal_projector\.linear_1)", "model.mm_projector.in_proj"),
    (r"^(mm_projector\.proj\.2|multi_modal_projector\.linear_2)", "model.mm_projector.out_proj"),
    (r"(vision_tower.*)\.norm1\.", r"\1.norm2."),
    (r"(vision_tower.*)\.norm0\.", r"\1.norm1."),
    (r"(vision_tower.*)\.mlp\.fc1", r"\1.mlp.fc2"),
    (r"(vision_tower.*)\.mlp\.fc0", r"\1.mlp.fc1"),
    (r"(vision_tower.*)\.wo\.", r"\1.attn.proj."),
]


def state(values, heads, regroup=True):
    """transformers' state dict for published tensors `values`. `heads`: attention heads of the vision tower.

    Published q and k rows rotate in adjacent pairs, transformers' in halves; `regroup` reorders them.
    """
    result, experts = {}, {}
    for published, tensor in values.items():
        name = published
        for pattern, replacement in RENAMED:
            name = re.sub(pattern, replacement, name)
        if ".experts." in name:
            stem, index, part = re.fullmatch(r"(.*\.experts)\.(\d+)\.(\w+)_proj\.weight", name).groups()
            experts.setdefault((stem, int(index)), {})[part] = tensor
        elif ".wqkv." in name:
            for part, rows in zip("qkv", tensor.chunk(3)):
                if part != "v" and regroup:
                    rows = rows.reshape(heads, rows.shape[0] // heads // 2, 2, -1).transpose(1, 2).reshape(rows.shape)
                result[name.replace("wqkv", f"attn.{part}_proj")] = rows
        else:
            result[name] = tensor
    for stem in {stem for stem, _ in experts}:
        parts = [experts[stem, index] for index in range(sum(key[0] == stem for key in experts))]
        result[stem + ".gate_up_proj"] = torch.stack([torch.cat([p["gate"], p["up"]]) for p in parts])
        result[stem + ".down_proj"] = torch.stack([p["down"] for p in parts])
    return result


class Reference:
    """A transformers model with a checkpoint's values in float32, and what the goldens need from it."""

    def __init__(self, checkpoint):
        self.checkpoint = checkpoint
        config = configuration(checkpoint)
        self.sees = isinstance(config, Kimi_K25Config)
        kind = Kimi_K25ForConditionalGeneration if self.sees else DeepseekV3ForCausalLM
        self.model = kind(config).eval().float()
        self.language = self.model.model.language_model if self.sees else self.model.model
        self.load(checkpoint.values)

    def load(self, values, regroup=True):
        """Fills the model; every tensor must be there and none may be left over."""
        heads = self.model.config.vision_config.num_attention_heads if self.sees else 0
        tensors = state(values, heads, regroup)
        if self.checkpoint.text["tie_word_embeddings"]:
            tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"]
        self.model.load_state_dict(tensors, strict=True)
        self.model.tie_weights()

    @torch.no_grad()
    def encode(self, pixels, grid):
        """One item: (tower states [patch, hidden] after the final norm, projected features [token, text hidden])."""
        grid = torch.tensor([grid])
        out = self.model.model.vision_tower(pixels, grid_thw=grid)
        return out.last_hidden_state, self.model.model.mm_projector(out.pooler_output).squeeze(1)

    @torch.no_grad()
    def logits(self, ids, features=(), start=0):
        """Logits [position, vocabulary] for `ids`; `features` take the places of the media pads, in order."""
        ids = torch.tensor([ids])
        more = {}
        if features:
            more["mm_encoder_outputs"] = {"image": BaseModelOutputWithPooling(pooler_output=tuple(features))}
        positions = torch.arange(ids.shape[1])[None] + start
        return self.model(input_ids=ids, position_ids=positions, use_cache=False, **more).logits[0]

    def hidden_states(self, *inputs):
        """[layer + 1, position, hidden]: the embeddings, then the output of every layer, before the final norm."""
        states = []
        first = self.language.layers[0].register_forward_pre_hook(lambda _, args: states.append(args[0][0]))
        hooks = [
            layer.register_forward_hook(lambda _, __, out: states.append(out[0])) for layer in self.language.layers
        ]
        self.logits(*inputs)
        for hook in [first, *hooks]:
            hook.remove()
        return torch.stack(states)

    def routing(self, *inputs):
        """Per mixture layer (input [position, hidden], chosen experts by falling biased score, weights, gap).

        `gap` [position] is the smallest distance in score that would change the choice.
        """
        gates = [layer.mlp.gate for layer in self.language.layers if hasattr(layer.mlp, "gate")]
        seen = []
        hooks = [
            gate.register_forward_hook(lambda gate, args, out: seen.append((gate, args[0], out))) for gate in gates
        ]
        self.logits(*inputs)
        for hook in hooks:
            hook.remove()
        result = []
        for gate, states, (scores, weights, experts) in seen:
            choice = scores.sigmoid() + gate.e_score_correction_bias
            gap = torch.full(choice.shape[:1], torch.inf)
            groups = choice.view(-1, gate.num_group, choice.shape[1] // gate.num_group)
            if gate.topk_group < gate.num_group:
                ranked = groups.topk(2)[0].sum(-1).sort(descending=True)[0]
                gap = ranked[:, gate.topk_group - 1] - ranked[:, gate.topk_group]
                kept = groups.topk(2)[0].sum(-1).topk(gate.topk_group)[1]
                mask = torch.ones_like(groups).scatter(1, kept[..., None].expand(-1, -1, groups.shape[2]), 0).bool()
                choice = groups.masked_fill(mask, -torch.inf).view_as(choice)
            ranked = choice.sort(descending=True)[0]
            gap = torch.minimum(gap, ranked[:, gate.top_k - 1] - ranked[:, gate.top_k])
            order = choice.gather(1, experts).argsort(descending=True)
            flat = states.reshape(-1, states.shape[-1])
            result.append((flat, experts.gather(1, order), weights.gather(1, order), gap))
        return result
