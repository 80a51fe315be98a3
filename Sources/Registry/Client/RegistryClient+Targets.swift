/// Where a repository is looked for.
extension RegistryClient {
    func targets(of repository: (registry: String, path: String)) throws -> [Target] {
        [Target(site: site(repository.registry), repository: repository.path)]
    }

    func site(_ registry: String) -> Site { Site(registry, isInsecure: !options.verifiesTLS) }
}
