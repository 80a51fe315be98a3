internal import Images
internal import Linux
internal import OCI

/// The layers of an image on their way into the store: several at once, each unpacked while it comes.
struct LayerTransfer: Sendable {
    /// A blob that is coming.
    struct Source: Sendable {
        let blob: PartialBlob
        let progress: Shared<BlobProgress>
        /// What an earlier download left is used.
        let isResumed: Bool
        /// Begins anew.
        let restart: @Sendable () throws(EngineError) -> Void

        /// Reads it, verifies it and gives it its name; once more from the beginning where what was left of earlier was wrong.
        func verified(
            _ files: ImageFiles, _ read: (BlobInput) throws(ImagesError) -> Void
        ) throws(EngineError) {
            do throws(ImagesError) {
                try read(BlobInput(blob, progress))
            } catch {
                guard isResumed, error.code == .digest || error.code == .damaged else { throw EngineError(error.message) }
                try restart()
                try imaging { () throws(ImagesError) in try read(BlobInput(blob, progress)) }
            }
            if !files.blobs.has(blob.digest) { try imaging { () throws(ImagesError) in try blob.publish() } }
        }
    }

    struct Outcome {
        var warnings: [String] = []
    }

    private struct State: Sendable {
        var next = 0
        /// The directories of those that are done, by number.
        var paths: [Int: String] = [:]
        var warnings: [String] = []
        var failure: EngineError?
    }

    /// Each takes a buffer of input and one of output; two hash, decompress and unpack while others wait for the network.
    private static let workers = 3

    private let files: ImageFiles
    private let content: ImageContent
    private let open: @Sendable (ImageContent.LayerContent) throws(EngineError) -> Source?
    private let report: TransferReport
    private let state = Shared(State())

    /// - Parameter open: begins to bring a layer's blob; nil where the store has it.
    init(
        _ files: ImageFiles, _ content: ImageContent, _ report: TransferReport,
        open: @escaping @Sendable (ImageContent.LayerContent) throws(EngineError) -> Source?
    ) {
        self.files = files
        self.content = content
        self.open = open
        self.report = report
    }

    func run() throws(EngineError) -> Outcome {
        // All threads have one: files of layers get the modes that they have in the archive.
        let umask = Processes.setUmask(0)
        defer { Processes.setUmask(umask) }
        var workers: [Worker<Bool>] = []
        for _ in 0..<min(Self.workers, content.layers.count) {
            workers.append(
                try attempt("start a thread") { () throws(SystemError) in
                    try Worker { [self] in
                        work()
                        return true
                    }
                })
        }
        for worker in workers { _ = worker.result() }
        return try state.change { (state) throws(EngineError) in
            if let failure = state.failure { throw failure }
            return Outcome(warnings: state.warnings)
        }
    }

    /// Takes one layer after the other, the lowest first: so who waits for those below waits for work that goes on.
    private func work() {
        while true {
            let number = state.change { state -> Int? in
                guard state.failure == nil, state.next < content.layers.count else { return nil }
                defer { state.next += 1 }
                return state.next
            }
            guard let number else { return }
            do throws(EngineError) {
                let path = try bring(number)
                state.change { $0.paths[number] = path }
            } catch {
                state.change { $0.failure = $0.failure ?? error }
            }
        }
    }

    private func bring(_ number: Int) throws(EngineError) -> String {
        let layer = content.layers[number]
        if let there = files.layers.layer(layer.chainID, diffID: layer.diffID.text), files.blobs.has(layer.blob) {
            report.tell(.exists(layer.blob))
            return there.path
        }
        report.tell(.detail("layer \(layer.blob), \(layer.size) bytes, becomes \(layer.chainID)"))
        guard let source = try open(layer) else {
            let size = files.blobs.size(layer.blob) ?? 0
            guard size == layer.size else {
                throw EngineError("layer \(layer.blob) has \(size) bytes, and the image's manifest says \(layer.size)")
            }
            report.tell(.detail("layer \(layer.blob.short) is here, and is unpacked anew"))
            let path = try imaging { () throws(ImagesError) in
                try unpack(number, BlobInput(layer.blob, in: files.blobs))
            }
            report.tell(.done(layer.blob))
            return path
        }
        var path = ""
        try source.verified(files) { (input) throws(ImagesError) in path = try unpack(number, input, source.blob) }
        report.tell(.done(layer.blob))
        return path
    }

    private func unpack(_ number: Int, _ input: BlobInput, _ blob: PartialBlob? = nil) throws(ImagesError) -> String {
        let layer = content.layers[number]
        if let there = files.layers.layer(layer.chainID, diffID: layer.diffID.text) {
            try input.verify()
            return there.path
        }
        var options = UnpackOptions(tree: .layer)
        options.makesFilesWithMode = true
        options.ignoreOwners = !Engine.isPrivileged && !Engine.isNamespaceRoot
        let request = LayerStore.ImageLayer(
            name: "layer \(layer.blob.short)", diffID: layer.diffID, chainID: layer.chainID)
        let made = try files.layers.add(
            request, from: input, options: options,
            verified: { () throws(ImagesError) in
                try input.verify()
                // Now, so that another process that wants it need not wait for the layers below.
                try blob?.publish()
            },
            below: { () throws(ImagesError) in try below(number) })
        state.change { $0.warnings += made.warnings.map { "\(layer.blob.short): \($0)" } }
        return made.path
    }

    /// Waits for the layers below: their directories, the uppermost first.
    private func below(_ number: Int) throws(ImagesError) -> [String] {
        try state.wait { (state) throws(ImagesError) -> [String]? in
            if let failure = state.failure { throw ImagesError(.system, failure.message) }
            let paths = (0..<number).reversed().compactMap { state.paths[$0] }
            return paths.count == number ? paths : nil
        }
    }
}
