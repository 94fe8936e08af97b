"""Strict configuration from a folder of YAML files; only the composition root and the commands read it."""

from __future__ import annotations

from agents.settings.kinds import Duration, Secret
from agents.settings.load import Settings, folder_of, load_settings
from agents.settings.problem import ConfigError, Problem
from agents.settings.receivers import Receiver
from agents.settings.service import Security, ServiceFile

__all__ = [
    "ConfigError",
    "Duration",
    "Problem",
    "Receiver",
    "Secret",
    "Security",
    "ServiceFile",
    "Settings",
    "folder_of",
    "load_settings",
]
