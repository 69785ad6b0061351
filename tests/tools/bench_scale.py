"""A large rollout against a live cloud endpoint, call by call as Terraform makes them: how much memory, how many looks, how long.

Each phase has a process of the provider of its own, as Terraform starts one. The peak of its resident memory is what the operating system
has noted when the phase is over (Linux only)."""

import glob
import sys
import time

import bench_rollout
from bench_process import resident
from bench_rollout import RESOURCE
from protocol import Provider, errors, value

PORTS = 2  # of `configuration`, for desktops


class Hub(bench_rollout.Rollout):
    """So many groups with one service each, which agents at so many addresses reach: as many rules in every group."""

    def __init__(self, groups, addresses, ids=None):
        super().__init__(groups, 0, ids)
        blocks = [f"10.{number // 250}.{number % 250}.0/24" for number in range(addresses)]
        self.placements = {name: {"components": ["configuration"], "security_group_id": self.ids[name]} for name in self.groups}
        self.placements["agents"] = {"components": ["desktop"], "cidr_ipv4": blocks}
        self.rules = groups * addresses * PORTS


def peak(pid):
    """The most memory that a process has held so far, in MB (10^6 bytes); what it holds now where nobody notes the most."""
    if sys.platform != "linux":
        return resident(pid)
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6


def worked(pid):
    """What a process has used of the processors so far, in milliseconds; the time of day where that is not told so finely."""
    if sys.platform != "linux":
        return time.perf_counter() * 1e3
    threads = glob.glob(f"/proc/{pid}/task/*/schedstat")
    total = 0
    for thread in threads:
        with open(thread, encoding="ascii") as figures:
            total += int(figures.read().split()[0])
    return total / 1e6


def accepted(answer):
    found = errors(answer.diagnostics)
    if found:
        raise RuntimeError(found[0])
    return answer


def hub(ec2, groups, addresses):
    """A hub whose groups are there."""
    return Hub(groups, addresses, ec2.groups(Hub(groups, addresses).groups))


def life(cloud, rollout):
    """Peaks, times and looks of one rollout: created, refreshed and planned without a change, planned alone, destroyed."""
    figures = {"rules": rollout.rules}
    kind = rollout.resource_type
    cloud.calls()

    def phase(name, action):
        with Provider(**cloud.env()) as provider:
            configured = errors(provider.configure())
            if configured:
                raise RuntimeError(configured[0])
            block = provider.resource(kind)
            began = time.perf_counter()
            result = action(provider, block, rollout.value(block))
            figures[f"{name}_ms"] = (time.perf_counter() - began) * 1e3
            figures[f"{name}_mb"] = peak(provider.process.pid)
        calls = cloud.calls()
        figures[f"{name}_looks"] = sum(count for action, count in calls.items() if cloud.looks(action))
        figures[f"{name}_calls"] = sum(calls.values())
        figures[f"{name}_writes"] = figures[f"{name}_calls"] - figures[f"{name}_looks"] - calls.get("GET operation", 0)
        return result

    def create(provider, block, config):
        planned = bench_rollout.plan(provider, config, kind)
        private = planned.planned_private
        planned = value(block.type, planned.planned_state)
        answer = accepted(provider.apply(kind, None, planned, config, private))
        return value(block.type, answer.new_state), answer.private

    def refresh(provider, block, config):
        answer = accepted(provider.read(kind, *state))
        unchanged(provider, block, config, value(block.type, answer.new_state), answer.private)

    def plan(provider, block, config):
        unchanged(provider, block, config, *state)

    def unchanged(provider, block, config, seen, private):
        answer = accepted(provider.plan(kind, seen, seen, config, private))
        if value(block.type, answer.planned_state) != state[0]:
            raise RuntimeError("a plan of what was just created changes something")

    def destroy(provider, block, _config):
        answer = accepted(provider.plan(kind, state[0], None, None, state[1]))
        accepted(provider.apply(kind, state[0], None, None, answer.planned_private))

    state = phase("create", create)
    phase("refresh", refresh)
    phase("plan", plan)
    phase("destroy", destroy)
    return figures


def planning(sizes, addresses=25, rounds=5):
    """What a plan of a create uses of the processors, in milliseconds, by the number of its rules. No cloud is configured."""
    figures = {}
    for groups in sizes:
        hub = Hub(groups, addresses)
        with Provider() as provider:
            block = provider.resource(RESOURCE)
            config = hub.value(block, unknown=True)
            bench_rollout.plan(provider, config)
            before = worked(provider.process.pid)
            for _ in range(rounds):
                bench_rollout.plan(provider, config)
            figures[hub.rules] = (worked(provider.process.pid) - before) / rounds
    return figures
