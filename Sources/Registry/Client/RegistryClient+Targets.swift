/// Where a repository is looked for.
extension RegistryClient {
    /// The mirrors, then the registry itself (containers-registries.conf(5)).
    func targets(of repository: (registry: String, path: String)) throws -> [Target] {
        try configuration.get().targets(
            registry: repository.registry, repository: repository.path, isInsecure: !options.verifiesTLS)
    }

    /// Where a repository is written to.
    func pushTarget(of repository: (registry: String, path: String)) throws -> Target {
        let targets = try configuration.get().targets(
            registry: repository.registry, repository: repository.path, isPushing: true, isInsecure: !options.verifiesTLS)
        return targets[0]
    }

    /// A registry as a whole.
    func site(_ registry: String) throws -> Site { try pushTarget(of: (registry, "")).site }
}
