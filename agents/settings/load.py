"""Reads the configuration folder and the environment into one frozen `Settings`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from agents.settings.alerts import AlertsFile, doubtful_receivers
from agents.settings.brands import BrandsFile, core_brands, doubtful_brands
from agents.settings.conform import conform
from agents.settings.detector import DetectorFile, detector_settings, incident_settings, share_settings
from agents.settings.environment import Override, override, readable, unknown
from agents.settings.kinds import Secret
from agents.settings.lexicon import LexiconFile, word_count, wrong_words
from agents.settings.problem import ConfigError, Problem
from agents.settings.receivers import Receiver, receivers_of
from agents.settings.secrets import KEY, KEY_FILE, from_file, from_variable, pseudonym_key
from agents.settings.service import ServiceFile
from agents.settings.yaml_file import read_yaml
from detector.brand import Brand
from detector.detector_settings import DetectorSettings, ShareSettings
from detector.guide import Guide
from detector.incident import IncidentSettings

T = TypeVar("T", bound=Struct)

DEFAULT_FOLDER = "config"
FILES = ("brands", "detector", "lexicon", "alerts", "service")


class Settings(Struct, frozen=True, kw_only=True):
    """Everything that is configured, checked.

    `files` says of each file whether it was there (else its defaults hold), `overrides` names the
    environment variables that replaced a value, `warnings` is what works but is seldom meant.
    """

    folder: str
    brands: tuple[Brand, ...]
    detector: DetectorFile
    lexicon: LexiconFile = LexiconFile()
    receivers: tuple[Receiver, ...]
    service: ServiceFile
    link: str = ""
    kafka_password: Secret | None = None
    pseudonym_key: Secret | None = None
    files: dict[str, bool] = {}
    overrides: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()

    @property
    def guide(self) -> Guide:
        """What messages to people say besides the incident."""
        return Guide(names={brand.key: brand.name for brand in self.brands}, link=self.link)

    @property
    def detector_settings(self) -> DetectorSettings:
        """How counts are judged, for the core."""
        return detector_settings(self.detector)

    @property
    def share_settings(self) -> ShareSettings:
        """How the negative share is judged."""
        return share_settings(self.detector)

    @property
    def incident_settings(self) -> IncidentSettings:
        """How incidents behave, for the core."""
        return incident_settings(self.detector)

    def file_of(self, path: str) -> Path:
        """Return a path of the configuration; a relative one starts at the configuration folder."""
        return Path(self.folder) / path


def folder_of(option: str | None, env: Mapping[str, str]) -> str:
    """Return the configuration folder: the option, else SIAGA_CONFIG, else ``config``."""
    return option or env.get("SIAGA_CONFIG") or DEFAULT_FOLDER


def load_settings(folder: str | Path, env: Mapping[str, str], detector: str | Path | None = None) -> Settings:
    """Return the settings of a folder.

    Parameters
    ----------
    folder
        Holds `brands.yml`, and optionally the others of `FILES`.
    env
        The environment: overrides and secrets.
    detector
        A file to read in place of the folder's `detector.yml`.

    Raises
    ------
    ConfigError
        With every problem of every file.
    """
    return _Reading(Path(folder), env, {} if detector is None else {"detector": Path(detector)}).settings()


class _Reading:
    """One reading of a folder; collects problems on the way."""

    def __init__(self, folder: Path, env: Mapping[str, str], elsewhere: Mapping[str, Path]) -> None:
        self.folder = folder
        self.elsewhere = elsewhere
        self.env, self.problems = readable(env)
        self.warnings: list[Problem] = []
        self.overrides: dict[tuple[str, str], Override] = {}
        self.there: dict[str, bool] = {}

    def settings(self) -> Settings:
        if not self.folder.is_dir():
            text = "no such folder: got no files; expected brands.yml in it; use --config or SIAGA_CONFIG"
            raise ConfigError([Problem(str(self.folder), "", text)])
        brands = self._file("brands", BrandsFile)
        detector = self._file("detector", DetectorFile)
        lexicon = self._file("lexicon", LexiconFile)
        alerts = self._file("alerts", AlertsFile)
        service = self._file("service", ServiceFile)
        known = self._brands(brands)
        self._lexicon(lexicon, {brand.key for brand in known} if brands else None)
        if lexicon and detector and detector.scorer == "vader" and word_count(lexicon):
            text = (
                f"have no effect: got {word_count(lexicon)} words and the scorer vader, which knows only its"
            )
            self._warning("lexicon", "", f"{text} own; expected another scorer; choose one in detector.yml")
        receivers = self._receivers(alerts, known if brands else None)
        password = self._password(service)
        key = self._pseudonym_key()
        self.warnings += unknown(self.env, FILES)
        if self.problems or not (brands and detector and lexicon and alerts and service):
            raise ConfigError(self.problems)
        return Settings(
            folder=str(self.folder),
            brands=tuple(known),
            detector=detector,
            lexicon=lexicon,
            receivers=receivers,
            link=alerts.link,
            service=service,
            kafka_password=password,
            pseudonym_key=key,
            files=self.there,
            overrides=tuple(sorted(item.variable for item in self.overrides.values())),
            warnings=tuple(self.warnings),
        )

    def _name(self, file: str) -> str:
        return str(self._path(file))

    def _path(self, file: str) -> Path:
        return self.elsewhere.get(file, self.folder / f"{file}.yml")

    def _file(self, file: str, kind: type[T]) -> T | None:
        path = self._path(file)
        self.there[file] = path.exists()
        tree: dict[Any, Any] = {}
        if self.there[file]:
            tree, problems = read_yaml(path, self._name(file))
            self.problems += problems
            if problems:
                return None  # what a broken file seems to say is no use
        elif file == "brands":
            self._problem(
                file,
                "",
                "no such file: got no brands; expected 1 or more; copy the one that comes with siaga",
            )
            return None
        set_here, problems = override(tree, file, kind, self.env)
        self.overrides |= {(file, item.path): item for item in set_here}
        self.problems += problems
        return conform(tree, kind, lambda key, text: self._problem(file, key, text))

    def _problem(self, file: str, key: str, text: str) -> None:
        self.problems.append(self._located(file, key, text))

    def _warning(self, file: str, key: str, text: str) -> None:
        self.warnings.append(self._located(file, key, text))

    def _located(self, file: str, key: str, text: str) -> Problem:
        """Name the variable rather than the file where the value came from there."""
        for path in (key, key.rpartition("[")[0]):
            if item := self.overrides.get((file, path)):
                return Problem(item.variable, "", text)
        return Problem(self._name(file), key, text)

    def _brands(self, file: BrandsFile | None) -> list[Brand]:
        if file is None:
            return []
        for path, text in doubtful_brands(file):
            self._warning("brands", path, text)
        try:
            return core_brands(file)
        except ValueError as error:
            self._problem("brands", "brands", str(error))
            return []

    def _lexicon(self, file: LexiconFile | None, brands: set[str] | None) -> None:
        if file is not None:
            for path, text in wrong_words(file, set(file.brands) if brands is None else brands):
                self._problem("lexicon", path, text)

    def _receivers(self, file: AlertsFile | None, brands: list[Brand] | None) -> tuple[Receiver, ...]:
        if file is None:
            return ()
        for path, text in doubtful_receivers(file):
            self._warning("alerts", path, text)
        named = (key for entry in file.receivers for key in entry.brands)
        keys = set(named) if brands is None else {brand.key for brand in brands}
        return receivers_of(file, keys, self._secret, lambda key, text: self._problem("alerts", key, text))

    def _secret(self, path: str | None, variable: str | None) -> Secret:
        return from_file(self.folder / path) if path else from_variable(str(variable), self.env)

    def _password(self, file: ServiceFile | None) -> Secret | None:
        if file is None:
            return None
        security = file.kafka.security
        for field in ("ca_file", "certificate_file", "key_file"):
            path = getattr(security, field)
            if path and not (self.folder / path).is_file():
                text = f"no such file: got {self.folder / path}; expected a PEM file; correct the path"
                self._problem("service", f"kafka.security.{field}", text)
        if not (security.password_file or security.password_env):
            return None
        try:
            return self._secret(security.password_file, security.password_env)
        except ValueError as error:
            field = "password_file" if security.password_file else "password_env"
            self._problem("service", f"kafka.security.{field}", str(error))
            return None

    def _pseudonym_key(self) -> Secret | None:
        try:
            key = pseudonym_key(self.env, self.folder)
        except ValueError as error:
            self.problems.append(Problem(KEY if self.env.get(KEY) else KEY_FILE, "", str(error)))
            return None
        if key is None:
            text = (
                "no key for pseudonyms: got none; expected 16 to 64 characters, or who knows an author's "
                "name finds that author in the topics; set it to the output of `openssl rand -hex 32`"
            )
            self.warnings.append(Problem(KEY, "", text))
        return key
