package import EdgeProtocol
internal import Linux

/// Carries out what hako asks for, and says how it went.
package struct EdgeService: Sendable {
    let client: RegistryClient

    package init(options: RegistryOptions) { client = RegistryClient(options: options) }

    package typealias Emit = @Sendable (EdgeEvent) -> Void

    /// Answers one request with events, the last of them `done` or `error`.
    package func handle(_ request: EdgeRequest, emit: @escaping Emit) async {
        var last = EdgeEvent(.done, id: request.id)
        do {
            last = try await carryOut(request, emit)
        } catch {
            last = Self.event(error, id: request.id)
        }
        emit(last)
    }

    static func event(_ error: any Error, id: Int) -> EdgeEvent {
        var event = EdgeEvent(.error, id: id)
        switch error {
        case let error as RegistryError: (event.failure, event.message) = (error.kind, error.message)
        case let error as SystemError: (event.failure, event.message) = (.local, "\(error)")
        case is CancellationError: (event.failure, event.message) = (.local, "given up")
        default: (event.failure, event.message) = (.network, OneLine.text("\(error)"))
        }
        return event
    }

    private func carryOut(_ request: EdgeRequest, _ emit: @escaping Emit) async throws -> EdgeEvent {
        let words = Words(request)
        switch request.operation {
        case .manifest: return try await manifest(words, emit)
        case .blob: return try await blob(words, emit)
        default: throw RegistryError(.unsupported, "\(request.operation) is not known")
        }
    }

    /// Tries each place in its order; what the last of them says is the failure.
    func eachTarget<Result>(
        of words: Words, reference: String, _ body: (Target) async throws -> Result
    ) async throws -> (Result, Target) {
        let targets = try client.targets(of: try words.repository).filter { $0.takes(reference: reference) }
        for (index, target) in targets.enumerated() {
            do {
                return (try await body(target), target)
            } catch let error as RegistryError where index + 1 < targets.count && error.kind != .local {
                continue
            }
        }
        throw RegistryError(.blocked, "registries.conf names no place for \(reference)")
    }

    private func manifest(_ words: Words, _ emit: Emit) async throws -> EdgeEvent {
        let reference = try words.reference
        let (manifest, target) = try await eachTarget(of: words, reference: reference) {
            try await client.manifest($0, reference: reference, accept: words.request.accept ?? [])
        }
        var event = EdgeEvent(.manifest, id: words.id)
        event.mediaType = manifest.mediaType
        event.digest = manifest.digest
        event.body = manifest.body
        event.source = target.isMirror ? "\(target)" : nil
        emit(event)
        return words.done(from: target)
    }

    private func blob(_ words: Words, _ emit: @escaping Emit) async throws -> EdgeEvent {
        let (digest, size, path) = (try words.digest, try words.size, try words.file)
        let offset = words.request.offset ?? 0
        guard (0...size).contains(offset) else { throw RegistryError(.local, "the offset is not inside of the blob") }
        let file = SharedDescriptor(try File.open(path, .write))
        let id = words.id
        let progress = TransferProgress(from: offset) { have in
            var event = EdgeEvent(.progress, id: id)
            event.have = have
            emit(event)
        }
        let download = BlobDownload(client: client, digest: digest, size: size, file: file, progress: progress)
        let (_, target) = try await eachTarget(of: words, reference: digest) { target in
            do {
                try await download.run(from: target)
            } catch let error as RegistryError {
                throw error.during("fetch the blob \(target)@\(digest)")
            }
        }
        progress.finish()
        return words.done(from: target)
    }
}
