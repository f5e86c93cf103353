"""The network in PyTorch: Kimi K2.5's architecture in the embedded model's size.

Owns the decoder and the forward pass, for training and for greedy generation. Module names are the
tensor names of the published checkpoint layout, except the routed experts, which are held as two
stacked tensors per layer and split by `export.py`. Two auxiliary heads (characters and colours per
patch) exist for training only and are never exported.
Reads in forward order: decoder, whole model; the vision tower is in `vision.py`.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import dialect
from quantisation import fake_quantise
from vision import Projector, Shape, VisionTower, attention, rotate_pairs

CHARACTER_SLOTS = 4          # characters that the character head can name in one 14 x 14 patch
CHARACTER_CLASSES = 96       # 0 = none, 1 = space, 2... = the visible ASCII characters


class RMSNorm(nn.Module):
    def __init__(self, size: int, epsilon: float = 1e-6):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), self.epsilon)


class GatedMLP(nn.Module):
    def __init__(self, hidden: int, intermediate: int):
        super().__init__()
        self.gate_proj = nn.Linear(hidden, intermediate, bias=False)
        self.up_proj = nn.Linear(hidden, intermediate, bias=False)
        self.down_proj = nn.Linear(intermediate, hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Router(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(shape.experts, shape.hidden) * 0.02)
        self.register_buffer("e_score_correction_bias", torch.zeros(shape.experts))


class Experts(nn.Module):
    """Stacked experts; their weights pass through INT4 rounding in every forward."""

    def __init__(self, shape: Shape):
        super().__init__()
        hidden, inner = shape.hidden, shape.expert_intermediate
        self.gate_up = nn.Parameter(torch.randn(shape.experts, 2 * inner, hidden) * hidden**-0.5)
        self.down = nn.Parameter(torch.randn(shape.experts, hidden, inner) * 0.3 * inner**-0.5)


class MixtureOfExperts(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.experts = Experts(shape)
        self.gate = Router(shape)
        self.shared_experts = GatedMLP(shape.hidden, shape.expert_intermediate)
        self.load: Tensor | None = None      # tokens per expert in the last training step

    def route(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        with torch.autocast("cpu", enabled=False):
            score = F.linear(tokens.float(), self.gate.weight.float()).sigmoid()
        biased = score + self.gate.e_score_correction_bias
        chosen = biased.topk(self.shape.experts_per_token, -1)[1]
        weight = score.gather(1, chosen)
        weight = weight / (weight.sum(-1, keepdim=True) + 1e-20) * self.shape.routed_scale
        return chosen, weight

    def forward(self, x: Tensor) -> Tensor:
        tokens = x.reshape(-1, x.shape[-1])
        chosen, weight = self.route(tokens)
        flat = chosen.flatten()
        order = flat.argsort()
        counts = torch.bincount(flat, minlength=self.shape.experts)
        if self.training:
            self.load = counts
        source = order // self.shape.experts_per_token
        gate_up, down = fake_quantise(self.experts.gate_up), fake_quantise(self.experts.down)
        if torch.is_autocast_enabled("cpu"):
            gate_up, down = gate_up.bfloat16(), down.bfloat16()
        sorted_tokens = tokens.index_select(0, source).to(gate_up.dtype)
        outputs, start = [], 0
        for expert, count in enumerate(counts.tolist()):
            if count:
                part = sorted_tokens[start:start + count]
                gate, up = F.linear(part, gate_up[expert]).chunk(2, -1)
                outputs.append(F.linear(F.silu(gate) * up, down[expert]))
                start += count
        weighted = torch.cat(outputs) * weight.flatten()[order, None].to(gate_up.dtype)
        routed = torch.zeros_like(tokens, dtype=weighted.dtype).index_add(0, source, weighted)
        return routed.view(x.shape) + self.shared_experts(x)


class LatentAttention(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        heads, query = shape.heads, shape.nope + shape.rope
        self.q_a_proj = nn.Linear(shape.hidden, shape.query_rank, bias=False)
        self.q_a_layernorm = RMSNorm(shape.query_rank)
        self.q_b_proj = nn.Linear(shape.query_rank, heads * query, bias=False)
        rank = shape.key_value_rank
        self.kv_a_proj_with_mqa = nn.Linear(shape.hidden, rank + shape.rope, bias=False)
        self.kv_a_layernorm = RMSNorm(rank)
        self.kv_b_proj = nn.Linear(rank, heads * (shape.nope + shape.value), bias=False)
        self.o_proj = nn.Linear(heads * shape.value, shape.hidden, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, cache: dict | None = None,
                pointer: tuple[int, int, int] | None = None) -> tuple[Tensor, Tensor | None]:
        """`pointer` (first image, end of images, first query) asks for head 0's scores over them."""
        s = self.shape
        batch, length, _ = x.shape
        query = self.q_b_proj(self.q_a_layernorm(self.q_a_proj(x)))
        query = query.view(batch, length, s.heads, s.nope + s.rope).transpose(1, 2)
        latent, key_rope = self.kv_a_proj_with_mqa(x).split((s.key_value_rank, s.rope), -1)
        up = self.kv_b_proj(self.kv_a_layernorm(latent))
        up = up.view(batch, length, s.heads, s.nope + s.value).transpose(1, 2)
        key_nope, value = up.split((s.nope, s.value), -1)
        query_rope = rotate_pairs(query[..., s.nope:], cos, sin)
        query = torch.cat((query[..., :s.nope], query_rope), -1)
        key_rope = rotate_pairs(key_rope[:, None], cos, sin).expand(-1, s.heads, -1, -1)
        key = torch.cat((key_nope, key_rope), -1)
        if cache is not None:
            if cache:
                key = torch.cat((cache["key"], key), 2)
                value = torch.cat((cache["value"], value), 2)
            cache["key"], cache["value"] = key, value
        causal = cache is None or length > 1
        mixed = attention(query, key, value, causal)
        scores = None
        if pointer is not None:
            first_image, end_of_images, first_query = pointer
            image_keys = key[:, 0, first_image:end_of_images]
            scores = (query[:, 0, first_query:] @ image_keys.transpose(-1, -2)).float()
            scores = scores * (s.nope + s.rope) ** -0.5
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, length, -1)), scores


