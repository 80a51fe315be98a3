internal import Linux
internal import OCI

/// Brings what there is to this version of hako and to the ids that /etc/subuid and /etc/subgid give away now: `hako system migrate`.
/// No container runs meanwhile.
package struct SystemMigration {
    private let engine: Engine

    package init(_ engine: Engine) { self.engine = engine }

    /// What was done, a line each, and what could not be.
    package struct Outcome: Equatable, Sendable {
        package var done: [String] = []
        package var complaints: [String] = []
    }

    /// Opens what an earlier hako may have made.
    ///
    /// - Returns: what there is now, and a line where the database was of an earlier version.
    package static func open(_ locations: Locations) throws(EngineError) -> (engine: Engine, line: String?) {
        let before = try Database.version(at: locations)
        let engine = try Engine(locations)
        guard let before, before < Database.version else { return (engine, nil) }
        return (engine, "brought the database from version \(before) to \(Database.version)")
    }

    package func run() throws(EngineError) -> Outcome {
        var outcome = Outcome()
        if UserNetworks.areNeeded, UserNetworks(engine).holder != nil {
            try UserNetworks(engine).endUnlessUsed()
            if UserNetworks(engine).holder == nil {
                outcome.done.append(
                    "ended the namespace of your networks: the next container makes it anew, with the ids you have now")
            }
        }
        // Nobody makes or removes a container meanwhile.
        let lock = try engine.locations.lock(.exclusive)
        defer { withExtendedLifetime(lock.raw) {} }
        let reserved = Engine.isPrivileged ? ContainerIdentity.reserved() : []
        for record in try engine.store.all() {
            if Engine.isPrivileged { try moveIDs(of: record, reserved, &outcome) } else { try findLostIDs(of: record, &outcome) }
        }
        return outcome
    }

    // MARK: Root's

    /// A range that was given to a user since is that user's: the container gets another. Its files have the container's own
    /// numbers, which stay.
    ///
    /// - Parameter reserved: ranges of users.
    private func moveIDs(
        of record: ContainerRecord, _ reserved: [Range<UInt32>], _ outcome: inout Outcome
    ) throws(EngineError) {
        guard var range = record.range else { return }
        var record = record
        if reserved.contains(where: range.overlaps) {
            range = try engine.store.replaceRange(of: record, reserved: reserved)
            record.range = range
        }
        // The database comes first: one that was killed just then is finished here.
        let maps = ContainerIdentity.maps(range)
        guard File.exists(engine.locations.configuration(record.id)), try engine.spec(of: record).identityMaps != maps else {
            return
        }
        try ContainerDocument(record).write(to: engine.locations.bundle(record.id))
        // Its own configuration is the last: it says that all is done.
        for sharer in try engine.store.mentioning(record.id) + [record] { try setMaps(maps, of: sharer, owner: record.id) }
        outcome.done.append("gave container \(record.name) the ids \(Self.text(range)) of the host: its own are a user's now")
    }

    private func setMaps(_ maps: IdentityMaps, of record: ContainerRecord, owner: String) throws(EngineError) {
        let settings = try Engine.settings(record)
        guard record.id == owner || settings.shared?[Namespace.Kind.user.rawValue] == owner else { return }
        guard try !engine.status(record.id).isLive else {
            throw EngineError("container \(record.name) was started meanwhile; run hako system migrate again")
        }
        var spec = try engine.spec(of: record)
        spec.linux?.uidMappings = maps.uids
        spec.linux?.gidMappings = maps.gids
        try engine.setSpec(spec, of: record)
    }

    // MARK: A plain user's

    /// Files on the disk have these ids: who has them no more can neither use nor change them.
    private func findLostIDs(of record: ContainerRecord, _ outcome: inout Outcome) throws(EngineError) {
        guard File.exists(engine.locations.configuration(record.id)), let maps = try engine.spec(of: record).identityMaps else {
            return
        }
        for (kind, lost) in ContainerIdentity.lost(maps) {
            outcome.complaints.append(
                "container \(record.name): its files have the \(kind)s \(lost.map(Self.text).joined(separator: ", ")), which you "
                    + "no longer have; it starts again once root gives them back (usermod --add-sub\(kind)s)")
        }
    }

    private static func text(_ range: Range<UInt32>) -> String { "\(range.lowerBound)-\(range.upperBound - 1)" }
}
