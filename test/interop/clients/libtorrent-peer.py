#!/usr/bin/python3
"""libtorrent as a peer that a test commands: seeds, partial seeds or leeches on loopback addresses.

usage: libtorrent-peer.py CONFIG      CONFIG is one JSON object:
  mode         "seed" | "partial" | "leech"
  torrent      path of the .torrent file
  magnet       a link that a leech is given instead of the file
  dir          folder that holds (or gets) the content
  addresses    [["127.0.0.1", 6881], ...]: one session each; port 0 means any
  peers        ["127.0.0.1:6882", ...]: dialled at once
  trackers     announce URLs, instead of those in the torrent
  finds        ways of finding peers that are on, of "pex", "lsd" and "dht"
  routers      ["10.0.0.1:6881", ...]: nodes of the DHT to begin with
  fraction     of the pieces that each partial peer has (together they have all)
  seed         of the draw of those pieces
  skipCheck    true: believe that a seed's content is complete instead of hashing it first
  uploadBytesPerSecond, downloadBytesPerSecond   limits, 0 none
  settings     further session settings

stdout, one JSON object a line: {"type":"listening","addresses":[...]}, {"type":"ready"} once everything is
checked, {"type":"progress","completedBytes":n,"peers":n} each second, {"type":"done","seconds":s} when a leech
has everything, s after it was told of its peers (it then exits). A seed ends on SIGTERM or when its stdin closes.
"""
import json
import os
import random
import select
import signal
import sys
import time

import libtorrent as lt

config = json.loads(sys.argv[1])
finds = config.get('finds') or []


def say(**message):
    print(json.dumps(message), flush=True)


def session_settings(address, port):
    return {
        'listen_interfaces': f'{address}:{port}',
        'outgoing_interfaces': address,
        'enable_dht': 'dht' in finds,
        'dht_bootstrap_nodes': ','.join(config.get('routers') or []),
        'dht_restrict_routing_ips': False,
        'dht_restrict_search_ips': False,
        'dht_announce_interval': 10,
        'enable_lsd': 'lsd' in finds,
        'local_service_announce_interval': 5,
        'enable_upnp': False,
        'enable_natpmp': False,
        'enable_incoming_utp': False,
        'enable_outgoing_utp': False,
        'in_enc_policy': 2,
        'out_enc_policy': 2,
        'allow_multiple_connections_per_ip': True,
        'min_reconnect_time': 1,
        'unchoke_slots_limit': 64,
        'connection_speed': 200,
        'announce_to_all_trackers': True,
        'announce_to_all_tiers': True,
        'alert_mask': lt.alert.category_t.status_notification | lt.alert.category_t.error_notification,
        **config.get('settings', {}),
    }


def pieces_of_partial_peers(info, count):
    """One list of booleans for each peer; a piece that nobody drew goes to one of them in turn."""
    draw = random.Random(config.get('seed', 1))
    total = info.num_pieces()
    wanted = round(total * config.get('fraction', 0.5))
    peers = []
    for _ in range(count):
        have = set(draw.sample(range(total), wanted))
        peers.append([piece in have for piece in range(total)])
    for piece in range(total):
        if not any(have[piece] for have in peers):
            peers[piece % count][piece] = True
    return peers


def add_torrent(session, info, have):
    magnet = config.get('magnet')
    params = lt.parse_magnet_uri(magnet) if magnet else lt.add_torrent_params()
    if not magnet:
        params.ti = info
    params.save_path = config['dir']
    params.flags = 0 if 'dht' in finds else lt.torrent_flags.disable_dht
    if 'pex' not in finds:
        params.flags |= lt.torrent_flags.disable_pex
    if 'lsd' not in finds:
        params.flags |= lt.torrent_flags.disable_lsd
    if have is not None:
        # The full content lies on disk: what this peer does not offer it must not want either.
        params.have_pieces = have
        params.piece_priorities = [4 if there else 0 for there in have]
    params.upload_limit = config.get('uploadBytesPerSecond', 0) or -1
    params.download_limit = config.get('downloadBytesPerSecond', 0) or -1
    handle = session.add_torrent(params)
    handle.replace_trackers([{'url': url} for url in config.get('trackers', [])])
    for peer in config.get('peers', []):
        host, port = peer.rsplit(':', 1)
        handle.connect_peer((host, int(port)))
    return handle


def complain(session):
    for alert in session.pop_alerts():
        if alert.category() & lt.alert.category_t.error_notification:
            print(alert.message(), file=sys.stderr, flush=True)


def ready(handle):
    return handle.status().state not in (
        lt.torrent_status.states.checking_files,
        lt.torrent_status.states.checking_resume_data,
    )


def stdin_closed():
    readable, _, _ = select.select([0], [], [], 0)
    return bool(readable) and os.read(0, 4096) == b''


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    info = lt.torrent_info(config['torrent'])
    addresses = config['addresses']
    sessions = [lt.session(session_settings(*address)) for address in addresses]
    partial = pieces_of_partial_peers(info, len(addresses)) if config['mode'] == 'partial' else None
    if config['mode'] == 'seed' and config.get('skipCheck', False):
        partial = [[True] * info.num_pieces()]
    handles = [
        add_torrent(session, info, partial[index] if partial else None)
        for index, session in enumerate(sessions)
    ]
    started = time.monotonic()
    say(
        type='listening',
        addresses=[f'{address[0]}:{session.listen_port()}' for address, session in zip(addresses, sessions)],
    )
    told_ready = False
    told_at = 0.0
    leeching = config['mode'] == 'leech'
    while True:
        sessions[0].wait_for_alert(50 if leeching else 100)
        for session in sessions:
            complain(session)
        if not told_ready and all(ready(handle) for handle in handles):
            told_ready = True
            say(type='ready', completedBytes=[handle.status().total_done for handle in handles])
        now = time.monotonic()
        if leeching and handles[0].status().is_finished:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            say(type='done', seconds=now - started)
            return
        if now - told_at >= 1:
            told_at = now
            status = [handle.status() for handle in handles]
            say(
                type='progress',
                completedBytes=sum(one.total_done for one in status),
                peers=sum(one.num_peers for one in status),
            )
        if stdin_closed():
            return


main()