class DecoderLayer(nn.Module):
    def __init__(self, shape: Shape, index: int):
        super().__init__()
        dense = index < shape.dense_layers
        self.self_attn = LatentAttention(shape)
        self.mlp = GatedMLP(shape.hidden, shape.intermediate) if dense else MixtureOfExperts(shape)
        self.input_layernorm = RMSNorm(shape.hidden, shape.norm_epsilon)
        self.post_attention_layernorm = RMSNorm(shape.hidden, shape.norm_epsilon)

    def forward(self, x, cos, sin, cache=None, pointer=None):
        mixed, scores = self.self_attn(self.input_layernorm(x), cos, sin, cache, pointer)
        x = x + mixed
        return x + self.mlp(self.post_attention_layernorm(x)), scores


class Decoder(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.embed_tokens = nn.Embedding(shape.vocabulary, shape.hidden)
        self.layers = nn.ModuleList(DecoderLayer(shape, i) for i in range(shape.layers))
        self.norm = RMSNorm(shape.hidden, shape.norm_epsilon)


class LanguageModel(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.model = Decoder(shape)
        self.lm_head = nn.Linear(shape.hidden, shape.vocabulary, bias=False)


class EmbeddedModel(nn.Module):
    def __init__(self, shape: Shape = Shape()):
        super().__init__()
        self.shape = shape
        self.vision_tower = VisionTower(shape)
        self.mm_projector = Projector(shape)
        self.language_model = LanguageModel(shape)
        self.character_head = nn.Linear(shape.vision_hidden, CHARACTER_SLOTS * CHARACTER_CLASSES)
        self.colour_head = nn.Linear(shape.vision_hidden, len(dialect.COLOURS))
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2 and not name.startswith("language_model.lm_head"):
                leaves = name.endswith(("o_proj.weight", "down_proj.weight", "wo.weight", "fc1.weight"))
                nn.init.normal_(parameter, std=parameter.shape[1] ** -0.5 * (0.3 if leaves else 1))
        nn.init.normal_(self.language_model.model.embed_tokens.weight, std=0.5)
        nn.init.normal_(self.language_model.lm_head.weight, std=0.02)

    def rotation(self, start: int, length: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        exponent = torch.arange(0, self.shape.rope, 2).float() / self.shape.rope
        angle = torch.arange(start, start + length).float()[:, None] / (self.shape.theta**exponent)
        return angle.cos().to(dtype), angle.sin().to(dtype)

    def see(self, images: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Patch features [batch, patch, size] and image tokens [batch, patch / 4, hidden]."""
        patches, rows, columns = self.vision_tower(images, dtype)
        return patches, self.mm_projector(patches, rows, columns)

    def prompt(self, image_tokens: Tensor) -> Tensor:
        """The chat layout around the image tokens, embedded: [batch, 6 + images + 8, hidden]."""
        embed, batch = self.language_model.model.embed_tokens, image_tokens.shape[0]

        def rows(ids: list[int]) -> Tensor:
            return embed(torch.tensor(ids)).to(image_tokens.dtype).expand(batch, -1, -1)

        before, after = rows(dialect.PROMPT_BEFORE_IMAGE), rows(dialect.PROMPT_AFTER_IMAGE)
        return torch.cat((before, image_tokens, after), 1)

    def forward(self, images: Tensor, page_ids: Tensor, dtype: torch.dtype = torch.float32,
                pointer_layers: tuple[int, ...] = ()) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Teacher-forced pass.

        `page_ids` [batch, token] are the page's tokens, the targets. Returns their logits
        [batch, token, vocabulary], the patch features [batch, patch, size], and for each pointer
        layer head 0's scores over the image tokens [batch, token, image token].
        """
        patches, image_tokens = self.see(images, dtype)
        decoder = self.language_model.model
        prompt = self.prompt(image_tokens)
        first_image = len(dialect.PROMPT_BEFORE_IMAGE)
        first_query = prompt.shape[1] - 1
        pointer = (first_image, first_image + image_tokens.shape[1], first_query)
        x = torch.cat((prompt, decoder.embed_tokens(page_ids[:, :-1]).to(prompt.dtype)), 1)
        cos, sin = self.rotation(0, x.shape[1], x.dtype)
        all_scores = []
        for index, layer in enumerate(decoder.layers):
            x, scores = layer(x, cos, sin, None, pointer if index in pointer_layers else None)
            if scores is not None:
                all_scores.append(scores)
        logits = self.language_model.lm_head(decoder.norm(x[:, first_query:]))
        return logits, patches, all_scores

    @torch.no_grad()
    def generate(self, images: Tensor, most_tokens: int = 700) -> list[list[int]]:
        """Greedy decoding in float32 of a batch of equally large images, without end tokens."""
        self.eval()
        decoder = self.language_model.model
        caches: list[dict] = [{} for _ in decoder.layers]
        x = self.prompt(self.see(images, torch.float32)[1])
        start, columns = 0, []
        done = torch.zeros(images.shape[0], dtype=torch.bool)
        while len(columns) < most_tokens and not done.all():
            cos, sin = self.rotation(start, x.shape[1], x.dtype)
            start += x.shape[1]
            for layer, cache in zip(decoder.layers, caches):
                x, _ = layer(x, cos, sin, cache)
            chosen = self.language_model.lm_head(decoder.norm(x[:, -1])).argmax(-1)
            chosen[done] = dialect.END_OF_PAGE
            done |= chosen == dialect.END_OF_PAGE
            columns.append(chosen)
            x = decoder.embed_tokens(chosen)[:, None]
        pages = torch.stack(columns, 1).tolist()
        end = dialect.END_OF_PAGE
        return [page[:page.index(end)] if end in page else page for page in pages]
