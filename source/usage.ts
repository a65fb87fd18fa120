// The text of --help. Everything in it is a promise to scripts; test/cli/ holds it against the option table.

export const usage = `
Usage
  $ swarmscope <torrent> [options]                      download and seed; also:
                                                        swarmscope get …
  $ swarmscope demo [scenario] [options]                practice swarm, offline
  $ swarmscope info <torrent> [--offline] [--json]      what is in it
  $ swarmscope verify <torrent> [--dir DIR] [--json]    check, create nothing
  $ swarmscope announce <torrent> [--json]              ask each tracker once
  $ swarmscope dht ping HOST:PORT [--json]              is a node there?
  $ swarmscope dht find ID | get-peers HASH [--json]    a lookup, step by step
  $ swarmscope dht announce HASH --port N [--json]      say that we are there

  A torrent is a file, an http(s) URL, a magnet link or an info hash. What is in
  a magnet link's torrent comes from peers: info takes --peer, --port, --bind,
  --state-dir and --timeout (default: 180) for it; with --offline it asks nobody
  and prints what the link itself says. verify takes what a download has kept in
  --state-dir.

Download and seed
  --dir DIR         content goes to DIR/<name> (default: .)
  --port N          TCP port for peers (default: first free one from 6881)
  --bind ADDR       local address for everything (default: all)
  --peer HOST:PORT  also connect here; repeatable; then no tracker is needed
  --only LIST       files to fetch, such as 0,3-5, by the indexes of info
  --sequential      pieces in order
  --recheck         hash what is there before anything else, and write over
                    what is not of this torrent
  --announce-all    ask every tracker, not one a tier
  --no-pex          tell peers of no peers, and ask none of them (PEX)
  --no-lsd          do not look for peers on the local net (LSD)
  --no-dht          stay out of the DHT
  --dht-read-only   ask nodes of the DHT, and answer none
  --dht-router HOST:PORT  where to begin while no other node is known, instead
                    of the usual routers; repeatable
  --max-peers N     connections of this torrent (default: 100)
  --encryption HOW  prefer, require or off: whether connections begin with
                    an encrypted handshake (default: prefer; see README)
  --max-down RATE   bytes a second, such as 500k or 5M (default: no limit)
  --max-up RATE     the same for the other direction
  --no-seed         leave when complete (default in plain and JSON mode)
  --seed            go on seeding until told to stop (default on the screen)
  --timeout S       give up when not complete after S seconds
  --state-dir DIR   where resume data lives (default: the platform's folder)

Output
  --plain           a line of progress a second (default when stdin or stdout
                    is no terminal)
  --json            one JSON object a line; see README
  --log FILE        what happens, one line an event
  --fps N           screen updates a second (default: 10, over SSH 4)
  --ascii           no other characters than ASCII (default: by locale)
  --no-color        no colours (default where NO_COLOR is set)
  --inline          the engine in the thread of the screen
  --bell            ring when the download is complete
  --notify          notify the desktop then (OSC 9)
  --title           name and progress in the window's title
  --progress        progress on the terminal's tab (OSC 9;4)

Practice swarm
  --list            the scenarios, and what each teaches
  --speed X         how fast scenario time runs (default: 4)
  --random-seed N   repeat a run

  --help, --version

On the screen ? explains what one sees and every key; q leaves.

Exit codes
  0    complete, or the command succeeded
  1    not complete
  2    wrong usage
  3    the input is no valid torrent
  4    disk: full, not writable, or other data in the way; or another process
       has this torrent open
  70   a fault of swarmscope
  129, 130, 143  stopped by SIGHUP, SIGINT, SIGTERM: state is saved, trackers
       are told; a second signal ends at once
`
