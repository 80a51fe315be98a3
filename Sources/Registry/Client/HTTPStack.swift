internal import AsyncHTTPClient
internal import EdgeProtocol
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// A request of a bounded answer.
struct HTTPCall: Sendable {
    var method = HTTPMethod.GET
    var url: URL
    var headers = HTTPHeaders()
    var body: HTTPClientRequest.Body?
    /// Bytes of the answer's body that are taken; more is a failure.
    var limit = 1 << 20
    /// Whether plain HTTP, and certificates nobody vouches for, are fine.
    var isInsecure = false
    var followsRedirects = true
    /// Seconds for the whole of it, or nil where a large body goes out.
    var timeout: Int64? = 120
}

/// An answer with all of its body.
struct HTTPReply: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: ByteBuffer
    /// Where it came from, after redirects.
    var url: URL

    var bytes: [UInt8] { Array(body.readableBytesView) }
}

/// Connections, shared by everything one process asks for: proxies, TLS, redirects, and transport errors in words.
final class HTTPStack: Sendable {
    let options: RegistryOptions
    private let proxies = Proxies()
    private let clients = Mutex<[Way: HTTPClient]>([:])
    private let trust: TLSTrust

    private struct Way: Hashable {
        var proxy: HTTPClient.Configuration.Proxy?
        /// Registries may think for minutes about what was uploaded.
        var isPatient: Bool
    }

    static let mostRedirects = 5

    init(options: RegistryOptions) {
        self.options = options
        trust = TLSTrust(certsDir: options.certsDir)
    }

    deinit {
        for client in clients.withLock({ Array($0.values) }) { try? client.syncShutdown() }
    }

    /// The client for a URL: one each for no proxy and for every proxy.
    func client(for url: URL, isPatient: Bool = false) -> HTTPClient {
        let way = Way(proxy: proxies.proxy(for: url), isPatient: isPatient)
        return clients.withLock { clients in
            if let client = clients[way] { return client }
            let client = HTTPClient(
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: Self.configuration(way))
            clients[way] = client
            return client
        }
    }

    private static func configuration(_ way: Way) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(15), read: .seconds(way.isPatient ? 600 : 60)),
            connectionPool: .init(idleTimeout: .seconds(30), concurrentHTTP1ConnectionsPerHostSoftLimit: HostLimiter.connections),
            proxy: way.proxy, ignoreUncleanSSLShutdown: false, decompression: .disabled)
        configuration.connectionPool.retryConnectionEstablishment = false
        // Several connections carry several pieces at once; HTTP/2 would put them on one.
        configuration.httpVersion = .http1Only
        // Pieces of 256 KiB, the size that is written at once. The default starts at 2 KiB and stops at 64.
        configuration.http1_1ConnectionDebugInitializer = { channel in
            channel.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 256 << 10))
        }
        return configuration
    }

    /// What is trusted of a host.
    func tls(for url: URL, isInsecure: Bool) throws -> TLSConfiguration {
        try trust.configuration(for: url.hostAndPort, verifies: !isInsecure)
    }

    /// Sends a request and reads its answer, after redirects.
    ///
    /// - Throws: `RegistryError` where there is no answer; an answer of any status is none.
    func send(_ call: HTTPCall) async throws -> HTTPReply {
        var call = call
        for _ in 0...Self.mostRedirects {
            let reply = try await exchange(call)
            guard call.followsRedirects, let next = try Self.redirect(reply.status, reply.headers, call.url, call.isInsecure)
            else { return reply }
            if next.origin != call.url.origin { call.headers.remove(name: "Authorization") }
            call.url = next
        }
        throw RegistryError(.registry, "\(call.url.hostAndPort) redirects in circles")
    }

    /// Where a redirect leads; nil for an answer that is none (RFC 9110, 15.4).
    ///
    /// - Throws: a redirect from HTTPS to plain HTTP.
    static func redirect(_ status: Int, _ headers: HTTPHeaders, _ from: URL, _ isInsecure: Bool) throws -> URL? {
        guard [301, 302, 303, 307, 308].contains(status), let location = headers.first(name: "Location") else { return nil }
        guard let next = URL(string: location, relativeTo: from)?.absoluteURL, let scheme = next.scheme?.lowercased(),
            ["http", "https"].contains(scheme), next.host != nil
        else { throw RegistryError(.registry, "\(from.hostAndPort) redirects to what is no address") }
        guard scheme == "https" || isInsecure || from.scheme == "http" else {
            throw RegistryError(.tls, "\(from.hostAndPort) redirects to plain HTTP at \(next.hostAndPort), which is refused")
        }
        return next
    }

    private func exchange(_ call: HTTPCall) async throws -> HTTPReply {
        var request = HTTPClientRequest(url: call.url.absoluteString)
        request.method = call.method
        request.headers = call.headers
        request.headers.replaceOrAdd(name: "User-Agent", value: Self.agent)
        request.body = call.body
        if call.url.scheme == "https" { request.tlsConfiguration = try tls(for: call.url, isInsecure: call.isInsecure) }
        let client = client(for: call.url, isPatient: call.timeout == nil)
        do {
            let deadline = call.timeout.map { NIODeadline.now() + .seconds($0) } ?? .distantFuture
            let response = try await client.execute(request, deadline: deadline)
            let body = call.method == .HEAD ? ByteBuffer() : try await response.body.collect(upTo: call.limit)
            return HTTPReply(status: Int(response.status.code), headers: response.headers, body: body, url: call.url)
        } catch is NIOTooManyBytesError {
            throw RegistryError(.tooLarge, "\(call.url.hostAndPort) answers with more than \(call.limit) bytes")
        } catch {
            throw TransportFailure.explain(error, host: call.url.hostAndPort)
        }
    }

    static let agent = "hako/0.1"
}
