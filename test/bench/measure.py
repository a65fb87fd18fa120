#!/usr/bin/python3
"""Runs a command and writes what it cost, start-up and shut-down included, as JSON.

usage: measure.py OUT.json -- COMMAND...   signals TERM, INT and HUP are handed on to the command

startedAt (ms since 1970); wallSeconds; userSeconds and systemSeconds of the command and all its descendants that were waited for (wait4);
peakRssBytes (the largest process); peakPrivateBytes (anonymous pages of the whole tree, sampled: pages of mapped
files belong to the page cache, whoever maps them); exitCode.
"""
import ctypes
import json
import os
import signal
import sys
import threading
import time

PR_SET_PDEATHSIG = 1
SAMPLE_SECONDS = 0.2
# Of the place, not of the client: with it every start of Node parses a whole list of certificates, 20 ms of CPU.
NOT_HANDED_ON = ('NODE_EXTRA_CA_CERTS',)


def descendants(pid):
    found = [pid]
    for parent in found:
        try:
            for task in os.listdir(f'/proc/{parent}/task'):
                with open(f'/proc/{parent}/task/{task}/children') as children:
                    found.extend(int(child) for child in children.read().split())
        except OSError:
            pass
    return found


def private_bytes(pid):
    total = 0
    try:
        with open(f'/proc/{pid}/smaps_rollup') as lines:
            for line in lines:
                if line.startswith('Anonymous:'):
                    total += int(line.split()[1]) * 1024
    except OSError:
        pass
    return total


def main():
    out, command = sys.argv[1], sys.argv[3:]
    libc = ctypes.CDLL(None)
    started_at = time.time() * 1000
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        # The command must not outlive whoever measures it.
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        try:
            kept = {name: value for name, value in os.environ.items() if name not in NOT_HANDED_ON}
            os.execvpe(command[0], command, kept)
        except OSError as error:
            print(error, file=sys.stderr)
            os._exit(127)

    def hand_on(number, _):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, hand_on)
    peak = 0
    over = threading.Event()

    def sample():
        nonlocal peak
        while not over.wait(SAMPLE_SECONDS):
            peak = max(peak, sum(private_bytes(one) for one in descendants(pid)))

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    _, status, usage = os.wait4(pid, 0)
    wall = time.monotonic() - started
    over.set()
    code = os.waitstatus_to_exitcode(status)
    with open(out, 'w') as file:
        json.dump(
            {
                'startedAt': started_at,
                'wallSeconds': wall,
                'userSeconds': usage.ru_utime,
                'systemSeconds': usage.ru_stime,
                'peakRssBytes': usage.ru_maxrss * 1024,
                'peakPrivateBytes': peak,
                'exitCode': code,
            },
            file,
        )
    sys.exit(code if code >= 0 else 128 - code)


main()
