internal import EdgeProtocol
internal import FoundationEssentials
internal import JSON
internal import NIOCore
internal import NIOHTTP1

/// Answers that come in pages: tags, catalogs, referrers (distribution-spec, Content Discovery).
extension RegistryClient {
    static let mostPages = 200
    static let mostEntries = 100_000
    /// Bytes of a page.
    static let largestPage = 8 << 20

    /// The tags of a repository, in the registry's order.
    func tags(_ target: Target, limit: Int?) async throws -> [String] {
        let most = min(max(limit ?? Self.mostEntries, 0), Self.mostEntries)
        var question = Question(path: "\(target.repository)/tags/list?n=\(min(most, 1000))")
        question.scopes = [target.scope("pull")]
        return try await names("tags", target.site, question, "list the tags of \(target)") { _ in true }.prefix(most).map { $0 }
    }

    /// The repositories of a registry whose name has `term`.
    func catalog(_ site: Site, term: String) async throws -> [String] {
        let term = term.lowercased()
        return try await names("repositories", site, Question(path: "_catalog?n=1000"), "search \(site)") {
            $0.lowercased().contains(term)
        }
    }

    /// A list of names, page after page.
    private func names(
        _ member: String, _ site: Site, _ question: Question, _ what: String, _ fits: (String) -> Bool
    ) async throws -> [String] {
        var found: [String] = []
        try await pages(site, question, what) { object in
            guard case .array(let items) = object[member] ?? .null else { return true }
            for case .string(let name) in items where fits(name) && name.utf8.count <= 1024 {
                found.append(OneLine.text(name, limit: 1024))
            }
            return found.count < Self.mostEntries
        }
        return found
    }

    /// Asks for a list and, while `take` wants more, for the pages its Link header names (RFC 8288).
    func pages(_ site: Site, _ question: Question, _ what: String, _ take: (JSONObject) throws -> Bool) async throws {
        var question = question
        question.limit = Self.largestPage
        for _ in 0..<Self.mostPages {
            let reply = try await succeed(site, question, what)
            guard case .object(let object)? = try? JSONValue(parsing: reply.bytes) else {
                throw RegistryError(.registry, "\(site) answers with what is no JSON object").during(what)
            }
            guard try take(object), let next = Self.next(reply), next != reply.url else { return }
            question.location = next
        }
    }

    /// The next page, on the same host.
    static func next(_ reply: HTTPReply) -> URL? {
        for link in reply.headers["Link"] {
            guard let open = link.firstIndex(of: "<"), let close = link.firstIndex(of: ">"), open < close,
                link[close...].lowercased().contains("rel=\"next\"") || link[close...].lowercased().contains("rel=next")
            else { continue }
            let text = String(link[link.index(after: open)..<close])
            guard let url = URL(string: text, relativeTo: reply.url)?.absoluteURL, url.host == reply.url.host else { return nil }
            // A registry behind a proxy may name plain HTTP, or the port it has there.
            return url.origin == reply.url.origin ? url : Self.moved(url, to: reply.url)
        }
        return nil
    }

    private static func moved(_ url: URL, to base: URL) -> URL? {
        URL(string: url.path(percentEncoded: true) + (url.query(percentEncoded: true).map { "?\($0)" } ?? ""), relativeTo: base)?
            .absoluteURL
    }

    /// An index of what refers to a manifest: from the API, else from the tag that stands for it (distribution-spec, Listing
    /// Referrers, Referrers Tag Schema).
    func referrers(_ target: Target, digest: String, artifactType: String?) async throws -> Manifest {
        let what = "list what refers to \(target)@\(digest)"
        var path = "\(target.repository)/referrers/\(digest)"
        if let artifactType { path += "?artifactType=\(Query.escaped(artifactType))" }
        var question = Question(path: path)
        question.scopes = [target.scope("pull")]
        question.headers.add(name: "Accept", value: Self.indexType)
        var manifests: [JSONValue] = []
        func take(_ object: JSONObject) -> Bool {
            if case .array(let items) = object["manifests"] ?? .null { manifests += items }
            return manifests.count < Self.mostEntries
        }
        do {
            try await pages(target.site, question, what, take)
        } catch let error as RegistryError where [400, 404, 405].contains(error.status) {
            question.path = "\(target.repository)/manifests/sha256-\(digest.dropFirst(7))"
            do { try await pages(target.site, question, what, take) } catch let error as RegistryError where error.status == 404 {
            }
        }
        if let artifactType {
            manifests.removeAll { item in
                guard case .object(let object) = item else { return true }
                return object["artifactType"] != .string(artifactType)
            }
        }
        let index: JSONValue = ["schemaVersion": 2, "mediaType": .string(Self.indexType), "manifests": .array(manifests)]
        return Manifest(mediaType: Self.indexType, digest: nil, body: index.text())
    }

    private static let indexType = "application/vnd.oci.image.index.v1+json"

    /// Repositories with a term in their name or description: docker's index, and without one the catalog.
    func search(_ site: Site, term: String, limit: Int?) async throws -> [EdgeEvent.SearchResult] {
        let most = min(max(limit ?? 25, 1), 100)
        let query = "/v1/search?q=\(Query.escaped(term))&n=\(most)"
        var question = Question(path: query)
        if site.name == "docker.io" { question.location = URL(string: "https://index.docker.io\(query)") }
        question.limit = Self.largestPage
        do {
            let reply = try await succeed(site, question, "search \(site)")
            if case .object(let object)? = try? JSONValue(parsing: reply.bytes), case .array(let items)? = object["results"] {
                return items.compactMap(Self.result).prefix(most).map { $0 }
            }
        } catch let error as RegistryError where error.status != nil && site.name != "docker.io" {}
        return try await catalog(site, term: term).prefix(most).map { name in
            var result = EdgeEvent.SearchResult()
            result.name = name
            return result
        }
    }

    private static func result(_ value: JSONValue) -> EdgeEvent.SearchResult? {
        guard case .object(let object) = value, case .string(let name) = object["name"] ?? .null else { return nil }
        var result = EdgeEvent.SearchResult()
        result.name = OneLine.text(name)
        if case .string(let text) = object["description"] ?? .null { result.description = OneLine.text(text) }
        result.stars = (try? object["star_count"]?.whole()) ?? 0
        result.official = object["is_official"] == .bool(true)
        return result
    }
}
