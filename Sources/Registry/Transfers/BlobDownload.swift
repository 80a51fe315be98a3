internal import AsyncHTTPClient
internal import EdgeProtocol
internal import FoundationEssentials
internal import Linux
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// One blob into a file: in several ranges at once where it is large, resumed where a connection breaks
/// (distribution-spec, Pulling blobs).
struct BlobDownload: Sendable {
    let client: RegistryClient
    let digest: String
    let size: Int64
    let file: SharedDescriptor
    let progress: TransferProgress

    /// From how many bytes on several connections are used.
    static let large: Int64 = 32 << 20
    static let piece: Int64 = 8 << 20
    static let connections = 4
    /// A part that is worth an answer of its own.
    static let least: Int64 = 64 << 10
    /// Breaks in a row, none of which brought a byte.
    static let patience = 5

    /// Fetches what is missing from one place.
    func run(from target: Target) async throws {
        let source = Source(target: target)
        let left = progress.missing(upTo: size, piece: .max)
        guard let first = left.first else { return }
        if left.count == 1, first.count <= Self.large { return try await fetch(first, from: source) }
        // A first piece finds out where the blob is and whether ranges are served: without them it brings everything.
        try await fetch(first.lowerBound..<min(first.upperBound, first.lowerBound + Self.piece / 4), from: source)
        let rest = progress.missing(upTo: size, piece: Self.piece)
        guard let next = rest.first else { return }
        guard source.servesRanges.withLock({ $0 }) else { return try await fetch(next.lowerBound..<size, from: source) }
        let queue = PieceQueue(rest)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<min(Self.connections, rest.count) {
                group.addTask { while let piece = queue.next() { try await fetch(piece, from: source) } }
            }
            try await group.waitForAll()
        }
    }

    /// Where a blob is fetched from: the registry, or what it redirects to.
    private final class Source: Sendable {
        let target: Target
        /// The address behind the redirect; asked directly while it answers.
        let resolved = Mutex<URL?>(nil)
        /// False once all of a blob came where a part was asked for.
        let servesRanges = Mutex(true)
        init(target: Target) { self.target = target }
    }

    /// The pieces that nobody fetches yet.
    private final class PieceQueue: Sendable {
        private let pieces: Mutex<ArraySlice<Range<Int64>>>
        init(_ pieces: [Range<Int64>]) { self.pieces = Mutex(pieces[...]) }
        func next() -> Range<Int64>? { pieces.withLock { $0.popFirst() } }
    }

    /// Fetches a range; where the connection breaks, what is left of it.
    private func fetch(_ range: Range<Int64>, from source: Source) async throws {
        var at = range.lowerBound
        var failures = 0
        while at < range.upperBound {
            let host = source.resolved.withLock { $0?.hostAndPort } ?? source.target.site.name
            let sink = BlobSink(file: file, size: size, wanted: at..<range.upperBound, progress: progress, host: host)
            var failure = RegistryError(.network, "\(host) ends the blob too early", isTransient: true)
            var isAnswer = false
            do {
                try await stream(into: sink, from: source)
                if sink.position >= range.upperBound { return }
                isAnswer = true
            } catch let error as RegistryError where Retry.mayPass(error) {
                failure = error
            }
            let gained = sink.position - at
            at = sink.position
            // Some servers send less than is asked for, and that is an answer too.
            if isAnswer, gained >= Self.least { continue }
            failures = gained > 0 ? 1 : failures + 1
            guard failures < Self.patience else { throw failure }
            try await Retry.sleep(Retry.delay(after: failures - 1, asked: failure.delay))
        }
    }

    /// One answer into the file.
    private func stream(into sink: BlobSink, from source: Source) async throws {
        let wanted = sink.wanted
        defer { if sink.isWhole, wanted != 0..<size { source.servesRanges.withLock { $0 = false } } }
        let target = source.target
        if let known = source.resolved.withLock({ $0 }) {
            let outcome = try await exchange(known, nil, wanted, sink, target.site)
            if (200...299).contains(outcome.status) { return }
            // Such addresses are good for minutes: the registry gives a new one.
            source.resolved.withLock { $0 = nil }
            if outcome.status >= 500 || outcome.status == 429 {
                throw Answer.refusal(outcome.status, outcome.headers, outcome.text, target.site)
            }
        }
        let registry = try await client.url(target.site, "\(target.repository)/blobs/\(digest)")
        let outcome = try await client.authorized(target.site, scopes: [target.scope("pull")]) { authorization in
            var (url, shown) = (registry, authorization)
            for _ in 0...HTTPStack.mostRedirects {
                let outcome = try await exchange(url, shown, wanted, sink, target.site)
                guard let next = try HTTPStack.redirect(outcome.status, outcome.headers, url, target.site.isInsecure) else {
                    if url.origin != registry.origin, outcome.status < 300 {
                        let found = url
                        source.resolved.withLock { $0 = found }
                    }
                    return (outcome, outcome.status, outcome.headers)
                }
                if next.origin != url.origin { shown = nil }
                url = next
            }
            throw RegistryError(.registry, "\(target.site) redirects in circles")
        }
        guard outcome.status == 200 || outcome.status == 206 else {
            throw Answer.refusal(outcome.status, outcome.headers, outcome.text, target.site)
        }
    }

    private func exchange(
        _ url: URL, _ authorization: String?, _ wanted: Range<Int64>, _ sink: BlobSink, _ site: Site
    ) async throws -> BlobSink.Outcome {
        var headers: HTTPHeaders = ["User-Agent": HTTPStack.agent]
        authorization.map { headers.add(name: "Authorization", value: $0) }
        if wanted != 0..<size { headers.add(name: "Range", value: "bytes=\(wanted.lowerBound)-\(wanted.upperBound - 1)") }
        let request = try HTTPClient.Request(
            url: url.absoluteString, headers: headers,
            tlsConfiguration: url.scheme == "https" ? try client.http.tls(for: url, isInsecure: site.isInsecure) : nil)
        return try await client.limiter.limited(url.origin) {
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let task = client.http.client(for: url)
                .execute(request: request, delegate: sink, eventLoop: .delegateAndChannel(on: loop))
            do {
                return try await withTaskCancellationHandler {
                    try await task.futureResult.get()
                } onCancel: {
                    task.fail(reason: CancellationError())
                }
            } catch {
                if error is SystemError { throw error }
                throw TransportFailure.explain(error, host: url.hostAndPort)
            }
        }
    }
}
