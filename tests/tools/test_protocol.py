"""The provider's process on the wire: handshake, who may connect, limits, concurrency, life and death. Nothing here knows EMC."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import cty
import protocol
import tls13
from protocol import Provider, grpc, plugin, plugin_grpc, tf

MIB = 1 << 20


class HandshakeTest(unittest.TestCase):
    def test_the_line(self):
        with Provider() as provider:
            line = provider.handshake
            self.assertEqual((line.core_version, line.protocol_version, line.protocol, line.fields), ("1", "6", "grpc", 6))
            self.assertEqual(line.network, "tcp" if os.name == "nt" else "unix")
            from cryptography import x509

            certificate = x509.load_der_x509_certificate(line.certificate)
            names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            self.assertEqual(names.get_values_for_type(x509.DNSName), ["localhost"])
            if line.network == "unix":
                self.assertEqual(os.stat(line.address).st_mode & 0o077, 0, "others may not connect")
        if line.network == "unix":
            self.assertFalse(os.path.exists(line.address), "the socket is left behind")

    def test_the_seventh_field_comes_only_when_asked_for(self):
        with Provider(PLUGIN_MULTIPLEX_GRPC="true") as provider:
            self.assertEqual(provider.handshake.fields, 7)

    def test_a_host_that_names_no_version_6_gets_6(self):
        with Provider(PLUGIN_PROTOCOL_VERSIONS="5") as provider:
            self.assertEqual(provider.handshake.protocol_version, "6")

    def test_a_long_temporary_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            deep = os.path.join(folder, "x" * 120)
            os.mkdir(deep)
            with Provider(TMPDIR=deep) as provider:
                self.assertLess(len(provider.handshake.address), 108)
                provider.rpc.StopProvider(tf.StopProvider.Request())

    def test_without_tls_where_the_host_wants_none(self):
        with Provider(tls=False) as provider:
            self.assertEqual(provider.handshake.certificate, b"")
            provider.rpc.GetProviderSchema(tf.GetProviderSchema.Request())

    def test_a_certificate_that_is_none_is_an_error(self):
        run = subprocess.run(
            [protocol.executable()], env=protocol.environment(PLUGIN_CLIENT_CERT="nonsense"), capture_output=True, text=True, timeout=30
        )
        self.assertNotEqual(run.returncode, 0)
        self.assertEqual(run.stdout, "")
        self.assertIn("PLUGIN_CLIENT_CERT", run.stderr)


class WhoMayConnect(unittest.TestCase):
    network = {}

    def setUp(self):
        self.provider = Provider(**self.network)
        self.addCleanup(self.provider.close)

    def refused(self, identity):
        channel = protocol.connect(self.provider.handshake, identity)
        self.addCleanup(channel.close)
        with self.assertRaises(grpc.RpcError) as caught:
            protocol.tf_grpc.ProviderStub(channel).GetMetadata(tf.GetMetadata.Request(), timeout=10)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
        self.provider.rpc.GetMetadata(tf.GetMetadata.Request())  # the host itself is still served

    def test_no_certificate(self):
        self.refused(None)

    def test_another_certificate_that_looks_the_same(self):
        self.refused(protocol.client_identity())

    def test_the_right_certificate_with_a_wrong_key(self):
        """The certificate stands in the environment of every child of the host; only its key proves the host."""
        right, wrong = self.provider.identity, protocol.client_identity()
        with self.raw() as connection:
            first = tls13.try_identity(connection, right.certificate, right.key)
        self.assertEqual(first[3], 4, "HTTP/2 begins with SETTINGS: the client by hand is a client that works")
        with self.raw() as connection, self.assertRaises(tls13.Refused) as caught:
            tls13.try_identity(connection, right.certificate, wrong.key)
        self.assertIn(caught.exception.alert, (51, None), "decrypt_error, which is what a wrong signature is")
        self.provider.rpc.GetMetadata(tf.GetMetadata.Request())

    def test_plain_text(self):
        channel = grpc.insecure_channel(self.provider.handshake.target)
        self.addCleanup(channel.close)
        with self.assertRaises(grpc.RpcError):
            protocol.tf_grpc.ProviderStub(channel).GetMetadata(tf.GetMetadata.Request(), timeout=10)
        self.provider.rpc.GetMetadata(tf.GetMetadata.Request())

    def test_garbage_on_the_socket(self):
        for data in (b"\0" * 100, b"GET / HTTP/1.1\r\n\r\n", os.urandom(4096), b"\x16\x03\x01\xff\xff", b""):
            with self.raw() as connection:
                connection.sendall(data)
                try:
                    connection.shutdown(socket.SHUT_WR)
                    connection.settimeout(5)
                    while connection.recv(4096):
                        pass
                except OSError:
                    pass
        idle = [self.raw() for _ in range(50)]  # connections that say nothing hold up nobody
        self.provider.rpc.GetMetadata(tf.GetMetadata.Request(), timeout=5)
        for connection in idle:
            connection.close()
        self.assertTrue(self.provider.alive())

    def test_garbage_after_the_handshake_of_tls(self):
        context = ssl.create_default_context(cadata=self.provider.handshake.certificate_pem.decode())
        context.set_alpn_protocols(["h2"])
        with tempfile.NamedTemporaryFile() as pem:
            pem.write(self.provider.identity.certificate + self.provider.identity.key)
            pem.flush()
            context.load_cert_chain(pem.name)
        with self.raw() as connection, context.wrap_socket(connection, server_hostname="localhost") as tls:
            self.assertEqual((tls.version(), tls.selected_alpn_protocol()), ("TLSv1.3", "h2"))
            tls.sendall(os.urandom(4096))
            tls.settimeout(5)
            try:
                while tls.recv(4096):
                    pass
            except OSError:
                pass
        self.provider.rpc.GetMetadata(tf.GetMetadata.Request(), timeout=5)

    def raw(self):
        line = self.provider.handshake
        if line.network == "unix":
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(line.address)
            return connection
        host, _, port = line.address.rpartition(":")
        return socket.create_connection((host, int(port)))


class WhoMayConnectOverTcp(WhoMayConnect):
    """The same on loopback, which anybody on the machine can reach: there the certificate is all that protects."""

    network = {"PLUGIN_NETWORK": "tcp", "PLUGIN_MIN_PORT": "20000", "PLUGIN_MAX_PORT": "20100"}

    def test_the_address(self):
        line = self.provider.handshake
        host, _, port = line.address.rpartition(":")
        self.assertEqual((line.network, host), ("tcp", "127.0.0.1"))
        self.assertIn(int(port), range(20000, 20101))
        second = Provider(**self.network)  # the first free port, so another one
        self.addCleanup(second.close)
        self.assertNotEqual(second.handshake.address, line.address)


class Calls(unittest.TestCase):
    """What every provider answers, whatever it manages."""

    @classmethod
    def setUpClass(cls):
        cls.provider = Provider()
        cls.addClassCleanup(cls.provider.close)
        cls.rpc = cls.provider.rpc

    def code_of(self, call, *arguments):
        with self.assertRaises(grpc.RpcError) as caught:
            answer = call(*arguments, timeout=30)
            list(answer) if hasattr(answer, "__iter__") else answer
        return caught.exception.code()

    def test_schema_and_metadata_agree(self):
        schema = self.rpc.GetProviderSchema(tf.GetProviderSchema.Request())
        metadata = self.rpc.GetMetadata(tf.GetMetadata.Request())
        self.assertEqual(list(schema.diagnostics), [])
        self.assertTrue(schema.HasField("provider") and schema.provider.HasField("block"))
        self.assertEqual({item.type_name for item in metadata.resources}, set(schema.resource_schemas))
        self.assertEqual({item.type_name for item in metadata.data_sources}, set(schema.data_source_schemas))
        self.assertEqual({item.name for item in metadata.functions}, set(schema.functions))
        self.assertEqual(metadata.server_capabilities, schema.server_capabilities)
        self.assertTrue(schema.server_capabilities.plan_destroy)
        self.assertTrue(schema.server_capabilities.get_provider_schema_optional)
        functions = self.rpc.GetFunctions(tf.GetFunctions.Request())
        self.assertEqual(dict(functions.functions), dict(schema.functions))

    def test_every_schema_is_one_that_core_takes(self):
        """The rules of core's own check of a schema."""
        schema = self.provider.schema
        everything = [("provider", schema.provider), *schema.resource_schemas.items(), *schema.data_source_schemas.items()]
        for name, one in everything:
            with self.subTest(name=name):
                self.assertGreaterEqual(one.version, 0)
                self.check_block(one.block, name)
        for name, function in schema.functions.items():
            with self.subTest(function=name):
                self.assertTrue(function.HasField("return"))
                json.loads(getattr(function, "return").type)
                parameters = [item.name for item in function.parameters]
                parameters += [function.variadic_parameter.name] if function.HasField("variadic_parameter") else []
                self.assertEqual(len(parameters), len(set(parameters)))
                self.assertTrue(all(re.fullmatch("[a-z_][a-z0-9_]*", item) for item in [name, *parameters]))

    def check_block(self, block, path):
        names = [item.name for item in block.attributes] + [item.type_name for item in block.block_types]
        self.assertEqual(len(names), len(set(names)), path)
        self.check_attributes(block.attributes, path)
        for item in block.block_types:
            self.assertTrue(re.fullmatch("[a-z_][a-z0-9_]*", item.type_name), f"{path}.{item.type_name}")
            self.assertTrue(item.HasField("block"), f"{path}.{item.type_name}")
            self.assertIn(item.nesting, cty.BLOCK_NESTING)
            if cty.BLOCK_NESTING[item.nesting] in ("single", "map"):
                self.assertEqual((item.min_items, item.max_items), (0, 0), f"{path}.{item.type_name}")
            self.check_block(item.block, f"{path}.{item.type_name}")

    def check_attributes(self, attributes, path):
        for item in attributes:
            here = f"{path}.{item.name}"
            self.assertTrue(re.fullmatch("[a-z_][a-z0-9_]*", item.name), here)
            self.assertIn(
                (item.required, item.optional, item.computed),
                [(True, False, False), (False, True, False), (False, False, True), (False, True, True)],
                here,
            )
            self.assertNotEqual(bool(item.type), item.HasField("nested_type"), here)
            if item.type:
                json.loads(item.type)
            else:
                self.assertIn(item.nested_type.nesting, cty.OBJECT_NESTING, here)
                self.check_attributes(item.nested_type.attributes, here)

    def test_no_identities(self):
        answer = self.rpc.GetResourceIdentitySchemas(tf.GetResourceIdentitySchemas.Request())
        self.assertEqual((dict(answer.identity_schemas), list(answer.diagnostics)), ({}, []))

    def test_what_is_not_offered_is_unimplemented(self):
        rpc = self.rpc
        for call, request in (
            (rpc.OpenEphemeralResource, tf.OpenEphemeralResource.Request()),
            (rpc.RenewEphemeralResource, tf.RenewEphemeralResource.Request()),
            (rpc.CloseEphemeralResource, tf.CloseEphemeralResource.Request()),
            (rpc.ValidateEphemeralResourceConfig, tf.ValidateEphemeralResourceConfig.Request()),
            (rpc.ListResource, tf.ListResource.Request()),
            (rpc.ValidateListResourceConfig, tf.ValidateListResourceConfig.Request()),
            (rpc.UpgradeResourceIdentity, tf.UpgradeResourceIdentity.Request()),
            (rpc.MoveResourceState, tf.MoveResourceState.Request()),
            (rpc.GenerateResourceConfig, tf.GenerateResourceConfig.Request()),
            (rpc.PlanAction, tf.PlanAction.Request()),
            (rpc.InvokeAction, tf.InvokeAction.Request()),
            (rpc.ValidateActionConfig, tf.ValidateActionConfig.Request()),
            (rpc.ReadStateBytes, tf.ReadStateBytes.Request()),
            (rpc.LockState, tf.LockState.Request()),
            (rpc.UnlockState, tf.UnlockState.Request()),
            (rpc.GetStates, tf.GetStates.Request()),
            (rpc.DeleteState, tf.DeleteState.Request()),
            (rpc.ConfigureStateStore, tf.ConfigureStateStore.Request()),
        ):
            with self.subTest(call=call._method):
                self.assertEqual(self.code_of(call, request), grpc.StatusCode.UNIMPLEMENTED)
        chunks = rpc.WriteStateBytes
        self.assertEqual(self.code_of(chunks, iter([tf.WriteStateBytes.RequestChunk()])), grpc.StatusCode.UNIMPLEMENTED)
        unknown = self.provider.channel.unary_unary("/tfplugin6.Provider/OfALaterRelease", lambda _: b"", lambda data: data)
        self.assertEqual(self.code_of(unknown, None), grpc.StatusCode.UNIMPLEMENTED)

    def test_an_unknown_type_is_a_diagnostic_or_an_error_never_a_crash(self):
        nothing = tf.DynamicValue(msgpack=b"\xc0")
        for call, request in (
            (self.rpc.ValidateResourceConfig, tf.ValidateResourceConfig.Request(type_name="emc_nothing", config=nothing)),
            (self.rpc.ReadResource, tf.ReadResource.Request(type_name="emc_nothing", current_state=nothing)),
            (self.rpc.ReadDataSource, tf.ReadDataSource.Request(type_name="emc_nothing", config=nothing)),
            (self.rpc.PlanResourceChange, tf.PlanResourceChange.Request(type_name="emc_nothing")),
        ):
            with self.subTest(call=call._method):
                self.assertEqual(len(protocol.errors(call(request).diagnostics)), 1)

    def test_bytes_that_are_no_value(self):
        """Hostile msgpack ends in a diagnostic: cut short, nested without end, with a length that nothing backs."""
        names = sorted(self.provider.schema.resource_schemas)
        for data in (
            b"\xc1",
            b"\x81",
            b"\x91" * 100_000,
            b"\xdd\xff\xff\xff\xff",
            b"\xdf\xff\xff\xff\xff",
            b"\xdb\xff\xff\xff\xff",
            b"\x80\x80",
            b"\xa1\xff",
        ):
            with self.subTest(data=data[:8]):
                request = tf.ValidateResourceConfig.Request(type_name=names[0], config=tf.DynamicValue(msgpack=data))
                self.assertGreaterEqual(len(protocol.errors(self.rpc.ValidateResourceConfig(request, timeout=30).diagnostics)), 1)
        self.assertTrue(self.provider.alive())

    def test_200_calls_at_once(self):
        request = tf.GetProviderSchema.Request()
        expected = self.rpc.GetProviderSchema(request).SerializeToString(deterministic=True)
        with ThreadPoolExecutor(200) as pool:
            answers = [future.result(60) for future in [pool.submit(self.rpc.GetProviderSchema, request) for _ in range(200)]]
        self.assertEqual({answer.SerializeToString(deterministic=True) for answer in answers}, {expected})

    def test_health(self):
        """Terraform does not ask; tools that speak go-plugin do. `grpc.health.v1` by hand: request field 1 service, answer field 1 status."""
        check = self.provider.channel.unary_unary(
            "/grpc.health.v1.Health/Check", lambda service: bytes([10, len(service)]) + service, lambda data: data
        )
        self.assertEqual(check(b"plugin", timeout=5), b"\x08\x01")  # SERVING


