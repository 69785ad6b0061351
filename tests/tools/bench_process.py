"""The provider as a process: how long until it can be talked to, what it holds in memory, how it ends."""

import os
import subprocess
import sys
import time
from statistics import median

import bench_rollout
from bench_rollout import RESOURCE
from protocol import Handshake, Provider, client_identity, connect, environment, executable, plugin, plugin_grpc, tf, tf_grpc

RUNS = 20


def resident(pid):
    """Resident memory in MB (10^6 bytes)."""
    if sys.platform == "linux":
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            line = next(line for line in status if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024 / 1e6
    return int(subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)])) * 1024 / 1e6


def life(identity, env):
    """One life of the process in milliseconds and MB; what Python needs to start a process is part of the first figure."""
    began = time.perf_counter()
    process = subprocess.Popen([executable()], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    line = process.stdout.readline().decode()
    shaken = time.perf_counter()
    figures = {"handshake_ms": (shaken - began) * 1e3, "handshake_mb": resident(process.pid)}
    with connect(Handshake.parse(line), identity) as channel:
        controller = plugin_grpc.GRPCControllerStub(channel)
        provider = tf_grpc.ProviderStub(channel)
        request = tf.GetProviderSchema.Request()
        for name in ("first_call_ms", "schema_ms"):  # the first one also connects, TLS included
            before = time.perf_counter()
            schema = provider.GetProviderSchema(request, wait_for_ready=True, timeout=10)
            figures[name] = (time.perf_counter() - before) * 1e3
        figures["schema_kb"] = schema.ByteSize() / 1e3
        figures["schema_mb"] = resident(process.pid)
        before = time.perf_counter()
        controller.Shutdown(plugin.Empty(), timeout=5)
        answered = time.perf_counter()
        process.wait(5)
        figures["end_ms"] = (time.perf_counter() - answered) * 1e3
        figures["shutdown_ms"] = (answered - before) * 1e3
    process.stdout.close()
    return figures


def spawn_of(command, env):
    """What starting a process and reading one line costs without our part in it, in milliseconds."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    process.stdout.readline()
    took = (time.perf_counter() - began) * 1e3
    process.wait()
    process.stdout.close()
    return took


def lives():
    """Medians over so many lives, after one that fills the caches of the file system."""
    identity = client_identity()
    env = environment(PLUGIN_CLIENT_CERT=identity.certificate.decode())
    life(identity, env)
    all_of_them = [life(identity, env) for _ in range(RUNS)]
    figures = {name: median(one[name] for one in all_of_them) for name in all_of_them[0]}
    figures["handshake_best_ms"] = min(one["handshake_ms"] for one in all_of_them)
    figures["echo_ms"] = median(spawn_of(["/bin/echo", "hello"], env) for _ in range(RUNS))
    figures["binary_mb"] = os.path.getsize(executable()) / 1e6
    return figures


def plans(groups, rules, runs=5):
    """Calls about one rollout, with a process of its own: time of each, and memory afterwards. No cloud is configured."""
    with Provider() as provider:
        rollout, count = bench_rollout.of_size(provider, groups, rules)
    with Provider() as provider:
        block = provider.resource(RESOURCE)
        config = rollout.value(block, unknown=True)
        before = resident(provider.process.pid)
        times = {"validate_ms": [], "plan_ms": []}
        for _ in range(runs):
            began = time.perf_counter()
            provider.validate(RESOURCE, config)
            between = time.perf_counter()
            bench_rollout.plan(provider, config)
            times["validate_ms"].append((between - began) * 1e3)
            times["plan_ms"].append((time.perf_counter() - between) * 1e3)
        after = resident(provider.process.pid)
    figures = {name: median(values) for name, values in times.items()}
    return rollout, {"cloud_rules": count, "before_mb": before, "after_mb": after, **figures}
