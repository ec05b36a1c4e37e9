"""The messages of the live route, version 1: JSON requests and binary answers.

A request is JSON. An answer is binary: the length of a JSON header as a little-endian
uint32, the header, then raw arrays, each at the offset (from the end of the header) that
the header gives. An error is JSON and names the field that caused it. Nothing here needs
torch, so a message is validated before anything is computed.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stnviz.data.distortions import MAX_PATCHES
from stnviz.records.strict_json import as_json

VERSION: Final = 1
LARGEST_REQUEST: Final = 16_384
"""Bytes of a request; a full one is about 3,000."""

INK_SIDE: Final = 28
INK_BYTES: Final = INK_SIDE * INK_SIDE // 2
"""A drawn image is 28 x 28 pixels of 4 bits, two to a byte, the left one in the high bits."""

MAX_MODELS: Final = 3
MAX_HANDLES: Final = 8
ALIGNMENT: Final = 4

Number = Annotated[float, Field(allow_inf_nan=False)]
Point = Annotated[list[Annotated[Number, Field(ge=-4, le=4)]], Field(min_length=2, max_length=2)]


MAX_LANDSCAPE: Final = 101
"""Losses along one side of a landscape, at most."""

ThetaValue = Annotated[Number, Field(ge=-100, le=100)]


class StrictModel(BaseModel):
    """Unknown fields are errors and nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Source(StrictModel):
    """The clean image: a gallery digit, or ink as base64url text."""

    digit: Annotated[int, Field(ge=0, lt=10_000)] | None = None
    ink: Annotated[str, Field(max_length=2 * INK_BYTES)] | None = None


class DistortionSettings(StrictModel):
    """How to distort the image. Angles in radians, lengths in pixels of the canvas.

    Values left out keep their defaults, which do not distort. With ``draw`` the server draws them
    all from ``seed``, as training would, and reports them in its answer.
    """

    name: str
    values: dict[str, Number] = {}
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    draw: bool = False


class Request(StrictModel):
    """A request for the predictions of these models on this image, distorted like this."""

    version: Literal[1]
    id: Annotated[int, Field(ge=0, lt=2**53)]
    models: Annotated[list[str], Field(min_length=1, max_length=MAX_MODELS)]
    source: Source
    distortion: DistortionSettings
    want: list[Literal["pictures", "grids"]] = ["pictures", "grids"]


class Edit(StrictModel):
    """A test image and what a visitor has moved in it; None where nothing was moved.

    A *sharp* answer shows foregrounds on backgrounds at a high resolution, if there is one.
    """

    picture: Annotated[int, Field(ge=0, lt=1_000_000)]
    handles: Annotated[list[Point], Field(max_length=MAX_HANDLES)] | None = None
    distractors: Annotated[int, Field(ge=0, le=MAX_PATCHES)] | None = None
    sharp: bool = False


class StepTraceRequest(StrictModel):
    """A request for all steps that a multi-step network takes on this image."""

    version: Literal[1]
    id: Annotated[int, Field(ge=0, lt=2**53)]
    network: str
    edit: Edit


class SamplerSettings(StrictModel):
    """How a sampler reads its input."""

    kernel: Literal["nearest", "bilinear", "bicubic"] = "bilinear"
    padding: Literal["zeros", "border", "reflection"] = "zeros"
    align_corners: bool = False


class Landscape(StrictModel):
    """Some rows of a square of losses over two numbers of theta, from low to high."""

    axes: Annotated[list[Annotated[int, Field(ge=0, lt=64)]], Field(min_length=2, max_length=2)]
    low: Annotated[list[ThetaValue], Field(min_length=2, max_length=2)]
    high: Annotated[list[ThetaValue], Field(min_length=2, max_length=2)]
    count: Annotated[int, Field(ge=2, le=MAX_LANDSCAPE)]
    rows: Annotated[
        list[Annotated[int, Field(ge=0)]], Field(min_length=1, max_length=MAX_LANDSCAPE)
    ]


class InsideRequest(StrictModel):
    """A request to open a network at one of its transformers.

    The image is a digit, distorted; or image ``picture`` of the network's data set; or a visitor's
    photo, named by its digest. With ``theta`` the transformer gets these numbers, not its own.
    """

    version: Literal[1]
    id: Annotated[int, Field(ge=0, lt=2**53)]
    inside: str
    lane: Annotated[int, Field(ge=0, lt=16)] = 0
    tick: Annotated[int, Field(ge=0, lt=16)] = 0
    source: Source | None = None
    distortion: DistortionSettings | None = None
    picture: Annotated[int, Field(ge=0, lt=1_000_000)] | None = None
    photo: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    theta: Annotated[list[ThetaValue], Field(max_length=64)] | None = None
    sampler: SamplerSettings | None = None
    label: Annotated[int, Field(ge=0, lt=10_000)] | None = None
    want: list[Literal["image", "layers", "gradients"]] = ["image", "layers", "gradients"]
    landscape: Landscape | None = None


class VolumeRequest(StrictModel):
    """A request for what these networks see of a digit turned in a volume.

    ``values`` are angles in radians; those left out are 0.
    """

    version: Literal[1]
    id: Annotated[int, Field(ge=0, lt=2**53)]
    volumes: Annotated[list[str], Field(min_length=1, max_length=MAX_MODELS)]
    source: Source
    values: dict[str, Number] = {}


