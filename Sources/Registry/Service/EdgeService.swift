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
        case .upload: return try await upload(words, emit)
        case .putManifest: return try await put(words)
        case .tags:
            let (list, target) = try await eachTarget(of: words, reference: "") {
                try await client.tags($0, limit: request.limit)
            }
            var event = EdgeEvent(.list, id: words.id)
            event.list = list
            event.source = target.isMirror ? "\(target)" : nil
            emit(event)
            return words.done(from: target)
        case .referrers: return try await referrers(words, emit)
        case .search:
            var event = EdgeEvent(.results, id: words.id)
            event.results = try await client.search(client.site(words.registry), term: words.term, limit: request.limit)
            emit(event)
        case .login:
            try await client.logIn(client.site(words.registry), username: words.username, password: words.password)
        case .logout:
            let registry = try request.registry.map { _ in try words.registry }
            try await client.logOut(registry.map { Site($0) })
        }
        return EdgeEvent(.done, id: words.id)
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

    private func referrers(_ words: Words, _ emit: Emit) async throws -> EdgeEvent {
        let digest = try words.digest
        let (index, target) = try await eachTarget(of: words, reference: digest) {
            try await client.referrers($0, digest: digest, artifactType: words.request.artifactType)
        }
        var event = EdgeEvent(.manifest, id: words.id)
        event.mediaType = index.mediaType
        event.body = index.body
        event.source = target.isMirror ? "\(target)" : nil
        emit(event)
        return words.done(from: target)
    }

    private func put(_ words: Words) async throws -> EdgeEvent {
        let target = try client.pushTarget(of: words.repository)
        var event = words.done(from: target)
        event.digest = try await client.put(
            target, reference: words.reference, mediaType: words.mediaType, body: words.body)
        return event
    }

    private func upload(_ words: Words, _ emit: @escaping Emit) async throws -> EdgeEvent {
        let target = try client.pushTarget(of: words.repository)
        let file = SharedDescriptor(try File.open(words.file, .read))
        let progress = Self.progress(from: 0, words.id, emit)
        let upload = BlobUpload(
            client: client, target: target, digest: try words.digest, size: try words.size, file: file, progress: progress)
        let mounts = words.mounts()
        var event = words.done(from: target)
        do {
            event.existed = try await upload.run(mountFrom: mounts)
        } catch let error as RegistryError {
            throw error.during("push the blob \(upload.digest) to \(target)")
        }
        if event.existed == false { progress.finish() }
        return event
    }

    private static func progress(from offset: Int64, _ id: Int, _ emit: @escaping Emit) -> TransferProgress {
        TransferProgress(from: offset) { have in
            var event = EdgeEvent(.progress, id: id)
            event.have = have
            emit(event)
        }
    }

    private func blob(_ words: Words, _ emit: @escaping Emit) async throws -> EdgeEvent {
        let (digest, size, path) = (try words.digest, try words.size, try words.file)
        let offset = words.request.offset ?? 0
        guard (0...size).contains(offset) else { throw RegistryError(.local, "the offset is not inside of the blob") }
        let file = SharedDescriptor(try File.open(path, .write))
        let progress = Self.progress(from: offset, words.id, emit)
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
