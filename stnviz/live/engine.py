"""The engine: computes answers to live requests, in batches, on one worker thread.

The worker thread owns the models. While it computes, further requests queue up; then it takes
them all, groups them by model and runs each model once over its group. So a lone request waits
for no other, and thirty at once cost little more than one.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch

from stnviz.analysis.inspect import inspect
from stnviz.checkpoints.card import BadCheckpoint, Card
from stnviz.checkpoints.library import Library, default_library
from stnviz.coordinates import Size, aspect_of
from stnviz.data.distortions import DISTORTIONS
from stnviz.live.distorted_input import (
    LATTICE_POINTS,
    DistortedInput,
    make_input,
    outside_training,
)
from stnviz.live.fair_queue import FairQueue
from stnviz.live.inside import InsideEngine
from stnviz.live.model_cache import ModelCache
from stnviz.live.protocol import (
    AnyRequest,
    BadRequest,
    InsideRequest,
    Request,
    StepTraceRequest,
    VolumeRequest,
    encode_answer,
    to_uint8,
)
from stnviz.live.step_traces import StepTracer
from stnviz.live.volumes import VolumeEngine
from stnviz.records import Array, Trace
from stnviz.records.lattices import STAGE_LATTICE
from stnviz.transforms import create_transform
from stnviz.transforms.contract import Transform

LARGEST_BATCH = 64
"""Requests computed together at most; later ones wait for the next batch."""


@dataclass
class _Job:
    request: AnyRequest
    answer: Future[bytes] = field(default_factory=Future)


class Engine:
    """Answers live requests with the checkpoints of a library.

    Args:
        library: of checkpoints; damaged ones are skipped with a warning.

    Attributes:
        digits: the networks for requests on distorted digits.
        step_tracer: answers requests for step traces, one by one.
        inside: answers requests on the inside of a network, one by one.
        volumes: answers requests on volumes, one by one.
    """

    def __init__(self, library: Library | None = None) -> None:
        library = library or default_library()
        self.digits = ModelCache(library, lambda card: card.family == "digits")
        self.step_tracer, self.inside = StepTracer(library), InsideEngine(library)
        self.volumes = VolumeEngine(library)
        self._turns: FairQueue[_Job] = FairQueue()
        threading.Thread(target=self._work, name="stnviz-engine", daemon=True).start()

    def submit(self, request: AnyRequest, asker: Hashable = None) -> Future[bytes]:
        """Queue a request; its future holds the answer, or a :class:`BadRequest`.

        Args:
            request: to answer. It is dropped if its future is cancelled before its turn.
            asker: the client whose turn it uses; clients take fair turns.
        """
        job = _Job(request)
        self._turns.put(asker, job, slow=not isinstance(request, Request))
        return job.answer

    def warm_up(self) -> None:
        """Load every model and run it once, so that nobody waits for the first answer."""
        for name, card in self.digits.cards.items():
            try:
                size = tuple(card.model["input_size"])
                inspect(self.digits.model(name), torch.zeros(1, 1, *size))
            except (BadCheckpoint, BadRequest):
                continue  # a request for it is answered with this error

    def answer(self, requests: Sequence[AnyRequest]) -> list[bytes | BadRequest]:
        """Answer ``requests`` in this thread: digits as one batch, all others one by one."""
        together = iter(self._answer([one for one in requests if isinstance(one, Request)]))
        return [
            next(together) if isinstance(one, Request) else self._alone(one) for one in requests
        ]

    def _alone(
        self, request: StepTraceRequest | InsideRequest | VolumeRequest
    ) -> bytes | BadRequest:
        try:
            if isinstance(request, InsideRequest):
                return self.inside.answer(request)
            if isinstance(request, VolumeRequest):
                return self.volumes.answer(request)
            return self.step_tracer.answer(request)
        except BadRequest as error:
            return error

    def _answer(self, requests: Sequence[Request]) -> list[bytes | BadRequest]:
        pictures = [self._try_picture(request) for request in requests]
        traces: dict[tuple[int, str], Trace | BadRequest] = {}
        for name in {name for request in requests for name in request.models}:
            asking = [
                index
                for index, request in enumerate(requests)
                if name in request.models and isinstance(pictures[index], DistortedInput)
            ]
            traces |= self._run(name, asking, requests, pictures)
        return [
            picture
            if isinstance(picture, BadRequest)
            else self._finish(request, picture, [traces[index, name] for name in request.models])
            for index, (request, picture) in enumerate(zip(requests, pictures, strict=True))
        ]

    def _finish(
        self, request: Request, picture: DistortedInput, rows: Sequence[Trace | BadRequest]
    ) -> bytes | BadRequest:
        traces = []
        for row in rows:
            if isinstance(row, BadRequest):
                return row
            traces.append(row)
        return self._encode(request, picture, traces)

    def _work(self) -> None:
        torch.set_num_threads(1)  # a batch of one is too small to share between cores
        while True:
            taken = self._turns.take(LARGEST_BATCH)
            self._do([job for job in taken if job.answer.set_running_or_notify_cancel()])

    def _do(self, jobs: Sequence[_Job]) -> None:
        """Answer jobs together; if that fails, each alone, so that one spoils no other's answer."""
        if not jobs:
            return
        try:
            with _for_few_pictures():
                answers = self.answer([job.request for job in jobs])
        except Exception as error:  # the worker must survive any error
            if len(jobs) == 1:
                jobs[0].answer.set_exception(error)
            else:
                for job in jobs:
                    self._do([job])
            return
        for job, answer in zip(jobs, answers, strict=True):
            if isinstance(answer, BadRequest):
                job.answer.set_exception(answer)
            else:
                job.answer.set_result(answer)

    def _card(self, name: str, id: int) -> Card:
        card = self.digits.card(name)
        if card is None:
            raise BadRequest("models", f"Choose models among {self.digits.known()}.", id)
        return card

    def _size(self, request: Request) -> Size:
        sizes = [tuple(self._card(n, request.id).model["input_size"]) for n in request.models]
        if len(set(sizes)) > 1:
            raise BadRequest("models", "Compare models that take pictures of one size.", request.id)
        return sizes[0]

    def _try_picture(self, request: Request) -> DistortedInput | BadRequest:
        try:
            return make_input(request.source, request.distortion, self._size(request), request.id)
        except BadRequest as error:
            return error

    def _run(
        self,
        name: str,
        asking: Sequence[int],
        requests: Sequence[Request],
        pictures: Sequence[DistortedInput | BadRequest],
    ) -> dict[tuple[int, str], Trace | BadRequest]:
        if not asking:
            return {}
        try:
            model = self.digits.model(name)
        except BadCheckpoint as error:
            return {
                (index, name): BadRequest("models", str(error), requests[index].id)
                for index in asking
            }
        shown = [p.image for index in asking if isinstance(p := pictures[index], DistortedInput)]
        trace = inspect(model, torch.cat(shown), {"checkpoint": name})
        return {(index, name): _slice(trace, place) for place, index in enumerate(asking)}

    def _encode(self, request: Request, picture: DistortedInput, rows: Sequence[Trace]) -> bytes:
        arrays: dict[str, Array] = {}
        pictures, grids = "pictures" in request.want, "grids" in request.want
        if pictures:
            arrays["input"] = to_uint8(rows[0].images)[0]
        if grids and (yours := picture.lattice()) is not None:
            arrays["yours"] = yours
        heads = []
        for number, (name, trace) in enumerate(zip(request.models, rows, strict=True)):
            heads.append(self._describe(name, trace, request, picture))
            arrays[f"{number}.probabilities"] = trace.probabilities[0]
            for step in trace.steps:
                arrays[f"{number}.theta"] = step.theta[0]
                if pictures:
                    arrays[f"{number}.output"] = to_uint8(step.output)[0]
                if grids:
                    transform = _transform(trace, self.digits.cards[name])
                    lattice = transform.points(torch.from_numpy(step.theta), LATTICE_POINTS[None])
                    arrays[f"{number}.lattice"] = lattice[0].numpy()
                    arrays[f"{number}.composed"] = picture.clean.points(lattice)[0].numpy()
        head = {"id": request.id, "lattice": STAGE_LATTICE, "values": picture.values, "rows": heads}
        return encode_answer(head, arrays)

    def _describe(
        self, name: str, trace: Trace, request: Request, picture: DistortedInput
    ) -> dict[str, Any]:
        card = self.digits.cards[name]
        shown, trained = DISTORTIONS.get(request.distortion.name), DISTORTIONS.get(card.data)
        head: dict[str, Any] = {
            "model": name,
            "outside": outside_training(picture.values, shown, trained),
        }
        for step in trace.steps:
            head["transform"] = step.transform
            head["pose"] = _transform(trace, card).pose(
                torch.from_numpy(step.theta[0]), aspect_of(trace.images.shape[-2:])
            )
        return head


@contextmanager
def _for_few_pictures() -> Iterator[None]:
    """Disable gradients, and oneDNN, which repacks the weights at every call.

    On one image that costs more than its faster convolutions save (`benchmarks/live.py`).
    """
    onednn: Any = torch.backends.mkldnn  # its type stubs declare the switch a constant
    was_enabled, onednn.enabled = onednn.enabled, False
    try:
        with torch.inference_mode():
            yield
    finally:
        onednn.enabled = was_enabled


def _transform(trace: Trace, card: Card) -> Transform:
    return create_transform(trace.steps[0].transform, **card.model.get("transform_options", {}))


def _slice(trace: Trace, place: int) -> Trace:
    one = slice(place, place + 1)
    return Trace(
        trace.images[one],
        tuple(step.map(lambda array: array[one]) for step in trace.steps),
        trace.probabilities[one],
        trace.provenance,
    )
