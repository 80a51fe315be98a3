internal import AsyncHTTPClient
internal import EdgeProtocol
internal import FoundationEssentials
internal import Linux
internal import NIOCore
internal import NIOHTTP1

/// One blob of a file to a registry: not at all if it is there, mounted, whole, or in chunks (distribution-spec, Pushing blobs).
struct BlobUpload: Sendable {
    let client: RegistryClient
    let target: Target
    let digest: String
    let size: Int64
    let file: SharedDescriptor
    let progress: TransferProgress

    static let chunk: Int64 = 32 << 20
    static let mostMounts = 4

    /// Where an upload goes on, and how.
    private struct Session {
        var location: URL
        /// The least a chunk may have: the registry wants chunks (OCI-Chunk-Min-Length).
        var leastChunk: Int64?
    }

    private enum Opened {
        case session(Session)
        case done
    }

    /// - Returns: whether the registry had the blob.
    func run(mountFrom: [String]) async throws -> Bool {
        if try await exists() { return true }
        var session: Session?
        for repository in mountFrom.prefix(Self.mostMounts) where repository != target.repository {
            // A repository that cannot be read from is no reason to stop.
            switch try? await open(from: repository) {
            case .done?: return true
            case .session(let opened)?: session = opened
            case nil: continue
            }
        }
        var inChunks = false
        for attempt in 0... {
            do {
                if session == nil, case .session(let opened) = try await open(from: nil) { session = opened }
                guard let current = session else { return true }
                session = nil
                inChunks = inChunks || current.leastChunk != nil
                try await send(current, inChunks: inChunks)
                return false
            } catch let error as RegistryError {
                if [413, 416].contains(error.status), !inChunks {
                    inChunks = true
                } else {
                    guard Retry.mayPass(error), attempt + 1 < Retry.attempts else { throw error }
                    try await Retry.sleep(Retry.delay(after: attempt, asked: error.delay))
                }
            }
        }
        return false
    }

    private func question(_ method: HTTPMethod, _ path: String, more: [Scope] = []) -> RegistryClient.Question {
        var question = RegistryClient.Question(method: method, path: path)
        question.scopes = [target.scope("pull,push")] + more
        return question
    }

    private func refusal(_ reply: HTTPReply) -> RegistryError {
        Answer.refusal(reply.status, reply.headers, reply.bytes, target.site)
    }

    private func exists() async throws -> Bool {
        try await Retry.run {
            var question = question(.HEAD, "\(target.repository)/blobs/\(digest)")
            // What it redirects to is there, and is often signed for GET alone.
            question.followsRedirects = false
            let reply = try await client.ask(target.site, question)
            guard (200...399).contains(reply.status) || reply.status == 404 else { throw refusal(reply) }
            return reply.status != 404
        }
    }

    /// Opens an upload, or mounts the blob of another repository (distribution-spec, Mounting a blob).
    private func open(from other: String?) async throws -> Opened {
        try await Retry.run {
            var path = "\(target.repository)/blobs/uploads/"
            if let other { path += "?mount=\(Query.escaped(digest))&from=\(Query.escaped(other))" }
            var question = question(.POST, path, more: other.map { [Scope(repository: $0, actions: "pull")] } ?? [])
            question.headers.add(name: "Content-Length", value: "0")
            question.followsRedirects = false
            let reply = try await client.ask(target.site, question)
            if reply.status == 201 { return .done }
            guard reply.status == 202 else { throw refusal(reply) }
            let least = reply.headers.first(name: "OCI-Chunk-Min-Length").flatMap { Int64($0) }
            return .session(Session(location: try location(reply), leastChunk: least))
        }
    }

