/// Where credentials are looked for.
struct CredentialStore: Sendable {
    let options: RegistryOptions
    func find(_ site: Site, repository: String?) async throws -> Credentials? { nil }
}
