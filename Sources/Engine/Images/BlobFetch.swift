internal import EdgeProtocol
internal import Images
internal import Linux
internal import OCI

/// A blob that comes from a registry into the store.
struct BlobFetch: Sendable {
    let files: ImageFiles
    let edge: EdgeClient
    let repository: String
    let report: TransferReport

    /// Begins the download, or goes on with one that broke off.
    ///
    /// - Returns: nil if the store has the blob.
    func begin(_ digest: Digest, size: Int64) throws(EngineError) -> LayerTransfer.Source? {
        let begun = try imaging { () throws(ImagesError) in try PartialBlob.begin(digest, size: size, in: files.blobs) }
        guard let blob = begun else { return nil }
        let kept = blob.kept()
        let progress = Shared(BlobProgress(have: kept))
        report.tell(.detail("blob \(digest.short) comes from \(repository), from byte \(kept) on"))
        if kept < size { request(blob, from: kept, progress) }
        return LayerTransfer.Source(blob: blob, progress: progress, isResumed: kept > 0) { () throws(EngineError) in
            try imaging { () throws(ImagesError) in try blob.clear() }
            progress.change { $0 = BlobProgress() }
            request(blob, from: 0, progress)
        }
    }

    private func request(_ blob: PartialBlob, from offset: Int64, _ progress: Shared<BlobProgress>) {
        var request = EdgeRequest(.blob, id: 0)
        request.repository = repository
        request.digest = blob.digest.text
        request.size = blob.size
        request.file = blob.path
        request.offset = offset
        let report = self.report
        edge.start(request) { event in
            switch event.kind {
            case .progress:
                let have = min(event.have ?? 0, blob.size)
                progress.change { $0.have = max($0.have, have) }
                report.tell(.progress(blob.digest, have: have, size: blob.size))
            case .error: progress.change { $0.failure = ImagesError(.system, event.message ?? "the registry refused") }
            case .done:
                progress.change { if $0.have < blob.size { $0.failure = ImagesError(.system, "\(blob.digest) is too short") } }
            default: break
            }
        }
    }

    /// Brings a small blob, and waits for it.
    func bring(_ digest: Digest, size: Int64) throws(EngineError) {
        guard let source = try begin(digest, size: size) else { return }
        try source.verified(files) { (input) throws(ImagesError) in try input.verify() }
    }
}
