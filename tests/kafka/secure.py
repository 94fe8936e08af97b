"""A broker that wants to know who calls: SASL_SSL with SCRAM-SHA-512, and certificates made at once."""

from __future__ import annotations

import secrets
import subprocess
from pathlib import Path

from kafka import KafkaAdminClient
from kafka.admin import UserScramCredentialUpsertion

from tests.kafka.broker import Broker
from tests.kafka.process import free_port

USER = "siaga"
LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule"


class SecureBroker(Broker):
    """One broker with a second listener, `secure`; the first one is for the tests' own questions.

    Attributes
    ----------
    secure : str
        ``host:port`` of the listener that wants a log-in over TLS.
    password : str
        Of the user `USER`.
    ca_file : pathlib.Path
        The certificate that clients trust.
    """

    password: str
    secure: str

    @property
    def ca_file(self) -> Path:
        """Who signed the broker's certificate."""
        return self.folder / "ca.pem"

    def start(self, timeout_s: float = 180.0) -> float:
        """Start, and make the user."""
        took = super().start(timeout_s)
        self.password = secrets.token_urlsafe(24)
        client = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        user = UserScramCredentialUpsertion(USER, "SCRAM-SHA-512", self.password, iterations=4096)
        client.alter_user_scram_credentials([user])
        client.close()
        return took

    def _format(self) -> None:
        super()._format()
        make_certificates(self.folder)
        port = free_port()
        self.secure = f"localhost:{port}"
        plain, controller = self._ports
        with (self.folder / "server.properties").open("a") as settings:  # of two lines the later one holds
            settings.write(f"""
listeners=PLAINTEXT://127.0.0.1:{plain},CONTROLLER://127.0.0.1:{controller},SECURE://localhost:{port}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},SECURE://localhost:{port}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL
listener.name.secure.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.secure.scram-sha-512.sasl.jaas.config={LOGIN} required;
ssl.keystore.type=PEM
ssl.keystore.location={self.folder / "broker.pem"}
""")


def make_certificates(folder: Path) -> None:
    """Make an authority, `ca.pem`, and a key with a certificate for localhost, `broker.pem`."""

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl(
        "req",
        "-x509",
        *key,
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
        "-days",
        "2",
        "-subj",
        "/CN=test authority",
    )
    openssl("req", *key, "-keyout", "broker.key", "-out", "broker.csr", "-subj", "/CN=localhost")
    (folder / "names.cnf").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names.cnf")
    openssl("x509", "-req", "-in", "broker.csr", *signing, "-out", "broker.crt")
    parts = [(folder / name).read_text() for name in ("broker.key", "broker.crt", "ca.pem")]
    (folder / "broker.pem").write_text("".join(parts))