    /// Where an upload goes on. A registry behind a proxy may name plain HTTP where it is spoken to by HTTPS: it means itself.
    private func location(_ reply: HTTPReply) throws -> URL {
        guard let text = reply.headers.first(name: "Location"), let url = URL(string: text, relativeTo: reply.url)?.absoluteURL,
            let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme), url.host != nil
        else { throw RegistryError(.registry, "\(target.site) does not say where the upload goes") }
        guard scheme == "http", reply.url.scheme == "https", !target.site.isInsecure else { return url }
        guard url.host == reply.url.host, let secure = URL(string: "https" + url.absoluteString.dropFirst(4)) else {
            throw RegistryError(.tls, "\(target.site) sends the upload to plain HTTP at \(url.hostAndPort): refused")
        }
        return secure
    }

    private func send(_ session: Session, inChunks: Bool) async throws {
        guard inChunks else {
            do {
                return try await finish(session.location, with: 0..<size)
            } catch let error as RegistryError where error.isTransient && error.status == nil {
                // The connection broke: what arrived is kept by some registries.
                guard let (location, offset) = await resume(session.location), offset > 0 else { throw error }
                return try await sendChunks(location, from: offset, chunk: Self.chunk)
            }
        }
        try await sendChunks(session.location, from: 0, chunk: max(session.leastChunk ?? 0, Self.chunk))
    }

    /// PATCHes, then the PUT that ends the upload (distribution-spec, Pushing a blob in chunks).
    private func sendChunks(_ location: URL, from offset: Int64, chunk: Int64) async throws {
        var (location, at, breaks) = (location, offset, 0)
        while at < size {
            let range = at..<min(at + chunk, size)
            do {
                var question = streaming(.PATCH, location, range)
                question.headers.add(name: "Content-Range", value: "\(range.lowerBound)-\(range.upperBound - 1)")
                let reply = try await client.ask(target.site, question)
                guard reply.status == 202 || reply.status == 201 || reply.status == 204 else { throw refusal(reply) }
                location = try self.location(reply)
                at = Self.received(reply).flatMap { $0 > at && $0 <= range.upperBound ? $0 : nil } ?? range.upperBound
                breaks = 0
            } catch let error as RegistryError where error.isTransient || error.status == 416 {
                breaks += 1
                guard breaks < Retry.attempts, let (next, offset) = await resume(location) else { throw error }
                (location, at) = (next, offset)
                try await Retry.sleep(Retry.delay(after: breaks, asked: error.delay))
            }
        }
        try await finish(location, with: size..<size)
    }

    /// How much of an upload the registry has, as its header Range says: `0-99` is a hundred bytes.
    private static func received(_ reply: HTTPReply) -> Int64? {
        guard let text = reply.headers.first(name: "Range"), let last = text.split(separator: "-").last else { return nil }
        return text.hasPrefix("0-") || text.hasPrefix("bytes=0-") ? Int64(last).map { $0 == 0 ? 0 : $0 + 1 } : nil
    }

    /// Asks how far an upload got; nil where the registry has given it up.
    private func resume(_ location: URL) async -> (URL, Int64)? {
        var question = question(.GET, "")
        question.location = location
        guard let reply = try? await client.ask(target.site, question), reply.status == 204 || reply.status == 202,
            let next = try? self.location(reply)
        else { return nil }
        return (next, Self.received(reply).map { min($0, size) } ?? 0)
    }

    private func streaming(_ method: HTTPMethod, _ location: URL, _ range: Range<Int64>) -> RegistryClient.Question {
        var question = question(method, "")
        question.location = location
        question.headers.add(name: "Content-Type", value: "application/octet-stream")
        question.timeout = nil
        question.followsRedirects = false
        let (file, progress) = (file, progress)
        if range.isEmpty {
            question.headers.add(name: "Content-Length", value: "0")
        } else {
            question.body = {
                .stream(FileBody(file: file, range: range, progress: progress), length: .known(Int64(range.count)))
            }
        }
        return question
    }

    /// The PUT with the digest, and with the bytes that are left.
    private func finish(_ location: URL, with range: Range<Int64>) async throws {
        let url = Query.adding([URLQueryItem(name: "digest", value: digest)], to: location)
        let reply = try await client.ask(target.site, streaming(.PUT, url, range))
        guard reply.status == 201 || reply.status == 204 || reply.status == 202 else { throw refusal(reply) }
        if let named = reply.headers.first(name: "Docker-Content-Digest"), named != digest {
            throw RegistryError(.registry, "\(target.site) took the blob for \(OneLine.text(named, limit: 80))")
        }
    }
}