class Limits(unittest.TestCase):
    def test_a_configuration_of_20_mib(self):
        with Provider() as provider:
            provider.configure()
            name = sorted(provider.schema.resource_schemas)[0]
            block = provider.resource(name)
            config = block.empty() | {"name": "x" * (20 * MIB)}
            provider.validate(name, config)  # an answer, whatever it thinks of such a name
            self.assertTrue(provider.alive())

    def test_a_message_over_256_mib_is_refused_and_the_next_call_answered(self):
        with Provider() as provider:
            huge = tf.CallFunction.Request(name="x", arguments=[tf.DynamicValue(msgpack=b"\0" * (protocol.LIMIT + 1))])
            with self.assertRaises(grpc.RpcError) as caught:
                provider.rpc.CallFunction(huge, timeout=120)
            del huge
            self.assertIn(caught.exception.code(), (grpc.StatusCode.OUT_OF_RANGE, grpc.StatusCode.RESOURCE_EXHAUSTED))
            provider.rpc.GetMetadata(tf.GetMetadata.Request(), timeout=30)
            self.assertTrue(provider.alive())


class LifeAndDeath(unittest.TestCase):
    def test_shutdown(self):
        """The host waits two seconds and kills; we mean to be gone in two milliseconds."""
        times = []
        for _ in range(5):
            with Provider() as provider:
                stdio = plugin_grpc.GRPCStdioStub(provider.channel).StreamStdio(protocol_empty())
                broker = plugin_grpc.GRPCBrokerStub(provider.channel).StartStream(iter_forever())
                provider.rpc.GetMetadata(tf.GetMetadata.Request())
                provider.controller.Shutdown(plugin.Empty(), timeout=5)
                answered = time.monotonic()
                # Waiting with a timeout looks every few milliseconds; a blocking wait sees the end when it comes.
                watchdog = threading.Timer(5, provider.process.kill)
                watchdog.start()
                self.assertEqual(provider.process.wait(), 0)
                times.append((time.monotonic() - answered) * 1000)
                watchdog.cancel()
                self.assertEqual(provider.process.stdout.read(), b"", "stdout is the handshake's alone")
                self.assertLess(times[-1], 500)
                stdio.cancel()
                broker.cancel()
        print(f"\nfrom the answer to Shutdown to the end of the process: {min(times):.1f} to {max(times):.1f} ms, aim 2 ms")

    def test_nothing_comes_over_the_streams_of_the_host(self):
        with Provider() as provider:
            stdio = plugin_grpc.GRPCStdioStub(provider.channel).StreamStdio(protocol_empty(), timeout=1)
            provider.rpc.GetProviderSchema(tf.GetProviderSchema.Request())
            with self.assertRaises(grpc.RpcError) as caught:
                self.fail(f"the stream gave {next(stdio)}")
            self.assertEqual(caught.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)

    @unittest.skipIf(os.name == "nt", "Windows has no SIGINT for one process")
    def test_ctrl_c_is_the_hosts_business(self):
        with Provider() as provider:
            provider.process.send_signal(signal.SIGINT)
            time.sleep(0.3)
            self.assertTrue(provider.alive())
            self.assertEqual(provider.rpc.StopProvider(tf.StopProvider.Request(), timeout=5).SerializeToString(), b"")
            provider.rpc.GetMetadata(tf.GetMetadata.Request(), timeout=5)

    @unittest.skipIf(os.name == "nt", "unix processes")
    def test_the_provider_ends_with_its_host(self):
        identity = protocol.client_identity()
        env = protocol.environment(PLUGIN_CLIENT_CERT=identity.certificate.decode(), EMC_PROVIDER=protocol.executable())
        host = subprocess.Popen(["sh", "-c", '"$EMC_PROVIDER" & echo $!; wait'], env=env, stdout=subprocess.PIPE, text=True)
        child = int(host.stdout.readline())
        self.assertIn("|grpc|", host.stdout.readline())
        host.kill()
        host.wait()
        host.stdout.close()
        deadline = time.monotonic() + 5
        while running(child) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertFalse(running(child), "the provider outlived its host")

    def test_the_start_is_quick(self):
        times = []
        for _ in range(5):
            start = time.monotonic()
            with Provider():
                times.append((time.monotonic() - start) * 1000)
        print(f"\nfrom start to handshake: {min(times):.1f} to {max(times):.1f} ms (client's own work included)")
        self.assertLess(min(times), 2000)


