"""Plays Terraform core towards a provider: starts it, shakes hands, talks gRPC. Shares no code with the provider but the .proto files.

`Provider()` starts the executable that `EMC_PROVIDER` names, with a one-time client certificate as go-plugin makes it (self-signed P-521,
CA flag set), reads the handshake and connects with mutual TLS over what the handshake says: a unix socket, or TCP on loopback where the
system has none."""

import base64
import datetime
import importlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from typing import NamedTuple

os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # refused connections are what some tests want
import grpc  # noqa: E402
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import cty

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
COOKIE = ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
FOREIGN = ("AWS_", "TF_", "ARM_", "AZURE_", "PLUGIN_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "GRPC_")
LIMIT = 256 << 20  # of a message, either way


def stubs():
    """The modules generated from proto/: made anew where the .proto files are newer, beside the virtual environment."""
    out = os.path.join(sys.prefix, "protocol-stubs")
    os.makedirs(out, exist_ok=True)
    sources = [os.path.join(ROOT, "proto", name) for name in ("tfplugin6.proto", "plugin.proto")]
    made = os.path.join(out, "plugin_pb2_grpc.py")
    if not os.path.exists(made) or os.path.getmtime(made) < max(os.path.getmtime(source) for source in sources):
        import grpc_tools
        from grpc_tools import protoc

        well_known = os.path.join(os.path.dirname(grpc_tools.__file__), "_proto")
        options = [f"-I{ROOT}/proto", f"-I{well_known}", f"--python_out={out}", f"--grpc_python_out={out}"]
        if protoc.main(["protoc", *options, *sources]) != 0:
            raise RuntimeError("proto/ does not compile")
    if out not in sys.path:
        sys.path.insert(0, out)
    return [importlib.import_module(name) for name in ("tfplugin6_pb2", "tfplugin6_pb2_grpc", "plugin_pb2", "plugin_pb2_grpc")]


tf, tf_grpc, plugin, plugin_grpc = stubs()


class Identity(NamedTuple):
    """A certificate and its key, both PEM."""

    certificate: bytes
    key: bytes


def client_identity():
    """A one-time certificate as go-plugin makes it for a host."""
    key = ec.generate_private_key(ec.SECP521R1())
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "HashiCorp"), x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    usage = dict.fromkeys(("content_commitment", "data_encipherment", "crl_sign", "encipher_only", "decipher_only"), False) | dict.fromkeys(
        ("digital_signature", "key_encipherment", "key_agreement", "key_cert_sign"), True
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(seconds=30))
        .not_valid_after(now + datetime.timedelta(days=262800 // 24))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA512())
    )
    return Identity(
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


class Handshake(NamedTuple):
    """The fields of the one line that a provider prints."""

    core_version: str
    protocol_version: str
    network: str
    address: str
    protocol: str
    certificate: bytes  # DER; empty without TLS
    fields: int

    @classmethod
    def parse(cls, line):
        fields = line.rstrip("\n").split("|")
        if not line.endswith("\n") or len(fields) < 6:
            raise ValueError(f"no handshake: {line!r}")
        if "=" in fields[5]:
            raise ValueError("the certificate is padded; go-plugin refuses that")
        der = base64.b64decode(fields[5] + "=" * (-len(fields[5]) % 4), validate=True)
        return cls(*fields[:5], der, len(fields))

    @property
    def target(self):
        return f"unix:{self.address}" if self.network == "unix" else self.address

    @property
    def certificate_pem(self):
        return ssl_pem(self.certificate)


def ssl_pem(der):
    import ssl

    return ssl.DER_cert_to_PEM_cert(der).encode()


def executable():
    path = os.environ.get("EMC_PROVIDER")
    if not path:
        raise RuntimeError("name the provider's executable: EMC_PROVIDER=target/debug/terraform-provider-emc (`make test` does)")
    if not os.path.exists(path):
        raise RuntimeError(f"EMC_PROVIDER names `{path}`, which does not exist; build it with `cargo build`")
    return os.path.abspath(path)


def environment(**more):
    """The environment in which core starts a provider, with nothing of this machine's settings; None takes a variable away."""
    clean = {name: value for name, value in os.environ.items() if not name.upper().startswith(FOREIGN)}
    clean |= {
        COOKIE[0]: COOKIE[1],
        "PLUGIN_PROTOCOL_VERSIONS": "5,6",
        "PLUGIN_MIN_PORT": "10000",
        "PLUGIN_MAX_PORT": "25000",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in more.items():
        clean.pop(name, None)
        if value is not None:
            clean[name] = value
    return clean


def connect(handshake, identity=None):
    """A channel to a provider; an identity of None sends no certificate."""
    options = [
        ("grpc.ssl_target_name_override", "localhost"),
        ("grpc.max_receive_message_length", -1),
        ("grpc.max_send_message_length", -1),
        ("grpc.enable_http_proxy", 0),
        ("grpc.use_local_subchannel_pool", 1),
    ]
    if not handshake.certificate:
        return grpc.insecure_channel(handshake.target, options)
    credentials = grpc.ssl_channel_credentials(
        handshake.certificate_pem, identity.key if identity else None, identity.certificate if identity else None
    )
    return grpc.secure_channel(handshake.target, credentials, options)


class Provider:
    """A running provider, as core sees it. Use as a context manager: leaving it shuts the process down."""

    def __init__(self, identity=None, tls=True, **env):
        self.identity = identity or client_identity()
        env.setdefault("PLUGIN_CLIENT_CERT", self.identity.certificate.decode() if tls else None)
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [executable()], env=environment(**env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.errors
        )
        watchdog = threading.Timer(60, self.process.kill)
        watchdog.start()
        line = self.process.stdout.readline().decode()
        watchdog.cancel()
        try:
            self.handshake = Handshake.parse(line)
        except ValueError as error:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            raise RuntimeError(f"{error}\n{self.stderr()}") from error
        self.channel = connect(self.handshake, self.identity if tls else None)
        self.rpc = tf_grpc.ProviderStub(self.channel)
        self.controller = plugin_grpc.GRPCControllerStub(self.channel)
        self._schema = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Asks the process to end, and makes it where it does not."""
        if self.process.poll() is None:
            try:
                self.controller.Shutdown(plugin.Empty(), timeout=5)
            except grpc.RpcError:
                pass
        self.channel.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()

    def stderr(self):
        self.errors.seek(0)
        return self.errors.read().decode("utf-8", "replace")

    def alive(self):
        return self.process.poll() is None

    # What core asks, with values instead of bytes. `self.schema` is fetched once.

    @property
    def schema(self):
        if self._schema is None:
            self._schema = self.rpc.GetProviderSchema(tf.GetProviderSchema.Request())
        return self._schema

    def resource(self, name):
        return cty.block_of(self.schema.resource_schemas[name].block) if name in self.schema.resource_schemas else None

    def data_source(self, name):
        return cty.block_of(self.schema.data_source_schemas[name].block) if name in self.schema.data_source_schemas else None

    def configure(self, config=None):
        """Configures with an empty provider block, or with these attributes; diagnostics."""
        block = cty.block_of(self.schema.provider.block)
        value = dynamic(block.type, block.empty() | (config or {}))
        errors = list(self.rpc.ValidateProviderConfig(tf.ValidateProviderConfig.Request(config=value)).diagnostics)
        request = tf.ConfigureProvider.Request(terraform_version="1.11.4", config=value)
        return errors + list(self.rpc.ConfigureProvider(request).diagnostics)

    def validate(self, name, config):
        request = tf.ValidateResourceConfig.Request(type_name=name, config=dynamic(self.resource(name).type, config))
        return list(self.rpc.ValidateResourceConfig(request).diagnostics)

    def plan(self, name, prior, proposed, config, private=b""):
        type_ = self.resource(name).type
        return self.rpc.PlanResourceChange(
            tf.PlanResourceChange.Request(
                type_name=name,
                prior_state=dynamic(type_, prior),
                proposed_new_state=dynamic(type_, proposed),
                config=dynamic(type_, config),
                prior_private=private,
            )
        )

    def apply(self, name, prior, planned, config, private=b""):
        type_ = self.resource(name).type
        return self.rpc.ApplyResourceChange(
            tf.ApplyResourceChange.Request(
                type_name=name,
                prior_state=dynamic(type_, prior),
                planned_state=dynamic(type_, planned),
                config=dynamic(type_, config),
                planned_private=private,
            )
        )

    def read(self, name, state, private=b""):
        request = tf.ReadResource.Request(type_name=name, current_state=dynamic(self.resource(name).type, state), private=private)
        return self.rpc.ReadResource(request)

    def upgrade(self, name, state_json, version=0):
        request = tf.UpgradeResourceState.Request(
            type_name=name, version=version, raw_state=tf.RawState(json=json.dumps(state_json).encode())
        )
        return self.rpc.UpgradeResourceState(request)

    def read_data(self, name, config):
        request = tf.ReadDataSource.Request(type_name=name, config=dynamic(self.data_source(name).type, config))
        return self.rpc.ReadDataSource(request)


def dynamic(type_, value):
    return tf.DynamicValue(msgpack=cty.encode(type_, value))


def value(type_, message):
    return cty.decode(type_, message.msgpack)


def errors(diagnostics):
    """The errors among diagnostics, as text."""
    return [f"{item.summary}: {item.detail}" for item in diagnostics if item.severity == tf.Diagnostic.ERROR]