class BadRequest(ValueError):
    """A request that is answered with an error.

    Args:
        field: dotted path of the field at fault.
        message: one sentence that says what to do.
        id: of the request, if it could be read.
    """

    def __init__(self, field: str, message: str, id: int | None = None) -> None:
        super().__init__(f"{field}: {message}")
        self.field, self.message, self.id = field, message, id

    def encode(self) -> str:
        """The error answer as JSON."""
        error = {"field": self.field, "message": self.message}
        return json.dumps({"version": VERSION, "id": self.id, "error": error})


AnyRequest = Request | StepTraceRequest | InsideRequest | VolumeRequest


def parse_request(text: str | bytes) -> AnyRequest:
    """Parse and validate a request.

    Raises:
        BadRequest: names the field and says what it must be.
    """
    if len(text) > LARGEST_REQUEST:
        raise BadRequest("message", f"Send at most {LARGEST_REQUEST} bytes; this is {len(text)}.")
    try:
        plain = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise BadRequest("message", "Send a flat JSON object; this is nested too deep.") from None
    except ValueError as error:
        raise BadRequest("message", f"Send one JSON object ({error}).") from None
    id = plain.get("id") if isinstance(plain, dict) else None
    known_id = id if isinstance(id, int) and not isinstance(id, bool) else None
    if isinstance(plain, dict) and plain.get("version") != VERSION:
        found = str(plain.get("version", "none"))[:20]
        raise BadRequest(
            "version", f"This server speaks version {VERSION}, not {found}: reload the page.",
            known_id,
        )  # fmt: skip
    kind: type[AnyRequest] = Request
    if isinstance(plain, dict):
        kinds: dict[str, type[AnyRequest]] = {
            "network": StepTraceRequest, "inside": InsideRequest, "volumes": VolumeRequest,
        }  # fmt: skip
        kind = next((kinds[name] for name in kinds if name in plain), Request)
    try:
        request = kind.model_validate(plain)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part)[:60] for part in first["loc"]) or "message"
        raise BadRequest(field, f"{first['msg']}.", known_id) from None
    if not isinstance(request, StepTraceRequest) and request.source is not None:
        if (request.source.digit is None) == (request.source.ink is None):
            raise BadRequest("source", "Name a digit or send ink, one of the two.", request.id)
        if request.source.ink is not None:
            decode_ink(request.source.ink, request.id)
    return request


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def decode_ink(ink: str, id: int | None = None) -> NDArray[np.uint8]:
    """(28, 28) grey levels of a drawn image.

    Raises:
        BadRequest: not base64url of 392 bytes.
    """
    try:
        packed = base64.b64decode(ink + "=" * (-len(ink) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest("source.ink", "Send ink as base64url text.", id) from None
    if len(packed) != INK_BYTES:
        raise BadRequest("source.ink", f"Ink is {INK_BYTES} bytes, not {len(packed)}.", id)
    pairs = np.frombuffer(packed, dtype=np.uint8)
    levels = np.stack([pairs >> 4, pairs & 15], axis=1).reshape(INK_SIDE, INK_SIDE)
    return levels * np.uint8(17)


def encode_ink(picture: NDArray[np.uint8]) -> str:
    """The reverse of :func:`decode_ink`, rounding 256 grey levels to 16."""
    levels = np.rint(picture.reshape(-1, 2) / 17).astype(np.uint8)
    packed = (levels[:, 0] << 4 | levels[:, 1]).tobytes()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def to_uint8(images: NDArray[Any]) -> NDArray[np.uint8]:
    """(N, C, H, W) in [0, 1] as bytes: (N, H, W) if they are grey, (N, H, W, 3) if in colour."""
    levels = np.rint(np.nan_to_num(images).clip(0, 1) * 255).astype(np.uint8)
    return levels[:, 0] if levels.shape[1] == 1 else levels.transpose(0, 2, 3, 1)


def encode_answer(head: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Header and arrays as one message; every array starts at a multiple of 4 bytes.

    JSON has neither NaN nor infinity: in the header they are null.
    """
    described, blocks, offset = [], [], 0
    for name, array in arrays.items():
        block = np.ascontiguousarray(array).tobytes()
        block += b"\0" * (-len(block) % ALIGNMENT)
        described.append(
            {"name": name, "dtype": str(array.dtype), "shape": array.shape, "offset": offset}
        )
        blocks.append(block)
        offset += len(block)
    header = as_json({"version": VERSION, **head, "arrays": described}).encode()
    header += b" " * (-len(header) % ALIGNMENT)
    return b"".join([struct.pack("<I", len(header)), header, *blocks])


def decode_answer(message: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Header and arrays of an answer: what the browser does, for tests and benchmarks."""
    (length,) = struct.unpack_from("<I", message)
    head = json.loads(message[4 : 4 + length])
    arrays = {}
    for entry in head.pop("arrays"):
        count = int(np.prod(entry["shape"]))
        flat = np.frombuffer(message, entry["dtype"], count, 4 + length + entry["offset"])
        arrays[entry["name"]] = flat.reshape(entry["shape"])
    return head, arrays
