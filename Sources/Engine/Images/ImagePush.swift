internal import EdgeProtocol
internal import Images
internal import JSON
internal import Linux
package import OCI

/// Sends an image to a registry: what it lacks of the content, then the manifest.
package struct ImagePush {
    private let engine: Engine
    private let edge: EdgeClient
    private let report: TransferReport

    /// Blobs that are sent at the same time.
    private static let streams = 4

    package init(_ engine: Engine, _ edge: EdgeClient, report: TransferReport) {
        self.engine = engine
        self.edge = edge
        self.report = report
    }

    /// - Returns: the manifest's digest.
    package func run(_ image: ImageRecord, to name: ImageName) throws(EngineError) -> Digest {
        let lock = try engine.lockImages(.shared)
        defer { withExtendedLifetime(lock) {} }
        let files = engine.files
        let (manifest, bytes) = try engine.manifest(of: image)
        var contents: [(Digest, Int64)] = []
        for content in manifest.layers + [manifest.config] {
            guard let digest = Digest(content.digest), !contents.contains(where: { $0.0 == digest }) else { continue }
            guard files.blobs.has(digest) else {
                throw EngineError("image \(image.shortID) lacks the content \(digest.short); pull it again")
            }
            contents.append((digest, content.size))
        }
        // Where the image came from, the registry may have it already.
        let siblings = image.names.compactMap { try? ImageName($0.name) }.filter { $0.registry == name.registry }
        try send(contents, name, mountFrom: Array(Set(siblings.map(\.repository)).subtracting([name.repository])).sorted())
        var request = EdgeRequest(.putManifest, id: 0)
        request.repository = name.path
        request.reference = name.reference
        request.mediaType = manifest.mediaType ?? MediaType.manifest
        request.body = String(decoding: bytes, as: UTF8.self)
        _ = try edge.ask(request)
        return image.manifest
    }

    private struct State: Sendable {
        var running = 0
        var failure: String?
    }

    private func send(_ contents: [(Digest, Int64)], _ name: ImageName, mountFrom: [String]) throws(EngineError) {
        let state = Shared(State())
        for (digest, size) in contents {
            let goesOn = state.wait { state -> Bool? in
                if state.failure != nil { return false }
                guard state.running < Self.streams else { return nil }
                state.running += 1
                return true
            }
            guard goesOn else { break }
            var request = EdgeRequest(.upload, id: 0)
            request.repository = name.path
            request.digest = digest.text
            request.size = size
            request.file = engine.files.blobs.path(digest)
            request.mountFrom = mountFrom.isEmpty ? nil : mountFrom
            let report = self.report
            edge.start(request) { event in
                switch event.kind {
                case .progress: report.tell(.progress(digest, have: event.have ?? 0, size: size))
                case .done:
                    report.tell(event.existed == true ? .exists(digest) : .done(digest))
                    state.change { $0.running -= 1 }
                case .error:
                    state.change {
                        $0.running -= 1
                        $0.failure = $0.failure ?? event.message ?? "the registry refused"
                    }
                default: break
                }
            }
        }
        let failure = state.wait { state -> String?? in state.running == 0 ? .some(state.failure) : nil }
        if let failure { throw EngineError(failure) }
    }
}
