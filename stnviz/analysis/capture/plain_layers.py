"""Which modules of a model may sample, and which parts cannot: those of PyTorch's own layers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from torch import nn

from stnviz.analysis.capture.deformable import PREDICTORS


@dataclass
class Survey:
    """The modules of a model.

    Attributes:
        may_sample: dotted path of each module whose code may call a sampler; the model itself is
            always among them.
        plain: number of layers of each of the largest parts that are made of PyTorch's layers
            alone.
    """

    may_sample: dict[nn.Module, str] = field(default_factory=dict)
    plain: dict[nn.Module, int] = field(default_factory=dict)


def survey(model: nn.Module) -> Survey:
    """Find the modules of a model that may sample; each once, under its first path."""
    found, known = Survey({model: ""}), {model: 0}

    def layers_of(module: nn.Module, path: str) -> int:
        """How many layers a module has if it and its parts are plain, else 0."""
        if module not in known:
            last = path.rpartition(".")[2]
            is_plain = last not in PREDICTORS and _is_plain(module)
            known[module] = 0  # in case it contains itself
            parts = parts_of(module, path + ".")
            if is_plain and 0 not in parts.values():
                known[module] = max(1, sum(parts.values()))
            else:
                found.may_sample[module] = path
                found.plain |= {part: layers for part, layers in parts.items() if layers}
        return known[module]

    def parts_of(module: nn.Module, prefix: str) -> dict[nn.Module, int]:
        return {
            child: layers_of(child, prefix + name)
            for name, child in module._modules.items()
            if child is not None
        }

    found.plain |= {part: layers for part, layers in parts_of(model, "").items() if layers}
    return found


def _is_plain(module: nn.Module) -> bool:
    """Whether what runs when a module is called is PyTorch's own, its submodules aside."""
    own = "forward" in module.__dict__ or module._forward_hooks or module._forward_pre_hooks
    return not own and _inherits_forward(type(module))  # type: ignore[arg-type]


@lru_cache(maxsize=4096)
def _inherits_forward(kind: type[nn.Module]) -> bool:
    module = getattr(getattr(kind, "forward", None), "__module__", None)
    return isinstance(module, str) and module.startswith("torch.nn.")
