"""Say in the log when a transformer falls ill, and when it has recovered: once each."""

from __future__ import annotations

import logging

from stnviz.analysis.health.checks import OF_MOVEMENT
from stnviz.records.health import HealthReport

logger = logging.getLogger("stnviz.watch")

Illness = tuple[int, int, str]
"""(tick, lane, name of the verdict)."""


class Alarm:
    """Remembers which transformers are ill."""

    def __init__(self) -> None:
        self.ill: dict[Illness, str] = {}

    def hear(self, step: int, report: HealthReport) -> None:
        """Log what is new in a report: a WARNING for an illness, INFO for a recovery.

        Before its first step every transformer does nothing, or the same to all images; what else
        is wrong then is a fault.

        Args:
            step: optimiser steps done.
            report: of the transformers at that step.
        """
        found = {
            (one.tick, one.lane, verdict.name): (one.name, verdict)
            for one in report.transformers
            for verdict in one.verdicts
            if verdict.severity == "ill" and not (step == 0 and verdict.name in OF_MOVEMENT)
        }
        for illness, (name, verdict) in found.items():
            if illness not in self.ill:
                parts = (verdict.sentence, verdict.evidence, verdict.cause, verdict.cure)
                words = " ".join(filter(None, parts))
                logger.warning(
                    "Step %s: %s is ill (%s). %s", f"{step:,}", name, verdict.name, words
                )
        for illness, name in self.ill.items():
            if illness not in found:
                logger.info("Step %s: %s has recovered (%s).", f"{step:,}", name, illness[2])
        self.ill = {illness: name for illness, (name, _) in found.items()}
