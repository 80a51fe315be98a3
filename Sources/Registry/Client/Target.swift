internal import OCI

/// One place where a repository is kept: its registry, or a mirror of it.
struct Target: Sendable, Hashable, CustomStringConvertible {
    var site: Site
    /// `library/alpine`.
    var repository: String
    /// Not the registry that was named.
    var isMirror = false
    /// Which references a mirror answers (containers-registries.conf(5), pull-from-mirror).
    var takes = Takes.all

    enum Takes: String, Sendable { case all, digestOnly = "digest-only", tagOnly = "tag-only" }

    var description: String { repository.isEmpty ? site.name : "\(site)/\(repository)" }

    func takes(reference: String) -> Bool {
        switch takes {
        case .all: true
        case .digestOnly: Digest(reference) != nil
        case .tagOnly: Digest(reference) == nil
        }
    }

    func scope(_ actions: String) -> Scope { Scope(repository: repository, actions: actions) }
}
