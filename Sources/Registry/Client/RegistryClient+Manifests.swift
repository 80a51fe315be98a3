internal import AsyncHTTPClient
internal import EdgeProtocol
internal import NIOCore
internal import NIOHTTP1
internal import OCI

/// Manifests (distribution-spec, Pulling manifests, Pushing manifests).
extension RegistryClient {
    /// Bytes; the least a registry has to take (distribution-spec, Pushing Manifests).
    static let largestManifest = 4 << 20

    struct Manifest: Sendable {
        var mediaType: String?
        var digest: String?
        var body: String
    }

    func manifest(_ target: Target, reference: String, accept: [String]) async throws -> Manifest {
        var question = Question(path: "\(target.repository)/manifests/\(reference)")
        question.scopes = [target.scope("pull")]
        question.limit = Self.largestManifest
        for type in accept.isEmpty ? MediaType.manifests + MediaType.indexes : accept {
            question.headers.add(name: "Accept", value: type)
        }
        let what = "fetch the manifest \(target)\(Self.joint(reference))\(reference)"
        return try Self.read(try await succeed(target.site, question, what), what)
    }

    private static func read(_ reply: HTTPReply, _ what: String) throws -> Manifest {
        guard let text = String(validating: reply.body.readableBytesView, as: UTF8.self) else {
            throw RegistryError(.unsupported, "the manifest is not UTF-8").during(what)
        }
        let type = reply.headers.first(name: "Content-Type")?.split(separator: ";").first.map { String($0) }
        return Manifest(mediaType: type, digest: reply.headers.first(name: "Docker-Content-Digest"), body: text)
    }

    /// - Returns: the digest as the registry names it.
    func put(_ target: Target, reference: String, mediaType: String, body: String) async throws -> String? {
        let what = "push the manifest \(target)\(Self.joint(reference))\(reference)"
        guard body.utf8.count <= Self.largestManifest else {
            throw RegistryError(.tooLarge, "it has more than \(Self.largestManifest) bytes").during(what)
        }
        var question = Question(method: .PUT, path: "\(target.repository)/manifests/\(reference)")
        question.scopes = [target.scope("pull,push")]
        question.headers.add(name: "Content-Type", value: mediaType)
        question.followsRedirects = false
        question.body = { .bytes(ByteBuffer(string: body)) }
        return try await succeed(target.site, question, what).headers.first(name: "Docker-Content-Digest")
    }

    private static func joint(_ reference: String) -> String { Digest(reference) == nil ? ":" : "@" }
}
