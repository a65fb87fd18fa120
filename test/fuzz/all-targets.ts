// Every fuzz target.
import type { Target } from './target.ts'
import { bencodeTarget } from './targets/bencode.ts'
import { extensionTarget } from './targets/extension.ts'
import { framesTarget } from './targets/frames.ts'
import { handshakeTarget } from './targets/handshake.ts'
import { httpTrackerTarget } from './targets/http-tracker.ts'
import { krpcTarget } from './targets/krpc.ts'
import { localDiscoveryTarget } from './targets/local-discovery.ts'
import { magnetTarget } from './targets/magnet.ts'
import { metadataTarget } from './targets/metadata.ts'
import { metainfoTarget } from './targets/metainfo.ts'
import { mseTarget } from './targets/mse.ts'
import { optionsTarget } from './targets/options.ts'
import { peerTarget } from './targets/peer.ts'
import { resumeTarget } from './targets/resume.ts'
import { safePathTarget } from './targets/safe-path.ts'
import { safeTextTarget } from './targets/safe-text.ts'
import { udpTrackerTarget } from './targets/udp-tracker.ts'
import { utMetadataTarget } from './targets/ut-metadata.ts'
import { utPexTarget } from './targets/ut-pex.ts'

export const allTargets: readonly Target[] = [
	bencodeTarget,
	metainfoTarget,
	safePathTarget,
	safeTextTarget,
	framesTarget,
	peerTarget,
	handshakeTarget,
	mseTarget,
	extensionTarget,
	httpTrackerTarget,
	udpTrackerTarget,
	krpcTarget,
	utPexTarget,
	localDiscoveryTarget,
	magnetTarget,
	utMetadataTarget,
	metadataTarget,
	resumeTarget,
	optionsTarget,
]
