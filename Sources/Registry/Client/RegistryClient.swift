internal import AsyncHTTPClient
internal import EdgeProtocol
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1

/// Registries as the distribution-spec has them, over connections and tokens that all requests share.
package final class RegistryClient: Sendable {
    let options: RegistryOptions
    let http: HTTPStack
    let authorizer: Authorizer
    let credentials: CredentialStore
    let limiter = HostLimiter()
    let configuration: Result<RegistriesConfiguration, any Error>
    private let schemes: SchemeKeeper

    package init(options: RegistryOptions) {
        self.options = options
        http = HTTPStack(options: options)
        credentials = CredentialStore(options: options)
        authorizer = Authorizer(http: http, credentials: credentials)
        schemes = SchemeKeeper(http: http)
        configuration = Result { try RegistriesConfiguration(options: options) }
    }

    /// What is asked of a registry, before scheme and authorization are known.
    struct Question: Sendable {
        var method = HTTPMethod.GET
        /// Below `/v2/`, or absolute where it begins with a slash.
        var path = ""
        /// In place of the path: a location that the registry gave.
        var location: URL?
        var headers = HTTPHeaders()
        /// Made anew for each attempt: a stream is read once.
        var body: (@Sendable () -> HTTPClientRequest.Body)?
        var limit = 1 << 20
        var timeout: Int64? = 120
        var followsRedirects = true
        var scopes: [Scope] = []
    }

    func url(_ site: Site, _ path: String) async throws -> URL {
        let scheme = try await schemes.scheme(of: site)
        let absolute = path.hasPrefix("/") ? path : "/v2/\(path)"
        guard let url = URL(string: "\(scheme)://\(site.authority)\(absolute)") else {
            throw RegistryError(.notFound, "\(site)\(absolute) is no address")
        }
        return url
    }

    /// Asks a registry, with what it wants to be shown, and gives the answer of whatever status.
    func ask(_ site: Site, _ question: Question) async throws -> HTTPReply {
        try await authorized(site, scopes: question.scopes) { authorization in
            var call = HTTPCall(method: question.method, url: try await self.url(site, question.path))
            if let location = question.location { call.url = location }
            call.headers = question.headers
            call.body = question.body?()
            call.limit = question.limit
            call.timeout = question.timeout
            call.followsRedirects = question.followsRedirects
            call.isInsecure = site.isInsecure
            // A location on another host has an authorization of its own in it, and is not shown ours.
            let own = try await self.url(site, "/")
            if call.url.origin == own.origin { authorization.map { call.headers.replaceOrAdd(name: "Authorization", value: $0) } }
            let reply = try await self.http.send(call)
            return (reply, reply.status, reply.headers)
        }
    }

    /// Runs `attempt` with the authorization that is known, and once more with the one that a 401 asks for.
    func authorized<Result>(
        _ site: Site, scopes: [Scope], _ attempt: (String?) async throws -> (Result, Int, HTTPHeaders)
    ) async throws -> Result {
        let shown = try await authorizer.known(site, scopes: scopes)
        let (result, status, headers) = try await attempt(shown)
        guard status == 401 else { return result }
        let answer = try await authorizer.respond(to: headers, of: site, scopes: scopes, refused: shown)
        if answer == shown { return result }
        return try await attempt(answer).0
    }

    /// Asks until an answer is one of success, or final.
    func succeed(_ site: Site, _ question: Question, _ what: String) async throws -> HTTPReply {
        do {
            return try await Retry.run {
                let reply = try await self.ask(site, question)
                guard (200...299).contains(reply.status) else {
                    throw Answer.refusal(reply.status, reply.headers, reply.bytes, site)
                }
                return reply
            }
        } catch let error as RegistryError {
            throw error.during(what)
        }
    }
}

/// Whether a registry is spoken to by HTTPS or plain HTTP, found out once.
actor SchemeKeeper {
    private let http: HTTPStack
    private var known: [Site: Task<String, any Error>] = [:]

    init(http: HTTPStack) { self.http = http }

    func scheme(of site: Site) async throws -> String {
        guard site.allowsPlain else { return "https" }
        if let task = known[site] { return try await task.value }
        let http = http
        let task = Task { try await Self.find(site, http) }
        known[site] = task
        do {
            return try await task.value
        } catch {
            known[site] = nil
            throw error
        }
    }

    /// Tries TLS, without a secret and so without a look at the certificate; a port that does not speak it gets plain HTTP.
    private static func find(_ site: Site, _ http: HTTPStack) async throws -> String {
        guard let url = URL(string: "https://\(site.authority)/v2/") else {
            throw RegistryError(.network, "\(site) is no host and port")
        }
        var call = HTTPCall(url: url)
        call.isInsecure = true
        call.followsRedirects = false
        call.timeout = 10
        do {
            _ = try await http.send(call)
            return "https"
        } catch let error as RegistryError where error.kind == .tooLarge || error.kind == .tls && !error.isPlain {
            // What is wrong with its TLS, or with ours, the request itself will say.
            return "https"
        } catch let error as RegistryError {
            // Nobody listens: what is said of plain HTTP would be no better. A port of its own may be open, though.
            if error.kind == .network && !error.isTransient && Site.split(site.authority).port != nil { throw error }
            return "http"
        }
    }
}
