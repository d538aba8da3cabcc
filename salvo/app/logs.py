"""The log of the service: one JSON object a line on standard error, without anything that a visitor has typed."""

from __future__ import annotations

import json
import logging
import os
import traceback
from datetime import UTC, datetime
from typing import Any

VARIABLE = "SALVO_LOG"
JSON, TEXT = "json", "text"
FRAMES = 12  # of a failure, the innermost ones
USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}


class Lines(logging.Formatter):
    """A record as JSON: time, level, logger, message, its extra fields, and of a failure its kind and place.

    The message of an exception is left out, as it may quote what a visitor has typed.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        told |= {key: value for key, value in vars(record).items() if key not in USUAL}
        if record.exc_info and record.exc_info[0] is not None:
            frames = traceback.extract_tb(record.exc_info[2])[-FRAMES:]
            told["error"] = record.exc_info[0].__name__
            told["where"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return json.dumps(told, default=str)


def wanted() -> bool:
    """Does the environment variable SALVO_LOG ask for JSON?"""
    return os.environ.get(VARIABLE, TEXT) == JSON


def use() -> None:
    """Send what the library logs to standard error, and write what all others log there as JSON where that is wanted.

    Streamlit and its server bring handlers of their own, and some come late: call it again once the service has started.
    """
    logger = logging.getLogger("salvo")
    logger.setLevel(logging.INFO)
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logger.addHandler(handler)
        logger.propagate = False
    if not wanted():
        return
    logging.captureWarnings(True)
    if not logging.root.handlers:
        logging.root.addHandler(logging.StreamHandler())
    known = [one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    for one in [logging.root, *known]:
        for handler in one.handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setFormatter(Lines())
