internal import EdgeProtocol
internal import NIOHTTP1

/// Logging in and out.
extension RegistryClient {
    /// Shows the credentials to the registry, and keeps them if it takes them.
    func logIn(_ site: Site, username: String, password: String) async throws {
        guard !username.isEmpty, !username.contains(":") else {
            throw RegistryError(.local, "a user name is neither empty nor has a colon")
        }
        let shown = Credentials.password(username: username, password: password)
        let what = "log in to \(site)"
        do {
            var call = HTTPCall(url: try await url(site, "/v2/"))
            call.isInsecure = site.isInsecure
            let first = call
            var reply = try await Retry.run { try await self.http.send(first) }
            if reply.status == 401 {
                let answer = try await authorizer.respond(to: reply.headers, of: site, scopes: [], with: shown)
                call.headers.replaceOrAdd(name: "Authorization", value: answer)
                let second = call
                reply = try await Retry.run { try await self.http.send(second) }
            }
            guard (200...299).contains(reply.status) else {
                throw Answer.refusal(reply.status, reply.headers, reply.bytes, site)
            }
        } catch let error as RegistryError where error.status == 401 || error.status == 403 {
            throw RegistryError(
                .unauthorized, "cannot \(what): it does not take this user name and password (\(error.status ?? 401))")
        } catch let error as RegistryError {
            throw error.during(what)
        }
        try await credentials.keep(site, username: username, password: password)
    }

    func logOut(_ site: Site?) async throws {
        guard try await credentials.forget(site) else {
            throw RegistryError(.notFound, site.map { "nobody is logged in to \($0)" } ?? "nobody is logged in anywhere")
        }
    }
}