class ByHand(unittest.TestCase):
    def run_it(self, *arguments, **env):
        env = protocol.environment(**{protocol.COOKIE[0]: None, **env})
        return subprocess.run(
            [protocol.executable(), *arguments], env=env, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL
        )

    def test_started_by_a_person(self):
        run = self.run_it()
        self.assertEqual((run.returncode, run.stdout), (1, ""))
        self.assertEqual(len(run.stderr.strip().splitlines()), 1, run.stderr)
        self.assertIn("Terraform", run.stderr)

    def test_version(self):
        run = self.run_it("--version")
        self.assertEqual(run.returncode, 0)
        with open(os.path.join(protocol.ROOT, "Cargo.toml"), encoding="utf-8") as manifest:
            version = re.search('^version = "(.*)"$', manifest.read(), re.M).group(1)
        self.assertIn(version, run.stdout)

    def test_an_unknown_argument(self):
        run = self.run_it("--verison")
        self.assertNotEqual(run.returncode, 0)
        self.assertEqual(run.stdout, "")
        self.assertIn("--verison", run.stderr)


class Log(unittest.TestCase):
    def lines(self, **env):
        with Provider(**env) as provider:
            provider.rpc.GetProviderSchema(tf.GetProviderSchema.Request())
            provider.rpc.StopProvider(tf.StopProvider.Request())
            with self.assertRaises(grpc.RpcError):
                provider.rpc.PlanAction(tf.PlanAction.Request())
            provider.controller.Shutdown(plugin.Empty())
            provider.process.wait(5)
            return provider.stderr().splitlines()

    def test_every_line_is_one_that_core_takes(self):
        """Core crashes when @message, @level or @timestamp is no string, and shows what it cannot read as it is."""
        lines = self.lines(TF_LOG="TRACE")
        self.assertGreater(len(lines), 0)
        for line in lines:
            entry = json.loads(line)
            self.assertIsInstance(entry["@message"], str)
            self.assertIn(entry["@level"], ("trace", "debug", "info", "warn", "error"))
            self.assertIsInstance(entry["@module"], str)
            if "@timestamp" in entry:
                self.assertRegex(entry["@timestamp"], r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)\Z")
            self.assertLess(len(line), 64 << 10)
        self.assertTrue(any(json.loads(line).get("tf_rpc") == "GetProviderSchema" for line in lines), "calls are logged by name")

    def test_quiet_unless_asked(self):
        self.assertEqual(self.lines(), [])


def protocol_empty():
    from google.protobuf import empty_pb2

    return empty_pb2.Empty()


def iter_forever():
    """A request stream that stays open and says nothing."""
    threading.Event().wait(30)
    return
    yield


def running(pid):
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:  # a zombie has ended
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return os.path.exists("/proc") is False


if __name__ == "__main__":
    unittest.main()
