internal import EdgeProtocol
internal import Linux

/// Where credentials are looked for, and kept.
struct CredentialStore: Sendable {
    /// In the order in which they are asked; the first is written to.
    let paths: [String]

    init(options: RegistryOptions, variable: (String) -> String? = Environment.value) {
        func given(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        if let only = options.authFile ?? given("REGISTRY_AUTH_FILE") {
            paths = [only]
            return
        }
        var paths: [String] = []
        if let runtime = given("XDG_RUNTIME_DIR") { paths.append("\(runtime)/containers/auth.json") }
        if let config = given("XDG_CONFIG_HOME") { paths.append("\(config)/containers/auth.json") }
        if let home = given("HOME") { paths.append("\(home)/.config/containers/auth.json") }
        if let docker = given("DOCKER_CONFIG") ?? given("HOME").map({ "\($0)/.docker" }) { paths.append("\(docker)/config.json") }
        self.paths = paths
    }

    /// What to show a registry for a repository; nil for nobody in particular.
    func find(_ site: Site, repository: String?) async throws -> Credentials? {
        let repository = repository ?? ""
        for path in paths {
            let file = try AuthFile(path: path)
            if let name = file.helper(for: site.name, repository: repository) {
                if let found = try await CredentialHelper(name: name).get(AuthFile.key(site.name)) { return found }
            }
            if let found = file.credentials(for: site.name, repository: repository) { return found }
            if let name = file.store, let found = try await CredentialHelper(name: name).get(AuthFile.key(site.name)) {
                return found
            }
        }
        return nil
    }

    /// Keeps what was found to be right: in a helper if the file names one.
    func keep(_ site: Site, username: String, password: String) async throws {
        guard let path = paths.first else { throw RegistryError(.local, "there is no home directory to keep credentials in") }
        let lock = try await AuthFile.lock(path)
        defer { withExtendedLifetime(lock) {} }
        var file = try AuthFile(path: path)
        if let name = file.helper(for: site.name, repository: "") ?? file.store {
            try await CredentialHelper(name: name).store(AuthFile.key(site.name), username: username, password: password)
            file.set(site.name, auth: nil)
        } else {
            file.set(site.name, auth: Credentials.base64("\(username):\(password)"))
        }
        try file.save()
    }

    /// Forgets a registry, or with nil all of them.
    ///
    /// - Returns: whether there was something to forget.
    func forget(_ site: Site?) async throws -> Bool {
        var found = false
        for path in paths where File.exists(path) {
            let lock = try await AuthFile.lock(path)
            defer { withExtendedLifetime(lock) {} }
            var file = try AuthFile(path: path)
            for key in site.map({ [AuthFile.key($0.name)] }) ?? file.hosts {
                guard let name = file.helper(for: AuthKey(key).host, repository: "") ?? file.store else { continue }
                guard try await CredentialHelper(name: name).get(key) != nil else { continue }
                try await CredentialHelper(name: name).erase(key)
                found = true
            }
            guard file.remove(site?.name) else { continue }
            try file.save()
            found = true
        }
        return found
    }
}
