"""The shape of `service.yml`: Kafka, topics, the web port, the log."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from agents.settings.kinds import Count, Duration, Path, Port, Text, Variable, rule, span

_NAME = "1 to 200 of letters, digits, dot, underscore and hyphen"
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,200}$", extra=rule(_NAME, "choose another name"))]
Prefix = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._-]{0,100}$",
        extra=rule("up to 100 of letters, digits, dot, underscore and hyphen"),
    ),
]
Broker = Annotated[
    str,
    Meta(
        pattern=r"^(\[[0-9a-fA-F:.]+\]|[^\s:/,\[\]]+):[0-9]{1,5}$",
        extra=rule("host:port", "add the port, usually 9092"),
    ),
]
Retention = Annotated[Duration, span("1h", "520w")]


class Security(Struct, frozen=True, forbid_unknown_fields=True):
    """How to log in to Kafka; the password comes from a file or from an environment variable."""

    protocol: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = "plaintext"
    mechanism: Literal["plain", "scram-sha-256", "scram-sha-512"] | None = None
    username: Text | None = None
    password_file: Path | None = None
    password_env: Variable | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None

    def __post_init__(self) -> None:
        sasl, tls = self.protocol.startswith("sasl"), self.protocol.endswith("ssl")
        passwords = [way for way in (self.password_file, self.password_env) if way]
        if sasl and not (self.mechanism and self.username and len(passwords) == 1):
            raise ValueError(
                f"log-in incomplete: got protocol {self.protocol}; expected mechanism, username and one of "
                "password_file and password_env with it; add what is missing"
            )
        if not sasl and (self.mechanism or self.username or passwords):
            raise ValueError(
                f"log-in without use: got a mechanism, username or password with protocol {self.protocol}; "
                "expected protocol sasl_ssl or sasl_plaintext; correct the protocol or remove them"
            )
        if not tls and (self.ca_file or self.certificate_file or self.key_file):
            raise ValueError(
                f"certificates without use: got ca_file, certificate_file or key_file with protocol "
                f"{self.protocol}; expected protocol ssl or sasl_ssl; correct the protocol or remove them"
            )
        if bool(self.certificate_file) != bool(self.key_file):
            raise ValueError(
                "client certificate incomplete: got one of certificate_file and key_file; expected both; "
                "add the other"
            )


class Kafka(Struct, frozen=True, forbid_unknown_fields=True):
    """Where Kafka is, and how soon a silent worker loses its partitions.

    `session_timeout` too short: a garbage collection or a slow disk moves partitions for nothing; too
    long: after a crash nobody counts for that long.
    """

    brokers: Annotated[
        tuple[Broker, ...], Meta(min_length=1, extra=rule("1 or more host:port", "add one"))
    ] = ("localhost:9092",)
    security: Security = Security()
    session_timeout: Annotated[Duration, span("6s", "5m")] = Duration(10_000)


class Partitions(Struct, frozen=True, forbid_unknown_fields=True):
    """How many partitions each topic has: the most workers that can share its load."""

    posts: Count = 4
    mentions: Count = 4
    incidents: Count = 4


class Names(Struct, frozen=True, forbid_unknown_fields=True):
    """What the topics are called, without the prefix."""

    posts: Name = "posts"
    posts_rejected: Name = "posts-rejected"
    mentions: Name = "mentions"
    posts_late: Name = "posts-late"
    incidents: Name = "incidents"
    responses: Name = "responses"

    def __post_init__(self) -> None:
        names = [getattr(self, field) for field in self.__struct_fields__]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(f"two topics of one name: got {twice!r} twice; expected six names; rename one")


class Keep(Struct, frozen=True, forbid_unknown_fields=True):
    """How long Kafka keeps records; `mentions` must outlive the longest stop of the workers."""

    posts_rejected: Retention = Duration(14 * 86_400_000)
    mentions: Retention = Duration(7 * 86_400_000)
    posts_late: Retention = Duration(14 * 86_400_000)
    responses: Retention = Duration(364 * 86_400_000)


class Topics(Struct, frozen=True, forbid_unknown_fields=True):
    """The topics that `siaga topics` makes."""

    prefix: Prefix = ""
    replication: Annotated[
        int, Meta(ge=1, le=9, extra=rule("a whole number, 1 to 9, at most the number of brokers"))
    ] = 1
    partitions: Partitions = Partitions()
    names: Names = Names()
    keep: Keep = Keep()


class Web(Struct, frozen=True, forbid_unknown_fields=True):
    """Where `/metrics`, `/healthz` and `/readyz` are served."""

    host: Text = "127.0.0.1"
    port: Port = 6066


class Metrics(Struct, frozen=True, forbid_unknown_fields=True):
    """What `/metrics` says.

    `brands` is how many have series of their own: the first of `brands.yml`. Too few: the one that matters is
    among the others; too many: up to 15 series each make Prometheus slow.
    """

    brands: Annotated[int, Meta(ge=0, le=10_000, extra=rule("a whole number, 0 to 10000"))] = 200


class Log(Struct, frozen=True, forbid_unknown_fields=True):
    """How much is logged, for people (console) or for machines (json)."""

    format: Literal["console", "json"] = "console"
    level: Literal["debug", "info", "warning", "error"] = "info"


class ServiceFile(Struct, frozen=True, forbid_unknown_fields=True):
    """All of `service.yml`."""

    app_id: Name = "siaga"
    data_dir: Path = "data"
    kafka: Kafka = Kafka()
    topics: Topics = Topics()
    web: Web = Web()
    metrics: Metrics = Metrics()
    log: Log = Log()

    @property
    def group(self) -> str:
        """The application id in Kafka: consumer group and owner of the state; the prefix keeps two apart."""
        return self.topics.prefix + self.app_id

    @property
    def state_topic(self) -> str:
        """The changelog topic of the state table."""
        return f"{self.group}-state-changelog"

    @property
    def alerts_topic(self) -> str:
        """The changelog topic of the ledger of alerts."""
        return f"{self.group}-alerts-changelog"

    def topic(self, which: str) -> str:
        """Return the full name of a topic, given its field in `Names`."""
        return self.topics.prefix + getattr(self.topics.names, which)
